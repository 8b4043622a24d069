CREATE TABLE pipedrive_submissions (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    request_id        text NOT NULL,
    payload           jsonb NOT NULL,
    simulated_deal_id integer,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now()
);
