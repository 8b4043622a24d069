create trigger t before insert on ft for each row execute function f();
