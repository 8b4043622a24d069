INSERT INTO pairs VALUES (1, 'x');
INSERT INTO plain VALUES (2, 'y');
