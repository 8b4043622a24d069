create publication p for table t where (b > 0), tables in schema s with (publish_via_partition_root = true);
create publication q for table u;
create publication w with (publish = 'update, insert');
create publication only_inserts for table u with (publish = 'delete');
create publication nothing with (publish = '');
alter publication p owner to pub_a;
comment on publication p is 'published';
