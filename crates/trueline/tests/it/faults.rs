//! Runs that are disturbed, at every point where they can be: the next one finishes the work, and the database
//! is what it would be without the disturbance.
//!
//! By default a part of the points and a few random runs are tried, so that the tests take a bounded time;
//! `TRUELINE_FAULTS=all` tries every point and 200 random runs. The seed is printed, and `TRUELINE_FAULT_SEED`
//! repeats it.

mod ground;
mod proxy;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use tokio::task::LocalSet;
use trueline::runner::{MigrateOptions, migrate};
use trueline::settings::Settings;
use trueline_driver::{DatabaseUrl, connect};
use trueline_journal::Folder;

use crate::support::{Other, block_on, role};
use ground::{Ground, Image, USER};
use proxy::Proxy;

/// What disturbs a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// The connection is cut.
    Cut,
    /// The migrating process is killed.
    Kill,
    /// The server is stopped in an orderly way and started again.
    Restart,
    /// The server crashes and recovers.
    Crash,
    /// Nothing can be written any more.
    Full,
    /// The role may not create or write any more.
    Revoke,
    /// Eight run at once, some of whose connections are cut.
    Eight,
}

const FAULTS: [Fault; 7] =
    [Fault::Cut, Fault::Kill, Fault::Restart, Fault::Crash, Fault::Full, Fault::Revoke, Fault::Eight];

const REVOKE: &str = "SET lock_timeout = '200ms'; REVOKE ALL ON SCHEMA public FROM app";
const GRANT: &str = "GRANT ALL ON SCHEMA public TO app";

/// Pseudo-random numbers (splitmix64): the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}

fn everything() -> bool {
    std::env::var("TRUELINE_FAULTS").is_ok_and(|value| value == "all")
}

fn chance() -> Chance {
    let given = std::env::var("TRUELINE_FAULT_SEED").ok().map(|seed| seed.parse().unwrap());
    let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0));
    eprintln!("faults: TRUELINE_FAULT_SEED={seed}");
    Chance(seed)
}

/// What came of one kind of disturbance.
#[derive(Debug, Default)]
struct Tried {
    runs: usize,
    /// How many runs it made fail.
    broken: usize,
    /// What the next run made different from an undisturbed one.
    wrong: Vec<String>,
}

/// The ground with the image of an undisturbed run, and the count of what was tried.
struct Trial {
    ground: RefCell<Ground>,
    expected: Image,
    /// Messages of an undisturbed run.
    messages: usize,
    tried: RefCell<BTreeMap<Fault, Tried>>,
}

impl Trial {
    async fn start() -> Self {
        let ground = Ground::start().await;
        let url = ground.database().await;
        let proxy = Proxy::start(&ground.proxy_dir(), ground.socket_dir(), &url, USER, None);
        ground.migrate(&proxy.url).await.unwrap();
        let messages = proxy.messages();
        let expected = ground.image(&url).await;
        assert!(expected.differences(&expected).is_empty());
        ground.drop_database(&url).await;
        Self { ground: RefCell::new(ground), expected, messages, tried: RefCell::default() }
    }

    /// Disturbs a run when `stop_at` messages have passed, runs again, and compares.
    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "one disturbance after the other: nobody else borrows"
    )]
    async fn disturb(&self, fault: Fault, stop_at: usize, note: &str) {
        let mut ground = self.ground.borrow_mut();
        let url = ground.database().await;
        let proxy = Proxy::start(&ground.proxy_dir(), ground.socket_dir(), &url, USER, Some(stop_at));
        let mut broken = true;
        match fault {
            Fault::Kill => killed(&ground, &proxy).await,
            Fault::Restart | Fault::Crash => {
                let (settings, contents) = (ground.settings.clone(), ground.contents.clone());
                let act = async {
                    ground.restart(fault == Fault::Crash).await;
                    proxy.go_on();
                };
                broken = !disturbed(run(&proxy.url, &settings, &contents), &proxy, act).await.0;
            }
            Fault::Cut | Fault::Full | Fault::Revoke => {
                let act = async {
                    match fault {
                        Fault::Full => ground.fill(),
                        Fault::Revoke => ground.admin(url.database(), REVOKE).await,
                        _ => return proxy.cut(),
                    }
                    proxy.go_on();
                };
                let run = run(&proxy.url, &ground.settings, &ground.contents);
                let (succeeded, reached) = disturbed(run, &proxy, act).await;
                broken = !succeeded;
                match fault {
                    Fault::Full if reached => ground.empty(),
                    Fault::Revoke => ground.admin(url.database(), GRANT).await,
                    _ => {}
                }
            }
            Fault::Eight => eight(&ground, &url, proxy, stop_at).await,
        }
        self.tried.borrow_mut().entry(fault).or_default().broken += usize::from(broken);
        self.judge(&ground, &url, fault, &format!("{fault:?} at {stop_at}{note}")).await;
    }

    /// Runs again, undisturbed, and compares.
    async fn judge(&self, ground: &Ground, url: &DatabaseUrl, fault: Fault, what: &str) {
        let again = ground.migrate(url).await;
        let mut wrong = ground.image(url).await.differences(&self.expected);
        wrong.extend(again.err());
        ground.drop_database(url).await;
        let mut tried = self.tried.borrow_mut();
        let tried_here = tried.entry(fault).or_default();
        tried_here.runs += 1;
        if !wrong.is_empty() {
            eprintln!("faults: {what}: {}", wrong.join("\n"));
            tried_here.wrong.push(format!("{what}: {}", wrong.join("\n")));
        }
    }

    /// Says how many came out equal; all must.
    async fn end(self) {
        let tried = self.tried.into_inner();
        let mut wrong = Vec::new();
        for (fault, tried) in tried {
            let Tried { runs, broken, wrong: faults } = tried;
            let equal = runs - faults.len();
            eprintln!(
                "faults: {fault:?}: {broken} of {runs} runs broken; after the next {equal}/{runs} equal to an undisturbed one"
            );
            wrong.extend(faults);
        }
        self.ground.into_inner().close().await;
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }
}

