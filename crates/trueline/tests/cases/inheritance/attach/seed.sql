INSERT INTO places VALUES ('a', 1);
INSERT INTO capitals VALUES ('b', 2, 'x');
INSERT INTO villages VALUES ('c', 3, 'y');
