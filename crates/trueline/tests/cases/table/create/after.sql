CREATE TABLE requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "Title" text NOT NULL DEFAULT 'untitled',
    amount numeric(12,2) CHECK (amount >= 0),
    kind varchar(20) UNIQUE,
    parent bigint REFERENCES requests,
    doubled numeric GENERATED ALWAYS AS (amount * 2) STORED
) WITH (fillfactor = 70);
CREATE INDEX requests_parent ON requests (parent) WHERE parent IS NOT NULL;
