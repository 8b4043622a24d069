CREATE TABLE rooms (id int4range, during daterange NOT NULL, CONSTRAINT rooms_pkey PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE guests (id int4range, during daterange, room int4range, stay daterange);
