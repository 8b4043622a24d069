//! Cases side by side, each worker with a server of its own, so that one bad case spoils no other.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use futures_util::FutureExt;
use trueline::shadow::{Shadow, ShadowError, ShadowOptions};

use crate::layout::Case;
use crate::report::{Line, Verdict};
use crate::walk;

/// As many as keep two processors busy.
const WORKERS: usize = 2;
/// For one case with all its steps; the slowest takes a minute on a busy machine.
const CASE_TIMEOUT: Duration = Duration::from_mins(15);

/// Runs all cases, and tells of each when it is done.
pub fn run(cases: &[Case], mut done: impl FnMut(&Case, Vec<Line>)) -> Result<(), String> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS.min(cases.len()))
            .map(|_| {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || work(cases, next, &sender))
            })
            .collect();
        drop(sender);
        for (case, lines) in receiver {
            done(&cases[case], lines);
        }
        let mut workers = workers.into_iter();
        workers.try_for_each(|worker| worker.join().map_err(|_| "a worker broke".to_owned())?)
    })
}

fn work(cases: &[Case], next: &AtomicUsize, done: &mpsc::Sender<(usize, Vec<Line>)>) -> Result<(), String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let start =
            || async { Shadow::start(&ShadowOptions::default()).await.map_err(|error| describe(&error)) };
        let mut shadow = start().await?;
        while let Some((number, case)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            cases.get(number).map(|case| (number, case))
        } {
            let mut lines = Vec::new();
            let walk = AssertUnwindSafe(walk::walk(&shadow, case, &mut lines)).catch_unwind();
            let broken = match tokio::time::timeout(CASE_TIMEOUT, walk).await {
                Ok(Ok(Ok(()))) => None,
                Ok(Ok(Err(why))) => Some(why),
                Ok(Err(panic)) => Some(format!("it panicked: {}", said(&*panic))),
                Err(_) => Some(format!("it did not end within {} s", CASE_TIMEOUT.as_secs())),
            };
            if let Some(why) = broken {
                lines.push(Line {
                    source: case.source.clone(),
                    name: case.name.clone(),
                    verdict: Verdict::Error(why),
                    took_ms: None,
                });
                // Whatever the case left there must not trouble the next.
                let used = std::mem::replace(&mut shadow, start().await?);
                used.close().await.map_err(|error| describe(&error))?;
            }
            if done.send((number, lines)).is_err() {
                break;
            }
        }
        shadow.close().await.map_err(|error| describe(&error))
    })
}

fn describe(error: &ShadowError) -> String {
    trueline::ui::chain(error)
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
