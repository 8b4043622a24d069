INSERT INTO events (id, at) VALUES (2, '2023-05-01'), (3, '2024-05-01');
