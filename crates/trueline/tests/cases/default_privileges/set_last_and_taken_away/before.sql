create table t (id integer);
alter default privileges grant select on tables to dplast_a with grant option;
alter default privileges revoke usage on types from public;
