INSERT INTO events VALUES ('a', 1), ('c', 2);
