create table t (a int, owner text);
alter table t enable row level security;
create policy p on t to pg_read_all_data, pg_monitor using (a > 0);
