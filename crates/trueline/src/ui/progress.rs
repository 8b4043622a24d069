//! How far a row of steps is: a bar in a terminal, plain lines elsewhere. On stderr.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::escape::escape;

/// Shows the steps of one run; the bar goes when it is dropped.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(total: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { bar: None };
        }
        let bar = ProgressBar::new(total as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self { bar: Some(bar) }
    }

    /// Says what is being worked on: shown beside the bar, left out of plain lines.
    pub fn begin(&self, step: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(escape(step).into_owned());
        }
    }

    /// One step is done: a line that stays, with the time it took.
    pub fn done(&self, step: &str, took: Duration) {
        self.line(&format!("{step} ({})", in_words(took)));
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// A line that stays, above the bar.
    pub fn line(&self, text: &str) {
        let print = || {
            let _ = writeln!(anstream::stderr(), "{}", escape(text));
        };
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A duration as people read it.
fn in_words(time: Duration) -> String {
    match time.as_millis() {
        ms @ 0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{:.1} s", time.as_secs_f64()),
        _ => format!("{} min {} s", time.as_secs() / 60, time.as_secs() % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_to_what_matters() {
        assert_eq!(in_words(Duration::from_micros(12_345)), "12 ms");
        assert_eq!(in_words(Duration::from_millis(1_540)), "1.5 s");
        assert_eq!(in_words(Duration::from_secs(125)), "2 min 5 s");
    }
}
