create table t (a int, b text);
create table u (a int, b text);
create rule r as on delete to t where old.a > 1 do instead nothing;
