create table t (a int, b int, c text);
create statistics s on a, b from t;
create statistics w (ndistinct, mcv) on a, (b + 1), lower(c) from t;
alter statistics w set statistics 50;
