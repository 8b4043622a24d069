CREATE TYPE public.request_status AS ENUM ('draft', 'submitted', 'approved', 'rejected');
--> statement-breakpoint
CREATE SEQUENCE public.flow_metrics_config_id_seq AS integer;
--> statement-breakpoint
CREATE TABLE public.flow_metrics_config (
    id integer DEFAULT nextval('public.flow_metrics_config_id_seq'::regclass) NOT NULL,
    metric_key text NOT NULL,
    display_title text NOT NULL,
    config jsonb DEFAULT '{}'::jsonb NOT NULL,
    sort_order integer DEFAULT 0 NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT flow_metrics_config_pkey PRIMARY KEY (id),
    CONSTRAINT flow_metrics_config_metric_key_key UNIQUE (metric_key)
);
--> statement-breakpoint
ALTER SEQUENCE public.flow_metrics_config_id_seq OWNED BY public.flow_metrics_config.id;
--> statement-breakpoint
CREATE INDEX idx_flow_metrics_config_gin ON public.flow_metrics_config USING gin (config);
--> statement-breakpoint
CREATE INDEX idx_flow_metrics_config_is_active ON public.flow_metrics_config USING btree (is_active);
--> statement-breakpoint
CREATE INDEX idx_flow_metrics_config_metric_key ON public.flow_metrics_config USING btree (metric_key);
--> statement-breakpoint
CREATE INDEX idx_flow_metrics_config_sort_order ON public.flow_metrics_config USING btree (sort_order);
--> statement-breakpoint
CREATE TABLE public.pipedrive_deal_flow_data (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    deal_id bigint NOT NULL,
    pipeline_id bigint NOT NULL,
    stage_id bigint NOT NULL,
    stage_name text NOT NULL,
    entered_at timestamp with time zone NOT NULL,
    left_at timestamp with time zone,
    duration_seconds bigint,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    pipedrive_event_id bigint NOT NULL,
    CONSTRAINT pipedrive_deal_flow_data_pkey PRIMARY KEY (id),
    CONSTRAINT pipedrive_deal_flow_data_pipedrive_event_id_unique UNIQUE (pipedrive_event_id)
);
--> statement-breakpoint
CREATE TABLE public.pipedrive_submissions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    request_id text NOT NULL,
    payload jsonb NOT NULL,
    simulated_deal_id integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pipedrive_submissions_pkey PRIMARY KEY (id)
);
--> statement-breakpoint
CREATE TABLE public.requests (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    request_id text,
    status public.request_status DEFAULT 'draft'::public.request_status NOT NULL,
    salesperson_first_name text,
    salesperson_selection text,
    mine_group text,
    mine_name text,
    contact jsonb,
    line_items jsonb DEFAULT '[]'::jsonb NOT NULL,
    comment text,
    pipedrive_deal_id integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT requests_pkey PRIMARY KEY (id),
    CONSTRAINT requests_request_id_unique UNIQUE (request_id)
);
--> statement-breakpoint
CREATE TABLE public.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    executed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT schema_migrations_pkey PRIMARY KEY (version)
);
--> statement-breakpoint
CREATE TABLE public.site_visits (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    date date DEFAULT now() NOT NULL,
    salesperson text NOT NULL,
    planned_mines text[] NOT NULL,
    main_purpose text NOT NULL,
    availability text NOT NULL,
    comments text,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    CONSTRAINT site_visits_pkey PRIMARY KEY (id)
);
