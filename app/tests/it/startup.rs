//! What the service does before it serves, and at its end.

use std::io::{Read, Write};
use std::process::Command;

use crate::support::{Fixture, Service, journal, refusal};

fn said(output: &std::process::Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn it_refuses_a_database_that_lacks_a_migration() {
    let fixture = Fixture::empty();
    let text = said(&refusal(&fixture.url()));
    let tag = journal()["entries"][0]["tag"].as_str().unwrap().to_owned();
    assert!(text.starts_with("error: the database lacks `"), "{text}");
    assert!(text.contains(&tag) && text.contains("\n\nhint: `cargo xtask db-migrate`"), "{text}");
}

#[test]
fn it_refuses_a_migration_edited_after_it_was_applied() {
    let fixture = Fixture::migrated();
    fixture.run("UPDATE __drizzle_migrations SET hash = md5(hash) WHERE id = 1");
    let text = said(&refusal(&fixture.url()));
    assert!(text.contains("edited after") && text.contains("\n\nhint: "), "{text}");
}

#[test]
fn it_serves_with_a_warning_on_a_newer_database() {
    let fixture = Fixture::migrated();
    fixture.run("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 9999999999999)");
    let service = Service::start(&fixture.url());
    assert_eq!(service.get("/healthz").0, 200);
    terminate(&service);
    let (status, said) = service.wait();
    assert_eq!(status, Some(0));
    assert!(said.starts_with("warning: "), "{said}");
}

#[test]
fn it_says_what_is_wrong_with_its_environment() {
    let text = said(&refusal("postgres://u:s3cret@h:port/d"));
    assert!(
        text.starts_with("error: `DATABASE_URL` is not well formed") && !text.contains("s3cret"),
        "{text}"
    );
    let text = said(&refusal("postgres:///d?host=/nonexistent&user=u"));
    assert!(text.starts_with("error: failed to connect"), "{text}");
}

#[test]
fn sigterm_lets_a_request_that_is_under_way_finish() {
    let fixture = Fixture::migrated();
    let service = Service::start(&fixture.url());
    let mut stream = service.connect();
    let body = r#"{"comment":"last one"}"#;
    let head = format!(
        "POST /requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The service asks for the body: the request is in its hands.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    terminate(&service);
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(service.wait().0, Some(0));
}

fn terminate(service: &Service) {
    // The shell's own: a program called `kill` is not everywhere.
    let line = format!("kill -TERM {}", service.pid());
    assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
}
