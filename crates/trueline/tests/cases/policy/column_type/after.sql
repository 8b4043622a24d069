create table t (a bigint, owner text);
alter table t enable row level security;
create policy p on t using (a > 0);
create policy q on t using (owner = 'x');
