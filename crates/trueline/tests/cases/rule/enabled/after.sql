create table t (a int, b text);
create table u (a int, b text);
create rule r as on insert to t do also insert into u values (new.a, new.b);
alter table t disable rule r;
