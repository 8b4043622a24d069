//! How many round trips commands make: over a real network they are what a command costs. A proxy that delays counts
//! them, the one that logs in among them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::run::{Database, Server};
use crate::support::Workspace;

/// Each way. So long that a busy machine has sent the whole of what it does not wait for.
const DELAY: Duration = Duration::from_millis(60);

/// The way to a database, and what is counted on it.
struct Link {
    url: String,
    turns: Arc<AtomicU32>,
}

/// Who sent last, of one connection.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Client,
    Server,
}

impl Link {
    fn to(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (target, turns) = (Server::get().port, Arc::new(AtomicU32::new(0)));
        let counted = Arc::clone(&turns);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(("127.0.0.1", target)).unwrap();
                let last = Arc::new(Mutex::new(Side::Server));
                for (from, to, side) in [(&client, &server, Side::Client), (&server, &client, Side::Server)] {
                    from.set_nodelay(true).unwrap();
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let (last, counted) = (Arc::clone(&last), Arc::clone(&counted));
                    thread::spawn(move || pump(from, to, (side, &last, &counted)));
                }
            }
        });
        let url = database.url().replace(&format!(":{target}/"), &format!(":{port}/"));
        Self { url: format!("{url}?sslmode=disable"), turns }
    }

    /// The round trips of what is done meanwhile.
    fn count(&self, what: impl FnOnce()) -> u32 {
        self.turns.store(0, Ordering::SeqCst);
        what();
        self.turns.load(Ordering::SeqCst)
    }
}

/// Passes on what one side sends, later; a packet of the client after one of the server is a round trip.
fn pump(mut from: TcpStream, mut to: TcpStream, (side, last, turns): (Side, &Mutex<Side>, &AtomicU32)) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        // One that is gone already needs no goodbye.
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let mut last = last.lock().unwrap();
        // Nobody waits for an answer to `Terminate`.
        if side == Side::Client && *last == Side::Server && buffer[0] != b'X' {
            turns.fetch_add(1, Ordering::SeqCst);
        }
        *last = side;
        if sender.send((Instant::now() + DELAY, buffer[..read].to_vec())).is_err() {
            return;
        }
    }
}

fn table(number: u32) -> (String, String) {
    (format!("schema/t{number:03}.sql"), format!("CREATE TABLE t{number:03} (id integer PRIMARY KEY);\n"))
}

#[test]
fn applying_costs_few_round_trips_and_having_nothing_to_apply_costs_two() {
    let mut workspace = Workspace::with(&[]);
    let database = Server::get().database();
    let link = Link::to(&database);
    workspace.set("DATABASE_URL", &link.url);
    let add = |workspace: &Workspace, number| {
        let (file, sql) = table(number);
        workspace.write(&file, &sql);
        workspace.done(&["db-generate", &format!("add_{number}")]);
    };
    let migrate = |expected: &str| link.count(|| assert_eq!(workspace.done(&["db-migrate"]), expected));

    // Of a new database, of one that an earlier run has left, and of several migrations at once.
    add(&workspace, 0);
    assert_eq!(migrate("✅ 1 migration applied\n"), 5);
    assert_eq!(migrate("✅ the migration is applied\n"), 2);
    add(&workspace, 1);
    assert_eq!(migrate("✅ 1 migration applied\n"), 5);
    for number in 2..5 {
        add(&workspace, number);
    }
    assert_eq!(migrate("✅ 3 migrations applied\n"), 5);
    assert_eq!(migrate("✅ all 5 migrations are applied\n"), 2);

    let matches = |args: &[&str], most: u32| {
        let turns = link.count(|| drop(workspace.done(args)));
        assert!(turns <= most, "{args:?}: {turns} round trips");
    };
    // At most three to read a catalog, after the one that logs in.
    matches(&["db-verify"], 4);
    matches(&["db-status"], 4);
}
