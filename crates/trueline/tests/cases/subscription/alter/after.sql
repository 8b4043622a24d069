create subscription s connection 'host=localhost dbname=y password=other' publication p, "Q" with (connect = false, slot_name = 'slot', binary = true, streaming = on, synchronous_commit = 'local');
create subscription same connection 'postgresql://u:two@h/d' publication p with (connect = false);
create subscription fresh connection 'host=h' publication p with (connect = false, binary = true);
alter subscription s owner to sub_a;
comment on subscription s is 'follows';
