create table t (a int, owner text);
alter table t enable row level security;
create policy p on t using (a > 0);
create policy q on t as restrictive for insert to public with check (owner = current_user);
create policy r on t for update using (true) with check (a > 1);
