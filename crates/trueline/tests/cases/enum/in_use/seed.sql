INSERT INTO t VALUES (1, 'low');
INSERT INTO child VALUES (1, '{low,high}');
