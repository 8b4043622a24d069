CREATE TABLE public.requests (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    "Title" text DEFAULT 'untitled'::text NOT NULL,
    amount numeric(12,2),
    kind character varying(20),
    parent bigint,
    doubled numeric GENERATED ALWAYS AS ((amount * (2)::numeric)) STORED,
    CONSTRAINT requests_pkey PRIMARY KEY (id),
    CONSTRAINT requests_kind_key UNIQUE (kind),
    CONSTRAINT requests_amount_check CHECK ((amount >= (0)::numeric)),
    CONSTRAINT requests_parent_fkey FOREIGN KEY (parent) REFERENCES public.requests(id)
) WITH (fillfactor='70');
CREATE INDEX requests_parent ON public.requests USING btree (parent) WHERE (parent IS NOT NULL);
