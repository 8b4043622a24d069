create table t (a int, b bigint, c text);
create statistics s on a, b from t;
