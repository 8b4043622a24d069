INSERT INTO events (at, a, b, c) VALUES ('2023-05-01', 1, 1, 1), ('2024-05-01', 1, 1, 1);
