ALTER TABLE public.task DETACH PARTITION public.task_done;
ALTER TABLE public.task DETACH PARTITION public.task_new;
-- breaks-clients: table public.task: programs that use it fail
DROP TABLE public.task;
ALTER TYPE public.state RENAME TO state__replaced;
-- data-dependent: enum public.state: fails if a row has `open`
-- breaks-clients: enum public.state: programs that use `open` fail
CREATE TYPE public.state AS ENUM ('done', 'new');
ALTER TABLE public.task_done ALTER COLUMN state TYPE public.state USING state::text::public.state;
ALTER TABLE public.task_new ALTER COLUMN state TYPE public.state USING state::text::public.state;
DROP TYPE public.state__replaced;
CREATE TABLE public.task (
    id integer,
    state public.state NOT NULL
) PARTITION BY LIST (state);
CREATE INDEX task_id ON public.task USING btree (id);
-- data-dependent: partition public.task_done: fails if a row is outside its bounds
ALTER TABLE public.task ATTACH PARTITION public.task_done FOR VALUES IN ('done');
-- data-dependent: partition public.task_new: fails if a row is outside its bounds
ALTER TABLE public.task ATTACH PARTITION public.task_new FOR VALUES IN ('new');
