create operator class words for type tsvector using gist as storage gtsvector;
