INSERT INTO places VALUES ('a', 2);
INSERT INTO capitals (name, size, kept) VALUES ('b', 2, 'x');
INSERT INTO villages VALUES ('c', 3);
INSERT INTO hamlets VALUES ('d', 3);
