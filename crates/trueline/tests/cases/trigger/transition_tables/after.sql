create table t (a int, b text);
create function tf() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger x after update on t referencing old table as o new table as n for each statement execute function tf();
