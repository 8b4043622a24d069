//! The gateway as a client: logging in at the server behind it, for somebody else's session.
//!
//! The client's startup message goes on as it is (user, database, options). When the server asks for
//! a password, the gateway answers with the one of its own URL, if the user is that URL's. Everything
//! else that the server says during startup is the client's to read.

use std::io;

use bytes::BytesMut;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{self, ScramSha256};
use postgres_protocol::message::frontend;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::connect::{Encryption, Target};
use crate::stream::{Bytes, Opened};
use crate::url::settings::ChannelBinding;

/// The server's messages during startup are short; notices may hold a few texts.
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;
const NOT_ADMITTED: &[u8] = b"C28000\0";

/// Why there is no session: an `ErrorResponse`, the server's or the gateway's own.
pub(super) struct Refusal(Vec<u8>);

impl Refusal {
    /// One of the gateway's own.
    pub(super) fn new(code: &str, message: &str, hint: &str) -> Self {
        let mut fields = Vec::new();
        for (field, text) in [(b'S', "FATAL"), (b'V', "FATAL"), (b'C', code), (b'M', message), (b'H', hint)] {
            fields.push(field);
            fields.extend(text.bytes().filter(|&byte| byte != 0));
            fields.push(0);
        }
        fields.push(0);
        Self(message_of(b'E', &fields))
    }

    /// The whole message.
    pub(super) fn message(&self) -> &[u8] {
        &self.0
    }
}

fn message_of(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

/// What became of one attempt.
enum Attempt {
    Done(Box<dyn Bytes>),
    /// `pg_hba.conf` has no line for this, with or without encryption: another attempt may do.
    NotAdmitted(Refusal),
    Refused(Refusal),
}

/// Logs in with the client's startup message; an error is the client's own connection's.
pub(super) async fn log_in<C: AsyncWrite + Unpin>(
    target: &Target,
    startup: &[u8],
    client: &mut C,
) -> io::Result<Result<Box<dyn Bytes>, Refusal>> {
    let mut last = None;
    for encryption in target.encryptions() {
        match attempt(target, *encryption, startup, client).await? {
            Attempt::Done(server) => return Ok(Ok(server)),
            Attempt::Refused(refusal) => return Ok(Err(refusal)),
            Attempt::NotAdmitted(refusal) => last = Some(refusal),
        }
    }
    Ok(Err(last.unwrap_or_else(|| unreachable_server("there is no way to connect"))))
}

async fn attempt<C: AsyncWrite + Unpin>(
    target: &Target,
    encryption: Encryption,
    startup: &[u8],
    client: &mut C,
) -> io::Result<Attempt> {
    let Opened { bytes: mut server, end_point } = match target.open_with(encryption).await {
        Ok(opened) => opened,
        Err(fault) => {
            return Ok(Attempt::Refused(unreachable_server(&target.failure(fault).to_string())));
        }
    };
    let mut login = Login { target, user: user_of(startup), end_point, scram: None };
    let result = login.run(&mut server, startup, client).await;
    match result {
        Ok(None) => Ok(Attempt::Done(server)),
        Ok(Some(refusal)) if refusal.0.windows(NOT_ADMITTED.len()).any(|bytes| bytes == NOT_ADMITTED) => {
            Ok(Attempt::NotAdmitted(refusal))
        }
        Ok(Some(refusal)) => Ok(Attempt::Refused(refusal)),
        Err(Broken::Client(error)) => Err(error),
        Err(Broken::Server(error)) => {
            let message = format!("the server behind the gateway broke off the login: {error}");
            Ok(Attempt::Refused(unreachable_server(&message)))
        }
    }
}

fn unreachable_server(message: &str) -> Refusal {
    Refusal::new("08006", message, "check that the server behind the gateway runs, and try again")
}

/// Whose connection failed.
enum Broken {
    Client(io::Error),
    Server(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Server(error)
    }
}

struct Login<'a> {
    target: &'a Target,
    user: String,
    end_point: Option<Vec<u8>>,
    scram: Option<ScramSha256>,
}

