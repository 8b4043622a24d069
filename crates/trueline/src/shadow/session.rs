//! Connections to our own servers over their unix socket.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error, NoTls};

/// A database behind a unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseUrl {
    socket: PathBuf,
    user: String,
    database: String,
}

impl DatabaseUrl {
    /// The database `database` of the server whose socket is in `directory`.
    pub fn socket(directory: &Path, port: u16, user: &str, database: &str) -> Self {
        let socket = directory.join(format!(".s.PGSQL.{port}"));
        Self { socket, user: user.to_owned(), database: database.to_owned() }
    }

    /// Another database of the same server.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        Self { database: name.to_owned(), ..self.clone() }
    }
}

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    client: Client,
    task: JoinHandle<Result<(), Error>>,
}

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Connection {
    /// Ends the session in order.
    pub async fn close(self) -> Result<(), Error> {
        drop(self.client);
        self.task.await.unwrap_or(Ok(()))
    }
}

/// Opens a connection.
pub async fn connect(url: &DatabaseUrl) -> Result<Connection, super::ShadowError> {
    let stream = UnixStream::connect(&url.socket)
        .await
        .map_err(|error| crate::server::ServerError::io("connect to", &url.socket, error))?;
    let (client, connection) = Config::new()
        .user(&url.user)
        .dbname(&url.database)
        .application_name("trueline")
        .connect_raw(stream, NoTls)
        .await?;
    Ok(Connection { client, task: tokio::spawn(connection) })
}
