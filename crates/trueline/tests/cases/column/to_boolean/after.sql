CREATE TABLE t (a boolean DEFAULT false, b boolean DEFAULT false, c jsonb);
