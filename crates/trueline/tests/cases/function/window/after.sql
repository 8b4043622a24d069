create function w(anyelement) returns anyelement language internal window immutable strict as 'window_first_value';
