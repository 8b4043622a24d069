create table t (id integer);
alter table t owner to ownserial_a;
