CREATE TABLE base (id int, tag text DEFAULT 'b', rank int);
CREATE TABLE heir (tag text DEFAULT 'h', own int) INHERITS (base);
CREATE TABLE last () INHERITS (heir);
