grant select on t to priv_b;
