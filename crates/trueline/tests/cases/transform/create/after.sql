create function from_int(internal) returns internal language internal immutable as 'int4_bool';
create function to_int(internal) returns int language internal immutable as 'int4_bool';
create transform for int language plpgsql (from sql with function from_int(internal), to sql with function to_int(internal));
