CREATE TYPE changed AS RANGE (subtype = int);
