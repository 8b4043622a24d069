create function h() returns language_handler language internal as 'suppress_redundant_updates_trigger';
create trusted language tongue handler h;
