create function from_int(internal) returns internal language internal immutable as 'int4_bool';
create transform for int language plpgsql (from sql with function from_int(internal));
