create foreign table ft (id bigint options (key 'true'), name text options (far 'm') not null, added integer default 1 constraint positive check (added > 0)) server s options (table_name 'b', kept 'k', more 'x');
create foreign table moved (id integer) server z;
create foreign table fresh (id text options (a 'b') collate "C" not null) server s;
create view v as select id from ft;
comment on foreign table ft is 'far';
comment on column ft.id is 'key';
grant select (id), insert on ft to ft_a;
