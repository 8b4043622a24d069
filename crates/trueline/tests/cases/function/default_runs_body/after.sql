CREATE FUNCTION z_helper(v text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length(v) > 0';
CREATE FUNCTION wrapper(v text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN public.z_helper(v);
END;
$$;
CREATE DOMAIN checked_text AS text CONSTRAINT checked_text_ok CHECK (wrapper(VALUE));
CREATE TABLE entries (id bigint PRIMARY KEY, val checked_text DEFAULT 'ok');
