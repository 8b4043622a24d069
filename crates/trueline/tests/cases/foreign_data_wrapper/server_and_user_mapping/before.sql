create foreign data wrapper w options (debug 'true', kept 'k');
create server s version '1.0' foreign data wrapper w options (host 'a');
create server gone type 't' foreign data wrapper w;
create user mapping for public server s options (user 'x');
create user mapping for fdw_a server gone;
