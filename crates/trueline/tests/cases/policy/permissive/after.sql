create table t (a int, owner text);
alter table t enable row level security;
create policy p on t as restrictive using (a > 0);
