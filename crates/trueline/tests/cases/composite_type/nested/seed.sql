INSERT INTO t VALUES (('ok', 1));
