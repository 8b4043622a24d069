create table t (a int, owner text);
alter table t enable row level security;
create table u (a int);
create policy p on t using (a in (select u.a from u));
