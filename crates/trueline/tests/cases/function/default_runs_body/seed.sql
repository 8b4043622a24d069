INSERT INTO entries VALUES (1), (2);
