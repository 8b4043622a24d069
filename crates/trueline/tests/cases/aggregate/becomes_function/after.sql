create function add(int, int) returns int language sql immutable strict as 'select $1 + $2';
create function fin(int) returns bigint language sql immutable as 'select $1::bigint';
create function total(n int) returns int language sql as 'select 1';
