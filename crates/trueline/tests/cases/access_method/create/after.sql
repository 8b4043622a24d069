create access method heap_again type table handler heap_tableam_handler;
create access method tree type index handler bthandler;
create table t (a int) using heap_again;
