create function e() returns event_trigger language plpgsql as $$ begin end $$;
create function g() returns event_trigger language plpgsql as $$ begin end $$;
create event trigger x on sql_drop execute function e();
alter event trigger x disable;
