INSERT INTO people VALUES ('sad', 'ok');
