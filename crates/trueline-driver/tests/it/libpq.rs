//! libpq as the judge: `psql` gets the same URL, and must end up in the same place or fail as well.

use std::path::Path;
use std::process::Command;

use trueline_driver::{DatabaseUrl, Environment, connect};

use crate::programs;
use crate::random::Random;
use crate::server::Server;

const QUERY: &str = "select concat_ws('|', current_user, current_database(), inet_server_addr(), \
    inet_server_port(), current_setting('application_name'), current_setting('work_mem'), \
    (select ssl from pg_stat_ssl where pid = pg_backend_pid()))";

/// What `psql` gets from the server with this URL, in an empty environment.
fn theirs(psql: &Path, url: &str, environment: &[(&str, &str)]) -> Result<String, String> {
    let output = Command::new(psql)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", "/nonexistent")
        .envs(environment.iter().copied())
        .args(["-X", "-A", "-t", "-w", "-c", QUERY, "-d", url])
        .output()
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// What this driver gets.
async fn ours(url: &str, environment: &[(&str, &str)]) -> Result<String, String> {
    let mut around = Environment::empty().user("root");
    for (name, value) in environment {
        around = around.variable(*name, *value);
    }
    let url = DatabaseUrl::parse_in(url, &around).map_err(|error| error.to_string())?;
    // `psql` names itself when nobody else does.
    let connection = connect(&url).await.map_err(|error| error.to_string())?;
    let row = connection.query_one(QUERY, &[]).await.map_err(|error| error.to_string())?;
    let answer = row.get(0);
    connection.close().await.unwrap();

    // What a child process is given must lead to the same place, without the environment.
    let again = DatabaseUrl::parse_in(&url.to_secret_string(), &Environment::empty()).unwrap();
    assert_eq!(again.to_secret_string(), url.to_secret_string());
    assert_eq!((again.user(), again.database(), again.port()), (url.user(), url.database(), url.port()));
    Ok(answer)
}

async fn compare(psql: &Path, url: &str, environment: &[(&str, &str)]) -> bool {
    let (theirs, ours) = (theirs(psql, url, environment), ours(url, environment).await);
    match (&theirs, &ours) {
        (Ok(theirs), Ok(ours)) => {
            let ours = ours.replace("||", "|psql|");
            assert_eq!(theirs.replace("||", "|psql|"), ours, "{url} {environment:?}");
        }
        (Err(_), Err(_)) => {}
        _ => panic!("{url} {environment:?}\nlibpq: {theirs:?}\nours:  {ours:?}"),
    }
    theirs.is_ok()
}

/// One piece of a URL each, good and bad, put together at random.
struct Pieces {
    random: Random,
    directory: String,
    port: String,
}

impl Pieces {
    fn url(&mut self) -> String {
        let random = &mut self.random;
        let scheme = random.pick(&["postgres://", "postgresql://"]);
        let user = random.pick(&[
            "postgres@",
            "app@",
            "app:ignored@",
            "with_clear:clear@",
            "with_scram:it's%20a%20p%40ss%2Fword%3F@",
            "odd%20%40%3A%2F%3F%23%20name@",
            "with_clear:wr%6Fng@",
            "",
            "%zz@",
        ]);
        let host = match random.below(9) {
            0 | 1 => format!("{}:{}", self.directory.replace('/', "%2F"), self.port),
            2 | 3 => format!("127.0.0.1:{}", self.port),
            4 => format!("localhost:{}", self.port),
            5 => format!("127.0.0.1:1,localhost:{}", self.port),
            6 => format!("127.0.0.1,localhost:{0},{0}", self.port),
            7 => String::new(),
            _ => format!("[::1]:1,127.0.0.1:{}", self.port),
        };
        let database = random.pick(&[
            "/postgres",
            "/template1",
            "/odd%20%40%3A%2F%3F%23%20name",
            "/",
            "",
            "/no%00",
            "/nope",
        ]);
        let mut url = format!("{scheme}{user}{host}{database}");
        for at in 0..random.below(4) {
            url.push(if at == 0 { '?' } else { '&' });
            let parameter = match random.below(16) {
                0 => format!("host={}", self.directory),
                1 => "host=127.0.0.1".to_owned(),
                2 => format!("port={}", self.port),
                3 => format!("hostaddr=127.0.0.1&port={}", self.port),
                4 => "application_name=a%20b".to_owned(),
                5 => "application_name=a@b".to_owned(),
                6 => "options=-cwork_mem%3D7MB".to_owned(),
                7 => "user=app".to_owned(),
                8 => "sslmode=disable".to_owned(),
                9 => "sslmode=require".to_owned(),
                10 => "sslmode=prefer".to_owned(),
                11 => "dbname=template1".to_owned(),
                12 => "connect_timeout=5".to_owned(),
                13 => random
                    .pick(&["nonsense=1", "sslmode=maybe", "port=0", "connect_timeout=x", "a"])
                    .to_owned(),
                14 => format!(
                    "target_session_attrs={}",
                    random.pick(&["any", "read-write", "primary", "standby", "read-only", "prefer-standby"])
                ),
                _ => random
                    .pick(&["ssl=true", "channel_binding=prefer", "gssencmode=disable", "sslsni=1"])
                    .to_owned(),
            };
            url.push_str(&parameter);
        }
        url
    }
}

#[tokio::test]
async fn random_urls_lead_to_the_same_place() {
    let Some(psql) = programs::present(programs::find("psql")) else { return };
    let server = Server::get();
    let directory = server.directory.to_str().unwrap().to_owned();
    let mut pieces = Pieces { random: Random::new(20_260_101), directory, port: server.port.to_string() };
    let mut connected = 0;
    for _ in 0..150 {
        connected += usize::from(compare(&psql, &pieces.url(), &[]).await);
    }
    assert!(connected > 30, "only {connected} of 150 connected: the pieces prove little");
}

#[tokio::test]
async fn the_environment_fills_what_is_open() {
    let Some(psql) = programs::present(programs::find("psql")) else { return };
    let server = Server::get();
    let (directory, port) = (server.directory.to_str().unwrap(), server.port.to_string());
    let passfile = server.directory.join("passfile");
    let services = server.directory.join("services");
    std::fs::write(
        &passfile,
        "# comment\nlocalhost:*:*:with_clear:wrong\n127.0.0.1:*:post\\gres:with_clear:cl\\ear\n*:*:*:with_md5:old\n",
    )
    .unwrap();
    std::fs::set_permissions(&passfile, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(
        &services,
        format!(
            "# comment\n[other]\nuser=nobody\n[local]\nhost={directory}\nport={port}\nuser=app\n\
             application_name=of the service\n[local]\nuser=nobody\n[broken]\nuser\n"
        ),
    )
    .unwrap();
    let (passfile, services) = (passfile.to_str().unwrap(), services.to_str().unwrap());
    let here: [(&str, &str); 2] = [("PGHOST", directory), ("PGPORT", &port)];
    let tcp = format!("postgres://with_clear@127.0.0.1:{port}/postgres");
    let cases: Vec<(String, Vec<(&str, &str)>)> = vec![
        ("postgres://postgres@/".into(), here.to_vec()),
        ("postgres://".into(), [&here[..], &[("PGUSER", "app"), ("PGDATABASE", "postgres")]].concat()),
        ("dbname=postgres user='app'".into(), [&here[..], &[("PGAPPNAME", "named")]].concat()),
        (
            format!("user = app  host=127.0.0.1 port={port} dbname = 'postgres' application_name='it\\'s'"),
            vec![],
        ),
        ("user=app dbname".into(), here.to_vec()),
        ("user=app dbname='postgres".into(), here.to_vec()),
        (format!("{tcp}?sslmode=disable"), vec![("PGPASSWORD", "clear")]),
        (format!("{tcp}?application_name=mine"), vec![("PGPASSWORD", "wrong"), ("PGAPPNAME", "other")]),
        (format!("{tcp}?passfile={passfile}"), vec![]),
        (tcp.clone(), vec![("PGPASSFILE", passfile)]),
        (format!("postgres://with_clear@localhost:{port}/postgres"), vec![("PGPASSFILE", passfile)]),
        (format!("postgres://with_md5@localhost:{port}/postgres"), vec![("PGPASSFILE", passfile)]),
        (format!("postgres://app@127.0.0.1:{port}/postgres"), vec![("PGSSLMODE", "require")]),
        (format!("postgres://app@127.0.0.1:{port}/postgres"), vec![("PGOPTIONS", "-cwork_mem=9MB")]),
        ("postgres:///postgres?service=local".into(), vec![("PGSERVICEFILE", services)]),
        ("dbname=postgres".into(), vec![("PGSERVICEFILE", services), ("PGSERVICE", "local")]),
        ("postgres://postgres@/postgres?service=local".into(), vec![("PGSERVICEFILE", services)]),
        ("postgres:///postgres?service=unknown".into(), vec![("PGSERVICEFILE", services)]),
        ("postgres:///postgres?service=broken".into(), vec![("PGSERVICEFILE", services)]),
    ];
    for (url, environment) in &cases {
        compare(&psql, url, environment).await;
    }
}
