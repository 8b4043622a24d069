CREATE SCHEMA ext;
CREATE EXTENSION citext WITH SCHEMA ext;
CREATE TABLE public.people (
    email ext.citext,
    CONSTRAINT people_email_key UNIQUE (email)
);
