create subscription s connection 'host=localhost dbname=x password=secret' publication p with (connect = false, slot_name = none);
create subscription gone connection '' publication p with (connect = false);
create subscription same connection 'postgresql://u:one@h/d' publication p with (connect = false);
