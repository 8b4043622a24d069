create publication p for table t (id, a) where (a = 'x'), u;
create publication q for all tables;
create publication w;
create publication only_inserts for table u with (publish = 'insert');
