create table t (a int, owner text);
alter table t enable row level security;
create function ok(int) returns boolean language sql as 'select true';
create policy p on t using (ok(a));
