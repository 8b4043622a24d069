-- Kept for its records: what the migration tool before this one applied.
CREATE TABLE schema_migrations (
    version     integer PRIMARY KEY,
    name        text NOT NULL,
    executed_at timestamptz NOT NULL DEFAULT now()
);
