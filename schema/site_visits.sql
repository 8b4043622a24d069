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
