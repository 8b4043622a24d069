CREATE TYPE changed AS RANGE (subtype = bigint);
CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = many_floats);
CREATE TYPE texts AS RANGE (subtype = text, collation = "C");
CREATE TABLE t (f floats, m many_floats);
