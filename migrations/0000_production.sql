CREATE TYPE request_status AS ENUM ('draft', 'submitted', 'approved', 'rejected');
--> statement-breakpoint
CREATE TABLE flow_metrics_config (
    id            serial PRIMARY KEY,
    metric_key    text NOT NULL UNIQUE,
    display_title text NOT NULL,
    config        jsonb NOT NULL DEFAULT '{}',
    sort_order    integer NOT NULL DEFAULT 0,
    is_active     boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE INDEX idx_flow_metrics_config_gin ON flow_metrics_config USING gin (config);
--> statement-breakpoint
CREATE INDEX idx_flow_metrics_config_is_active ON flow_metrics_config (is_active);
--> statement-breakpoint
CREATE INDEX idx_flow_metrics_config_metric_key ON flow_metrics_config (metric_key);
--> statement-breakpoint
CREATE INDEX idx_flow_metrics_config_sort_order ON flow_metrics_config (sort_order);
--> statement-breakpoint
CREATE TABLE pipedrive_deal_flow_data (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    deal_id            bigint NOT NULL,
    pipeline_id        bigint NOT NULL,
    stage_id           bigint NOT NULL,
    stage_name         text NOT NULL,
    entered_at         timestamptz NOT NULL,
    left_at            timestamptz,
    duration_seconds   bigint,
    created_at         timestamptz DEFAULT now(),
    updated_at         timestamptz DEFAULT now(),
    pipedrive_event_id bigint NOT NULL CONSTRAINT pipedrive_deal_flow_data_pipedrive_event_id_unique UNIQUE
);
--> statement-breakpoint
CREATE TABLE pipedrive_submissions (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    request_id        text NOT NULL,
    payload           jsonb NOT NULL,
    simulated_deal_id integer,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
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
--> statement-breakpoint
CREATE TABLE schema_migrations (
    version     integer PRIMARY KEY,
    name        text NOT NULL,
    executed_at timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE TABLE site_visits (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    date          date NOT NULL DEFAULT now(),
    salesperson   text NOT NULL,
    planned_mines text[] NOT NULL,
    main_purpose  text NOT NULL,
    availability  text NOT NULL,
    comments      text,
    created_at    timestamptz DEFAULT now(),
    updated_at    timestamptz DEFAULT now()
);
