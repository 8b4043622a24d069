create function h() returns language_handler language internal as 'suppress_redundant_updates_trigger';
create function i(internal) returns void language internal as 'suppress_redundant_updates_trigger';
create language tongue handler h inline i;
