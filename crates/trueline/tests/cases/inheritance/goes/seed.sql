INSERT INTO capitals VALUES ('a', 1, 2, 'x');
