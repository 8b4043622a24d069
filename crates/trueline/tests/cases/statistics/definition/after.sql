create table t (a int, b int, c text);
create statistics s (dependencies) on a, b from t;
