create schema s;
alter default privileges in schema s grant select, insert on tables to dp_a;
alter default privileges revoke execute on functions from public;
create table s.old (id integer);
