CREATE TABLE public.events_2025 (
    id bigint NOT NULL,
    at date NOT NULL,
    CONSTRAINT newest_pk PRIMARY KEY (id, at)
);
CREATE INDEX newest ON public.events_2025 USING btree (id);
ALTER TABLE public.events ATTACH PARTITION public.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE ONLY public.events ADD CONSTRAINT events_pk PRIMARY KEY (id, at);
CREATE INDEX events_id ON ONLY public.events USING btree (id);
CREATE INDEX newest_too ON public.events_2025 USING btree (id);
ALTER INDEX public.events_id ATTACH PARTITION public.newest;
ALTER INDEX public.events_pk ATTACH PARTITION public.newest_pk;
-- trueline: no-transaction
-- data-dependent: constraint public.events_2023.events_2023_pkey: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY events_2023_pkey ON public.events_2023 USING btree (id, at);
ALTER TABLE public.events_2023 ADD CONSTRAINT events_2023_pkey PRIMARY KEY USING INDEX events_2023_pkey;
ALTER INDEX public.events_pk ATTACH PARTITION public.events_2023_pkey;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY old ON public.events_2023 USING btree (id);
ALTER INDEX public.events_id ATTACH PARTITION public.old;
-- trueline: no-transaction
-- data-dependent: constraint public.events_2024.new_pk: fails if two rows have the same values
CREATE UNIQUE INDEX CONCURRENTLY new_pk ON public.events_2024 USING btree (id, at);
ALTER TABLE public.events_2024 ADD CONSTRAINT new_pk PRIMARY KEY USING INDEX new_pk;
ALTER INDEX public.events_pk ATTACH PARTITION public.new_pk;
-- trueline: no-transaction
CREATE INDEX CONCURRENTLY events_2024_id_idx ON public.events_2024 USING btree (id);
ALTER INDEX public.events_id ATTACH PARTITION public.events_2024_id_idx;
