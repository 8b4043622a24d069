create table t (a int, b text);
create function tf() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger x before insert or update of a on t for each row when (new.a > 0) execute function tf('1', 'b');
