CREATE TABLE rooms (id int4range, during daterange NOT NULL, CONSTRAINT rooms_pkey PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE guests (
    id int4range, during daterange, room int4range, stay daterange,
    CONSTRAINT guests_once UNIQUE (id, during WITHOUT OVERLAPS),
    CONSTRAINT guests_room FOREIGN KEY (room, PERIOD stay) REFERENCES rooms (id, PERIOD during)
);
