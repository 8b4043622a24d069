create function a(int) returns int language sql as 'select b($1)';
create function b(int) returns int language sql as 'select a($1)';
