//! One client: PostgreSQL's startup, the gateway's password, and then bytes both ways.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional_with_sizes};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::login::{self, Refusal};
use super::{Shared, hash, request};
use crate::stream::Bytes;
use crate::websocket::WebSocket;

/// What a client may take until it is logged in, the server's own time aside.
const PATIENCE: Duration = Duration::from_secs(30);
/// PostgreSQL's own limit for what comes before a session (`MAX_STARTUP_PACKET_LENGTH`).
const MAX_STARTUP_BYTES: usize = 10_000;
/// What is read at once, from either side.
const BUFFER_BYTES: usize = 64 * 1024;

// PostgreSQL's manual, "Message Formats".
const CANCEL_REQUEST: u32 = 80_877_102;
const SSL_REQUEST: u32 = 80_877_103;
const GSSENC_REQUEST: u32 = 80_877_104;
const CLEARTEXT_PASSWORD: [u8; 9] = [b'R', 0, 0, 0, 8, 0, 0, 0, 3];

const NORMAL_CLOSURE: u16 = 1000;
const GOING_AWAY: u16 = 1001;
const INTERNAL_ERROR: u16 = 1011;

type Client = WebSocket<TcpStream>;

/// What a client wants.
enum Opening {
    /// A session; the whole startup message.
    Session(Vec<u8>),
    /// That a statement in another session be cancelled; the whole request.
    Cancel(Vec<u8>),
}

/// Serves a client to its end.
pub(super) async fn serve(
    mut stream: TcpStream,
    shared: &Shared,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    if !timeout(PATIENCE, request::upgrade(&mut stream)).await.map_err(late)?? {
        return stream.shutdown().await;
    }
    let mut client = WebSocket::server(stream);
    let (code, reason) = tokio::select! {
        served = relay(&mut client, shared) => match served {
            Ok(()) => (NORMAL_CLOSURE, ""),
            // If it was the client that broke off, nobody hears it.
            Err(_) => (INTERNAL_ERROR, "the connection broke"),
        },
        _ = stopped.wait_for(|&stopped| stopped) => (GOING_AWAY, "the gateway was stopped"),
    };
    client.close(code, reason);
    client.shutdown().await
}

async fn relay(client: &mut Client, shared: &Shared) -> io::Result<()> {
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    let startup = match timeout(PATIENCE, opening(client)).await.map_err(late)?? {
        Opening::Session(startup) => startup,
        Opening::Cancel(request) => return cancel(&request, shared).await,
    };
    if !timeout(PATIENCE, knows_password(client, shared)).await.map_err(late)?? {
        return refuse(
            client,
            &Refusal::new(
                "28P01",
                "the password is not this gateway's",
                "the gateway prints its password when it starts, with the file that holds it",
            ),
        )
        .await;
    }
    let login = login::log_in(&shared.target, &startup, client);
    let mut server = match timeout(PATIENCE, login).await.map_err(late)?? {
        Ok(server) => server,
        Err(refusal) => return refuse(client, &refusal).await,
    };
    copy_bidirectional_with_sizes(client, &mut server, BUFFER_BYTES, BUFFER_BYTES).await.map(|_| ())
}

async fn refuse(client: &mut Client, refusal: &Refusal) -> io::Result<()> {
    client.write_all(refusal.message()).await?;
    client.flush().await
}

/// The first message that asks for something.
async fn opening(client: &mut Client) -> io::Result<Opening> {
    loop {
        let length = client.read_u32().await?;
        let code = client.read_u32().await?;
        let whole = usize::try_from(length).ok().filter(|length| (8..=MAX_STARTUP_BYTES).contains(length));
        let Some(whole) = whole else { return Err(io::ErrorKind::InvalidData.into()) };
        let mut message = [length.to_be_bytes(), code.to_be_bytes()].concat();
        message.resize(whole, 0);
        client.read_exact(&mut message[8..]).await?;
        match code {
            // What a WebSocket needs of encryption is below it.
            SSL_REQUEST | GSSENC_REQUEST => {
                client.write_all(b"N").await?;
                client.flush().await?;
            }
            CANCEL_REQUEST => return Ok(Opening::Cancel(message)),
            version if version >> 16 == 3 => return Ok(Opening::Session(message)),
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

/// Asks for the gateway's password, as Neon's proxy does: in the clear, which loopback does not pass on.
async fn knows_password(client: &mut Client, shared: &Shared) -> io::Result<bool> {
    client.write_all(&CLEARTEXT_PASSWORD).await?;
    client.flush().await?;
    let kind = client.read_u8().await?;
    let length = usize::try_from(client.read_u32().await?).unwrap_or(usize::MAX);
    if kind != b'p' || !(5..=MAX_STARTUP_BYTES).contains(&length) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut password = vec![0; length - 4];
    client.read_exact(&mut password).await?;
    // It ends with a zero byte.
    password.pop();
    Ok(hash(&password) == shared.password)
}

/// Passes a cancel request on; the server answers by closing. Whoever knows the session's key may cancel.
async fn cancel(request: &[u8], shared: &Shared) -> io::Result<()> {
    let mut server: Box<dyn Bytes> = shared.target.open_first().await.map_err(io::Error::other)?.bytes;
    server.write_all(request).await?;
    server.flush().await?;
    let mut rest = [0; 64];
    while server.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    Ok(())
}
