create table t (a int, b text);
create table u (a int, b text);
create view v as select a from t;
create rule r as on insert to v do instead (insert into t values (new.a); insert into u values (new.a); notify x);