/// A run to its end; whether it succeeded, which depends on the disturbance. What is left is judged.
async fn run(url: &DatabaseUrl, settings: &Settings, contents: &trueline_journal::Contents) -> bool {
    let Ok(mut connection) = connect(url).await else { return false };
    migrate(&mut connection, settings, contents, &MigrateOptions::default(), &mut |_| {}).await.is_ok()
}

/// A run that something happens to when the proxy has reached its message: whether it succeeded, and whether
/// it happened before the run ended. What has begun to happen happens to its end, also if the run ends before:
/// a server that is half restarted would be left stopped.
async fn disturbed(
    run: impl Future<Output = bool>,
    proxy: &Proxy,
    act: impl Future<Output = ()>,
) -> (bool, bool) {
    let mut run = pin!(run);
    tokio::select! {
        succeeded = &mut run => return (succeeded, false),
        () = proxy.reached() => {}
    }
    let (succeeded, ()) = join(run, act).await;
    (succeeded, true)
}

/// Eight runs at once; the connections of four are cut, at different messages.
async fn eight(ground: &Ground, url: &DatabaseUrl, first: Proxy, stop_at: usize) {
    let mut proxies = vec![first];
    for at in 1..8 {
        let stop_at = (at % 2 == 0).then_some(stop_at / at);
        proxies.push(Proxy::start(&ground.proxy_dir(), ground.socket_dir(), url, USER, stop_at));
    }
    let runs = proxies.iter().map(async |proxy| {
        disturbed(run(&proxy.url, &ground.settings, &ground.contents), proxy, async { proxy.cut() }).await;
    });
    join_all(runs).await;
}

/// A run in another process, which is killed.
async fn killed(ground: &Ground, proxy: &Proxy) {
    let argument = format!("{}\n{}", proxy.url.to_secret_string(), ground.settings.root.display());
    let (other, _) = Other::start("faults::child", &argument);
    let since = Instant::now();
    tokio::select! {
        () = proxy.reached() => {}
        // It has passed fewer messages than others before it, and is through.
        () = async {
            while !other.has_ended() {
                assert!(since.elapsed() < Duration::from_mins(2));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        } => {}
    }
    other.kill();
    proxy.cut();
}

/// What [`Other`] runs.
#[test]
fn child() {
    let Some(role) = role() else { return };
    let (url, root) = role.split_once('\n').unwrap();
    block_on(async {
        let settings = Settings::default_for(root.as_ref());
        let contents = Folder::new(&settings.root, &settings.migrations).read().unwrap();
        println!("ready ");
        run(&DatabaseUrl::parse(url).unwrap(), &settings, &contents).await;
    });
}

/// Runs a test that needs tasks on its own thread.
fn local(test: impl Future<Output = ()>) {
    block_on(async { LocalSet::new().run_until(test).await });
}

#[test]
fn a_run_that_is_disturbed_at_any_message_is_finished_by_the_next() {
    local(async {
        let trial = Trial::start().await;
        let mut chance = chance();
        let all = everything();
        eprintln!("faults: {} messages", trial.messages);
        for (fault, share) in [
            (Fault::Cut, 30),
            (Fault::Kill, 10),
            (Fault::Full, 8),
            (Fault::Revoke, 8),
            (Fault::Crash, 3),
            (Fault::Restart, 2),
        ] {
            // Every message, or so many, evenly spread from a random start.
            let step = if all && share > 4 { 1 } else { (trial.messages / share).max(1) };
            let start = chance.below(step);
            for stop_at in (start..trial.messages).step_by(step) {
                trial.disturb(fault, stop_at, "").await;
            }
        }
        trial.end().await;
    });
}

#[test]
fn runs_that_are_disturbed_at_random_are_finished_by_the_next() {
    local(async {
        let trial = Trial::start().await;
        let mut chance = chance();
        for round in 0..if everything() { 200 } else { 16 } {
            let fault = FAULTS[chance.below(FAULTS.len())];
            let stop_at = chance.below(trial.messages);
            trial.disturb(fault, stop_at, &format!(" in round {round}")).await;
        }
        trial.end().await;
    });
}
