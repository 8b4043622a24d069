INSERT INTO t VALUES ('abc', 1234, '{1,2}');
