INSERT INTO moods VALUES ('ok');
INSERT INTO people VALUES (1, 'ok', '{ok,happy}', 'ok');
