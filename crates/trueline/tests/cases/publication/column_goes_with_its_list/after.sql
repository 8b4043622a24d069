create table t (id bigint primary key, b integer, c text);
create view r as select 1 as id;
create publication p for table t (id, c) where (id > 0);
