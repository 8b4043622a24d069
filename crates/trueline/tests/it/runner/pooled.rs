//! The real PgBouncer in front of the target.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use trueline::runner::MigrateError;
use trueline::server::PORT;
use trueline::status::status;
use trueline_driver::{DatabaseUrl, Environment, Transport};

use crate::programs;
use crate::support::{Scratch, eventually};
use crate::workspace::{Bench, on_every_server, shown};

/// A running PgBouncer; it ends when dropped.
struct Pooler {
    child: Child,
    port: u16,
    _scratch: Scratch,
}

impl Pooler {
    /// In front of the server that has its socket in `directory`, as the user that may enter it.
    fn start(program: &Path, directory: &str, mode: &str) -> Self {
        let scratch = Scratch::new();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = scratch.path.join("pgbouncer.ini");
        let settings = format!(
            "[databases]\n* = host={directory} port={PORT} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n"
        );
        fs::write(&file, settings).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let owner = fs::metadata(directory).unwrap().uid();
        chown(&file, Some(owner), Some(owner)).unwrap();
        let mut command = Command::new(program);
        command.arg("-q").arg(&file).current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
        if owner != fs::metadata("/proc/self").unwrap().uid() {
            command.uid(owner).gid(owner);
        }
        let child = command.spawn().unwrap();
        eventually("PgBouncer listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { child, port, _scratch: scratch }
    }

    fn url(&self, bench: &Bench) -> DatabaseUrl {
        let text =
            format!("postgres://postgres@127.0.0.1:{}/{}?sslmode=disable", self.port, bench.url.database());
        DatabaseUrl::parse_in(&text, &Environment::empty()).unwrap()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_pooler_in_transaction_mode_is_refused_before_anything_is_done() {
    let Some(program) = programs::present(programs::find("pgbouncer")) else { return };
    on_every_server(async |bench| {
        if bench.url.transport() != Transport::Socket || !bench.has_timers {
            return;
        }
        bench.write(&[("0000_a", "CREATE TABLE a (id int);")]);
        let direct = bench.url.clone();
        let pooler = Pooler::start(&program, &direct.host_text(), "transaction");
        bench.url = pooler.url(bench);
        let error = bench.migrate().await.unwrap_err();
        assert!(matches!(error, MigrateError::Unusable(_)), "{error:?}");
        let text = shown(&error.problems()[0]);
        assert!(
            text.starts_with("pooled: a pooler in transaction mode")
                && text.contains("hint: name the server itself"),
            "{text}"
        );
        let connection = bench.connect().await;
        let refused = status(&connection, &bench.settings, &bench.contents().migrations).await.unwrap_err();
        assert_eq!(refused.problems()[0].code, "pooled");
        connection.close().await.unwrap();

        // Nothing was left behind in the server's sessions.
        bench.url = direct.clone();
        let locks = "select 1 from pg_locks where locktype = 'advisory'";
        assert_eq!(bench.texts(locks).await, Vec::<String>::new());
        let settings =
            "select application_name from pg_stat_activity where application_name like 'trueline%'";
        assert_eq!(bench.texts(settings).await, Vec::<String>::new());
        assert!(bench.tables().await.is_empty());
        drop(pooler);

        // In session mode it is as good as the server.
        let pooler = Pooler::start(&program, &direct.host_text(), "session");
        bench.url = pooler.url(bench);
        assert_eq!(bench.migrate().await.unwrap().applied.len(), 1);
        bench.url = direct;
        assert_eq!(bench.tables().await, ["a"]);
    });
}
