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
