//! Finding servers, and the carrier.

use std::fs;
use std::path::Path;

use trueline::server::{Origin, ServerError, Wanted, carrier, find, find_all};

use crate::support::Scratch;

#[test]
fn the_wanted_major_is_found_or_the_error_says_where_it_was_looked_for() {
    for binaries in find_all() {
        let found = find(&Wanted { major: Some(binaries.major), carrier: true }).unwrap();
        assert_eq!(found.major, binaries.major);
    }
    let error = find(&Wanted { major: Some(10), carrier: true }).unwrap_err();
    assert_eq!(error.to_string(), "no PostgreSQL 10 was found");
    let hint = error.hint().unwrap();
    for place in ["TRUELINE_PG_BIN", "/usr/lib/postgresql/", "the carrier crate: PostgreSQL 17"] {
        assert!(hint.contains(place), "{hint}");
    }
}

#[test]
fn installed_servers_come_before_the_carrier() {
    let servers = find_all();
    let first = find(&Wanted::default()).unwrap();
    assert_eq!(first, servers[0]);
    assert!(servers.windows(2).all(|pair| pair[0].origin <= pair[1].origin));
}

#[test]
fn a_carrier_that_was_changed_is_unpacked_anew() {
    let scratch = Scratch::new();
    let binaries = match carrier::get(&scratch.path.join("cache")) {
        Ok(binaries) => binaries,
        Err(ServerError::Carrier { reason }) if reason.starts_with("there is none for") => return,
        Err(error) => panic!("{error}"),
    };
    assert_eq!((binaries.origin, binaries.major), (Origin::Carrier, carrier::MAJOR));
    let control = "share/postgresql/extension/plpgsql.control";
    let file = binaries.bin_dir.parent().unwrap().join(Path::new(control));
    let original = fs::read(&file).unwrap();
    fs::write(&file, "changed").unwrap();
    assert_eq!(carrier::get(&scratch.path.join("cache")).unwrap(), binaries);
    assert_eq!(fs::read(&file).unwrap(), original);
}
