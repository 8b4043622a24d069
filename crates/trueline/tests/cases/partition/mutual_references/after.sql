CREATE TABLE one (a text, b int, UNIQUE (a, b));
CREATE TABLE one_x (a text, b int, UNIQUE (a, b));
CREATE TABLE two (a text, b int, UNIQUE (a, b));
CREATE TABLE two_x (a text, b int, UNIQUE (a, b));
ALTER TABLE one ADD CONSTRAINT to_two FOREIGN KEY (a, b) REFERENCES two (a, b);
ALTER TABLE two ADD CONSTRAINT to_one FOREIGN KEY (a, b) REFERENCES one (a, b);
