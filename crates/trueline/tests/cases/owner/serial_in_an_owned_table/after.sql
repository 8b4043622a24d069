create table t (id integer, n serial);
alter table t owner to ownserial_a;
