create table t (a int, owner text);
alter table t enable row level security;
create policy p on t for select using (a > 0);
