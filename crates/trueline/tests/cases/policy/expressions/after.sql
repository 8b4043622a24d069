create table t (a int, owner text);
alter table t enable row level security;
create policy p on t using (a > 1) with check (a > 2);
