INSERT INTO events (id, at) VALUES (1, '2023-05-01'), (2, '2024-05-01');
