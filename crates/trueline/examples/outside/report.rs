//! Figures per source, and what went wrong.

use std::collections::BTreeMap;
use std::fmt;

/// How a step went.
#[derive(Clone)]
pub enum Verdict {
    /// `pg_dump` prints the same.
    Exact,
    /// The same, but for the order of columns in a table.
    ColumnOrder,
    /// Something else came out than was wanted.
    Differs(String),
    /// Trueline says that it cannot, and why.
    Refused(String),
    /// A statement failed.
    Error(String),
    /// The server at hand cannot load one of the states, so that there is no step.
    NotLoadable(String),
}

impl Verdict {
    const WORDS: [&str; 6] = ["exact", "column order", "differs", "refused", "error", "not loadable"];

    fn number(&self) -> usize {
        match self {
            Self::Exact => 0,
            Self::ColumnOrder => 1,
            Self::Differs(_) => 2,
            Self::Refused(_) => 3,
            Self::Error(_) => 4,
            Self::NotLoadable(_) => 5,
        }
    }

    /// In a word or two.
    pub fn word(&self) -> &'static str {
        Self::WORDS[self.number()]
    }

    fn why(&self) -> Option<&str> {
        match self {
            Self::Exact | Self::ColumnOrder => None,
            Self::Differs(why) | Self::Refused(why) | Self::Error(why) | Self::NotLoadable(why) => Some(why),
        }
    }
}

/// One step.
pub struct Line {
    /// Whose it is.
    pub source: String,
    /// Case and direction.
    pub name: String,
    /// How it went.
    pub verdict: Verdict,
    /// From the loaded states to the applied and compared result, in milliseconds.
    pub took_ms: Option<u128>,
}

#[derive(Default)]
struct Figures {
    counts: [usize; Verdict::WORDS.len()],
    times_ms: Vec<u128>,
}

/// All steps.
#[derive(Default)]
pub struct Report {
    sources: BTreeMap<String, Figures>,
}

impl Report {
    /// Counts a step, and says at once what is wrong with it.
    pub fn add(&mut self, line: Line) {
        let number = line.verdict.number();
        if let Some(why) = line.verdict.why() {
            println!(
                "{}: {}\n  {}\n",
                Verdict::WORDS[number],
                line.name,
                why.trim_end().replace('\n', "\n  ")
            );
        }
        let figures = self.sources.entry(line.source).or_default();
        figures.counts[number] += 1;
        figures.times_ms.extend(line.took_ms);
    }

    /// Whether every step that there is came out as wanted.
    pub fn is_clean(&self) -> bool {
        self.sources.values().all(|figures| figures.counts[2..5].iter().sum::<usize>() == 0)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<28}", "source")?;
        for word in Verdict::WORDS {
            write!(f, "{word:>14}")?;
        }
        writeln!(f, "{:>14}", "median ms")?;
        let mut all = Figures::default();
        for (source, figures) in &self.sources {
            row(f, source, figures)?;
            for (sum, count) in all.counts.iter_mut().zip(figures.counts) {
                *sum += count;
            }
            all.times_ms.extend(&figures.times_ms);
        }
        row(f, "all", &all)
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, figures: &Figures) -> fmt::Result {
    write!(f, "{name:<28}")?;
    for count in figures.counts {
        write!(f, "{count:>14}")?;
    }
    let mut times = figures.times_ms.clone();
    times.sort_unstable();
    let median = times.get(times.len() / 2).map_or_else(|| "-".into(), u128::to_string);
    writeln!(f, "{median:>14}")
}
