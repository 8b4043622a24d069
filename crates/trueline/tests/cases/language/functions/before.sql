create function h() returns language_handler language internal as 'suppress_redundant_updates_trigger';
create language tongue handler h;
