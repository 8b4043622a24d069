CREATE TABLE public."Order" (
    "Of" integer
) PARTITION BY LIST ("Of");
CREATE TABLE public."Order of ""1""" PARTITION OF public."Order" FOR VALUES IN (1, NULL);
ALTER TABLE ONLY public.events ADD CONSTRAINT events_pkey PRIMARY KEY (id, at);
CREATE INDEX events_lower_at_idx ON ONLY public.events USING btree (lower(note), at);
ALTER TABLE public.events ADD CONSTRAINT events_id_check CHECK ((id > 0)) NOT VALID;
-- trueline: segment
-- data-dependent: constraint public.events.events_id_check: fails if a row violates it
ALTER TABLE public.events VALIDATE CONSTRAINT events_id_check;
CREATE TABLE public.events_2023 PARTITION OF public.events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE public.events_2024 PARTITION OF public.events (
    note DEFAULT 'later'::text NOT NULL
) FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (id);
CREATE TABLE public.events_2024_few PARTITION OF public.events_2024 FOR VALUES IN ('1', '2', '3');
CREATE TABLE public.events_2024_rest PARTITION OF public.events_2024 DEFAULT PARTITION BY HASH (id);
CREATE TABLE public.events_2024_rest_0 PARTITION OF public.events_2024_rest FOR VALUES WITH (modulus 2, remainder 0);
CREATE TABLE public.events_2024_rest_1 PARTITION OF public.events_2024_rest FOR VALUES WITH (modulus 2, remainder 1);
CREATE TABLE public.events_default PARTITION OF public.events DEFAULT WITH (fillfactor='70');
