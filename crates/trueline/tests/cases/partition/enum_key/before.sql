CREATE TYPE state AS ENUM ('new', 'open', 'done');
CREATE TABLE task (id int, state state NOT NULL) PARTITION BY LIST (state);
CREATE TABLE task_new PARTITION OF task FOR VALUES IN ('new');
CREATE TABLE task_done PARTITION OF task FOR VALUES IN ('done');
CREATE INDEX task_id ON task (id);
