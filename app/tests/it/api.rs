//! The paths: what they take, give, and refuse.

use serde_json::{Value, json};

use crate::support::{Fixture, Service};

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn requests_are_created_read_and_listed() {
    let fixture = Fixture::migrated();
    let service = Service::start(&fixture.url());
    assert_eq!(service.get("/healthz"), (200, json!({"status": "ok"})));
    assert_eq!(service.get("/requests"), (200, json!({"items": [], "next": null})));

    let (status, made) = service.post("/requests", "{}");
    assert_eq!(status, 201);
    assert_eq!(made["status"], "draft");
    assert_eq!(made["line_items"], json!([]));
    assert_eq!(made["comment"], Value::Null);

    let body = json!({
        "request_id": "R-1", "status": "submitted", "mine_name": "Grube \"Süd\"; DROP TABLE requests",
        "contact": {"name": "A", "phones": [1, 2.5, null]}, "line_items": [{"n": 1}], "pipedrive_deal_id": 7
    });
    let (status, head, text) = service.send("POST /requests", JSON, body.to_string().as_bytes());
    assert_eq!(status, 201, "{text}");
    let made: Value = serde_json::from_str(&text).unwrap();
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    let path = format!("/requests/{}", made["id"].as_str().unwrap());
    assert!(head.contains(&format!("location: {path}\r\n")), "{head}");
    assert_eq!(service.get(&path), (200, made));
}

#[test]
fn site_visits_are_created_and_listed_in_pages() {
    let fixture = Fixture::migrated();
    let service = Service::start(&fixture.url());
    let mut made = Vec::new();
    for number in 0..5 {
        let body = json!({
            "date": "2026-02-28", "salesperson": format!("S{number}"), "planned_mines": ["North, \"old\"", "South"],
            "main_purpose": "audit", "availability": "all day"
        });
        let (status, row) = service.post("/site_visits", &body.to_string());
        assert_eq!(status, 201, "{row}");
        assert_eq!(row["planned_mines"], body["planned_mines"]);
        assert_eq!(row["date"], "2026-02-28");
        made.push(row);
    }
    // A row without a time is the oldest.
    fixture.run("UPDATE site_visits SET created_at = NULL WHERE salesperson = 'S4'");
    let mut seen = Vec::new();
    let mut path = "/site_visits?limit=2".to_owned();
    loop {
        let (status, page) = service.get(&path);
        assert_eq!(status, 200, "{page}");
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["salesperson"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/site_visits?limit=2&after={next}");
    }
    assert_eq!(seen, ["S3", "S2", "S1", "S0", "S4"]);
}

#[test]
fn what_is_wrong_with_a_body_is_said_and_is_the_clients() {
    let fixture = Fixture::migrated();
    let service = Service::start(&fixture.url());
    assert_eq!(service.post("/requests", r#"{"request_id": "R-1"}"#).0, 201);
    let visit = r#""salesperson": "S", "planned_mines": [], "main_purpose": "m", "availability": "a""#;
    for (path, body, status, part) in [
        ("/requests", "", 400, "EOF"),
        ("/requests", "{", 400, "EOF"),
        ("/requests", "[]", 422, "expected a map"),
        ("/requests", r#"{"status": "lost"}"#, 422, "invalid input value for enum request_status: \"lost\""),
        ("/requests", r#"{"status": null}"#, 422, "`status` must not be null"),
        ("/requests", r#"{"request_id": "R-1"}"#, 409, "Key (request_id)=(R-1) already exists."),
        ("/requests", r#"{"pipedrive_deal_id": 3000000000}"#, 422, "out of range"),
        ("/requests", r#"{"pipedrive_deal_id": "7"}"#, 422, "`pipedrive_deal_id` must be a whole number"),
        ("/requests", r#"{"comment": "a\u0000b"}"#, 422, "unsupported Unicode escape sequence"),
        (
            "/requests",
            r#"{"id": "x", "coment": 1}"#,
            422,
            "`coment` is not a field of `requests`; `id` is not",
        ),
        (
            "/site_visits",
            r#"{"date": "31.1.2026"}"#,
            422,
            "`date` must be a date, like \"2026-01-31\"; `salesperson` is",
        ),
        ("/site_visits", &format!(r#"{{"date": "2026-02-30", {visit}}}"#), 422, "out of range"),
        (
            "/site_visits",
            &format!(r#"{{{visit}, "planned_mines": ["a", null]}}"#),
            422,
            "an array of strings",
        ),
    ] {
        let (found, answer) = service.post(path, body);
        assert_eq!(found, status, "{body}: {answer}");
        assert!(answer["error"].as_str().unwrap().contains(part), "{body}: {answer}");
    }
    let (status, _, text) = service.send("POST /requests", "Content-Type: text/plain\r\n", b"{}");
    assert_eq!(status, 415, "{text}");
    let large = format!(r#"{{"comment": "{}"}}"#, "x".repeat(300 * 1024));
    let (status, _, text) = service.send("POST /requests", JSON, large.as_bytes());
    assert_eq!(status, 413, "{text}");
    assert_eq!(service.get("/requests").1["items"].as_array().unwrap().len(), 1);
}

#[test]
fn paths_methods_and_pages_that_do_not_exist_are_refused() {
    let fixture = Fixture::migrated();
    let service = Service::start(&fixture.url());
    for (path, status, part) in [
        ("/", 404, "nothing at this path"),
        ("/requests/", 404, "nothing at this path"),
        ("/requests/6f1b0b6e-7a3c-4d8e-9f00-0123456789ab", 404, "no row of `requests` has the id"),
        ("/requests/7", 400, "`id` is not a UUID"),
        ("/requests/%ff", 400, "UTF-8"),
        ("/requests?limit=0", 400, "`limit` must be from 1 to 100"),
        ("/requests?limit=101", 400, "`limit` must be from 1 to 100"),
        ("/requests?limit=-1", 400, "limit"),
        ("/requests?offset=1", 400, "unknown field `offset`"),
        ("/requests?after=x", 400, "`after` is not a UUID"),
    ] {
        let (found, answer) = service.get(path);
        assert_eq!(found, status, "{path}: {answer}");
        assert!(answer["error"].as_str().unwrap().contains(part), "{path}: {answer}");
    }
    let (status, head, text) = service.send("DELETE /requests", "", b"");
    assert_eq!(status, 405, "{text}");
    assert!(
        head.contains("allow: get,head,post") && text.contains("does not take this method"),
        "{head} {text}"
    );
}
