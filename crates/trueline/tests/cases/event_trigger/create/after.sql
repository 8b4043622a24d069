create function e() returns event_trigger language plpgsql as $$ begin end $$;
create function g() returns event_trigger language plpgsql as $$ begin end $$;
create event trigger x on ddl_command_end when tag in ('CREATE TABLE', 'ALTER TABLE') execute function e();
create event trigger y on sql_drop execute function e();
