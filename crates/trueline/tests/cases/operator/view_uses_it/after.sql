create function eq(int, text) returns boolean language sql immutable as 'select $1::text = $2';
create function qe(text, int) returns boolean language sql immutable as 'select $2::text = $1';
create function ne(int, text) returns boolean language sql immutable as 'select $1::text <> $2';
create operator === (function = eq, leftarg = int, rightarg = text);
create table t (a int check (a === 'x'));
create view v as select a === 'x' as y from t;
