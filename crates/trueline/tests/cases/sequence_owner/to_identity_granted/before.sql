CREATE TABLE t (id serial PRIMARY KEY, v text);
GRANT USAGE ON SEQUENCE t_id_seq TO case_reader;
ALTER TABLE t OWNER TO case_writer;
