INSERT INTO t VALUES (1, 'yes', '{"a": 1}');
