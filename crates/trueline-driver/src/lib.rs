//! One way to connect to PostgreSQL: a URL in, a connected `tokio-postgres` client out.
