create function s(a int, b int) returns bool language internal immutable support pg_catalog.generate_series_int4_support as 'int4eq';
