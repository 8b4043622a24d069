create table t (a int, b text);
create function tf() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger x before update of a on t for each row when (old.a <> new.a) execute function tf();
create trigger y before update on t for each row execute function tf();
alter table t disable trigger x;
