INSERT INTO task VALUES (1, 'new'), (2, 'done');
