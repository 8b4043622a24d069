create function s(a int, b int) returns bool language internal immutable as 'int4eq';
