//! The database goes away and comes back.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::support::{Fixture, Service};

#[test]
fn without_a_database_it_answers_503_and_recovers() {
    let fixture = Fixture::migrated();
    let relay = Relay::start(&fixture);
    let service = Service::start(&fixture.url_through(relay.directory.path().to_str().unwrap()));
    for _ in 0..8 {
        assert_eq!(service.get("/healthz").0, 200);
    }
    relay.cut();
    for _ in 0..8 {
        let (status, head, text) = service.send("GET /requests", "", b"");
        assert_eq!(status, 503, "{text}");
        assert!(head.contains("retry-after: "), "{head}");
        assert!(text.contains("the database is not available"), "{text}");
    }
    relay.restore();
    for _ in 0..8 {
        assert_eq!(service.get("/requests").0, 200);
    }
}

#[test]
fn a_backend_that_was_terminated_is_replaced() {
    let fixture = Fixture::migrated();
    let service = Service::start(&fixture.url());
    for _ in 0..8 {
        assert_eq!(service.get("/healthz").0, 200);
    }
    fixture.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
    // A connection that broke unseen costs one answer; there are four.
    let answers: Vec<u16> = (0..8).map(|_| service.get("/healthz").0).collect();
    assert!(answers[..4].iter().all(|status| [200, 503].contains(status)), "{answers:?}");
    assert_eq!(answers[4..], [200; 4]);
}

/// A socket that passes everything on to the server's, until it is cut.
struct Relay {
    directory: tempfile::TempDir,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    down: bool,
    open: Vec<UnixStream>,
}

impl Relay {
    fn start(fixture: &Fixture) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let name = format!(".s.PGSQL.{}", fixture.port);
        let server = PathBuf::from(&fixture.socket_directory).join(&name);
        let listener = UnixListener::bind(directory.path().join(&name)).unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let mut state = shared.lock().unwrap();
                if state.down {
                    continue;
                }
                let server = UnixStream::connect(&server).unwrap();
                for (from, to) in [(&client, &server), (&server, &client)] {
                    pass_on(from.try_clone().unwrap(), to.try_clone().unwrap());
                }
                state.open.extend([client, server]);
            }
        });
        Self { directory, state }
    }

    fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.down = true;
        for stream in state.open.drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    fn restore(&self) {
        self.state.lock().unwrap().down = false;
    }
}

fn pass_on(mut from: UnixStream, mut to: UnixStream) {
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if to.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}
