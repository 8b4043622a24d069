CREATE TABLE base (id int);
CREATE TABLE heir (own int) INHERITS (base);
CREATE TABLE last () INHERITS (heir);
