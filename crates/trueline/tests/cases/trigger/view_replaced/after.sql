create table t (a int, b text);
create function tf() returns trigger language plpgsql as $$ begin return new; end $$;
create view v as select b, a from t;
create trigger x instead of insert on v for each row execute function tf();
