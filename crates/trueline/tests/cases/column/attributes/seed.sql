INSERT INTO t (a, b, e, g) VALUES (1, 2, 3, 4);