impl Login<'_> {
    /// Talks until the server lets the session in (`None`) or does not.
    async fn run<C: AsyncWrite + Unpin>(
        &mut self,
        server: &mut Box<dyn Bytes>,
        startup: &[u8],
        client: &mut C,
    ) -> Result<Option<Refusal>, Broken> {
        server.write_all(startup).await?;
        server.flush().await?;
        loop {
            let (kind, body) = read_message(server).await?;
            match (kind, &body[..]) {
                (b'E', _) => return Ok(Some(Refusal(message_of(kind, &body)))),
                (b'R', [0, 0, 0, 0]) => {
                    client.write_all(&message_of(kind, &body)).await.map_err(Broken::Client)?;
                    return Ok(None);
                }
                (b'R', request) => match self.answer(request)? {
                    Ok(answer) => {
                        server.write_all(&answer).await?;
                        server.flush().await?;
                    }
                    Err(refusal) => return Ok(Some(refusal)),
                },
                // Notices, and which version of the protocol is spoken.
                _ => client.write_all(&message_of(kind, &body)).await.map_err(Broken::Client)?,
            }
        }
    }

    /// What to send for a request to authenticate (PostgreSQL's manual, "Message Flow").
    fn answer(&mut self, request: &[u8]) -> io::Result<Result<BytesMut, Refusal>> {
        let mut answer = BytesMut::new();
        let Some((kind, data)) = request.split_first_chunk::<4>() else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let known = self.target.login();
        let password = match known.password {
            Some(password) if known.user == self.user => password.as_bytes(),
            _ => {
                let message =
                    format!("the server asks for a password of `{}`, and the gateway has none", self.user);
                let hint = "log in as the user that the gateway's own URL names";
                return Ok(Err(Refusal::new("28P01", &message, hint)));
            }
        };
        match (u32::from_be_bytes(*kind), data) {
            (3, _) => frontend::password_message(password, &mut answer)?,
            (5, &[a, b, c, d]) => {
                let hash = md5_hash(self.user.as_bytes(), password, [a, b, c, d]);
                frontend::password_message(hash.as_bytes(), &mut answer)?;
            }
            (10, mechanisms) => {
                let Some((mechanism, binding)) = self.mechanism(mechanisms, known.channel_binding) else {
                    return Ok(Err(no_method()));
                };
                let scram = self.scram.insert(ScramSha256::new(password, binding));
                frontend::sasl_initial_response(mechanism, scram.message(), &mut answer)?;
            }
            (11, data) => {
                let scram = self.scram.as_mut().ok_or(io::ErrorKind::InvalidData)?;
                scram.update(data)?;
                frontend::sasl_response(scram.message(), &mut answer)?;
            }
            // The server proves that it knows the password, too; nothing to send.
            (12, data) => self.scram.as_mut().ok_or(io::ErrorKind::InvalidData)?.finish(data)?,
            _ => return Ok(Err(no_method())),
        }
        Ok(Ok(answer))
    }

    /// SCRAM, bound to the TLS below it where both sides can.
    fn mechanism(
        &self,
        offered: &[u8],
        wanted: ChannelBinding,
    ) -> Option<(&'static str, sasl::ChannelBinding)> {
        let offers = |name: &str| offered.split(|&byte| byte == 0).any(|offer| offer == name.as_bytes());
        let bound = self.end_point.clone().filter(|_| wanted != ChannelBinding::Disable);
        match bound {
            Some(hash) if offers(sasl::SCRAM_SHA_256_PLUS) => {
                Some((sasl::SCRAM_SHA_256_PLUS, sasl::ChannelBinding::tls_server_end_point(hash)))
            }
            _ if wanted == ChannelBinding::Require || !offers(sasl::SCRAM_SHA_256) => None,
            Some(_) => Some((sasl::SCRAM_SHA_256, sasl::ChannelBinding::unrequested())),
            None => Some((sasl::SCRAM_SHA_256, sasl::ChannelBinding::unsupported())),
        }
    }
}

fn no_method() -> Refusal {
    Refusal::new(
        "28000",
        "the server and the gateway agree on no way to log in",
        "check `channel_binding` in the gateway's URL, and the method in the server's pg_hba.conf",
    )
}

/// The `user` of a startup message: pairs of texts, each with a zero byte after it.
fn user_of(startup: &[u8]) -> String {
    let mut texts = startup.get(8..).unwrap_or_default().split(|&byte| byte == 0);
    while let (Some(key), Some(value)) = (texts.next(), texts.next()) {
        if key == b"user" {
            return String::from_utf8_lossy(value).into_owned();
        }
    }
    String::new()
}

async fn read_message(server: &mut Box<dyn Bytes>) -> io::Result<(u8, Vec<u8>)> {
    let kind = server.read_u8().await?;
    let length = usize::try_from(server.read_u32().await?).unwrap_or(usize::MAX);
    if !(4..=MAX_MESSAGE_BYTES).contains(&length) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not speak PostgreSQL's protocol"));
    }
    let mut body = vec![0; length - 4];
    server.read_exact(&mut body).await?;
    Ok((kind, body))
}
