INSERT INTO people VALUES ((1, 'x', 2), ARRAY[(1, 'y', 3)::used]);
