create function total() returns bigint language sql as 'select count(*) from z_later';
create table z_later (a int);
