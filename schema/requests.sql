CREATE TABLE requests (
    id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    request_id             text CONSTRAINT requests_request_id_unique UNIQUE,
    status                 request_status NOT NULL DEFAULT 'draft',
    salesperson_first_name text,
    salesperson_selection  text,
    mine_group             text,
    mine_name              text,
    contact                jsonb,
    line_items             jsonb NOT NULL DEFAULT '[]',
    comment                text,
    pipedrive_deal_id      integer,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now()
);
