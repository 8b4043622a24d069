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

CREATE INDEX idx_flow_metrics_config_gin ON flow_metrics_config USING gin (config);
CREATE INDEX idx_flow_metrics_config_is_active ON flow_metrics_config (is_active);
CREATE INDEX idx_flow_metrics_config_metric_key ON flow_metrics_config (metric_key);
CREATE INDEX idx_flow_metrics_config_sort_order ON flow_metrics_config (sort_order);
