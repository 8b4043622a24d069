//! `db-gateway` as people run it: what it prints, whom it serves, and how it ends.

use std::os::unix::fs::PermissionsExt;

use crate::run::Server;
use crate::support::Workspace;

#[test]
fn the_gateway_serves_what_it_prints_until_it_is_interrupted() {
    let mut workspace = Workspace::of_this_repository();
    let database = Server::get().database();
    let gateway = workspace.gateway(&database.url());
    for line in [
        "✅ the gateway serves ws://127.0.0.1:",
        "import { neonConfig, Pool } from '@neondatabase/serverless'",
        "neonConfig.webSocketConstructor = ws",
        "neonConfig.wsProxy = '127.0.0.1:",
        "neonConfig.useSecureWebSocket = false",
        "neonConfig.pipelineConnect = false",
        "connectionString: 'postgres://",
    ] {
        assert!(gateway.settings.contains(line), "{line}: {}", gateway.settings);
    }
    workspace.set("DATABASE_URL", &gateway.url);
    workspace.done(&["db-migrate"]);
    assert_eq!(workspace.done(&["db-verify"]), "✅ database matches schema/\n");
    assert!(workspace.done(&["db-status"]).contains("over WebSocket"));

    // The password is kept where nobody else can read it, and stays the same.
    let kept: Vec<_> = std::fs::read_dir(&workspace.data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "gateway-password"))
        .collect();
    let [file] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    let password = std::fs::read_to_string(file).unwrap().trim().to_owned();
    assert!(password.len() == 48 && gateway.url.contains(&format!(":{password}@")), "{}", gateway.url);
    let (status, said, err) = gateway.interrupt();
    assert_eq!((status, said.as_str()), (0, "\u{2705} the gateway is stopped\n"), "{err}");
    let again = workspace.gateway(&database.url());
    assert!(again.url.contains(&format!(":{password}@")));
    drop(again);

    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (status, out, err) = workspace.xtask(&["db-gateway", &database.url(), "--listen", "127.0.0.1:0"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("is open to others (mode 644)") && err.contains("hint: remove it"), "{err}");
}

#[test]
fn what_cannot_be_served_is_refused() {
    let mut workspace = Workspace::of_this_repository();
    let url = Server::get().database().url();
    for (args, words, hint) in [
        (
            vec![&*url, "--listen", "0.0.0.0:0"],
            "`0.0.0.0:0` is not a loopback address",
            "a real proxy with TLS",
        ),
        (vec![&*url, "--listen", "[::]:5488"], "is not a loopback address", "listen on 127.0.0.1"),
        (vec![&*url, "--listen", "5488"], "`--listen 5488` is not an address with a port", "127.0.0.1:5488"),
        (vec!["postgres://u@localhost:x/d"], "the port", "percent-encode"),
        (vec!["postgres://u@127.0.0.1:1/d"], "127.0.0.1:1", "nothing listens there"),
        (
            vec!["ws://u@127.0.0.1:5488/d"],
            "is where the gateway itself would listen",
            "name the database itself",
        ),
    ] {
        let args = [&["db-gateway"], &args[..]].concat();
        let (status, out, err) = workspace.xtask(&args);
        assert_eq!((status, out.as_str()), (2, ""), "{args:?}");
        assert!(err.contains(words) && err.contains(hint), "{args:?}: {err}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    let (status, _, err) = workspace.xtask(&["db-gateway", "--listen", &address]);
    assert_eq!(status, 2);
    assert!(err.contains("failed to listen on") && err.contains("choose another one"), "{err}");
}
