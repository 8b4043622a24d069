CREATE TABLE other (t bigint);
