create foreign table ft (id integer not null, name varchar(10) options (far 'n'), old text default 'x') server s options (table_name 'a', kept 'k');
create foreign table moved (id integer) server s;
create view v as select id from ft;
