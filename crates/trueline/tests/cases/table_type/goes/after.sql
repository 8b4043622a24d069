CREATE TABLE pairs (a int PRIMARY KEY, b text);
