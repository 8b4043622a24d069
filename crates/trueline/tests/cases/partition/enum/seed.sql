INSERT INTO events VALUES ('2023-05-01', 'ok'), ('2024-05-01', 'happy');
