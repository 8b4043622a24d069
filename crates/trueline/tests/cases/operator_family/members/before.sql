create function cmp(int, bigint) returns int language sql immutable strict as 'select btint48cmp($1, $2)';
create operator family whole using btree;
alter operator family whole using btree add operator 1 < (int, bigint), function 1 (int, bigint) btint48cmp(int, bigint);
