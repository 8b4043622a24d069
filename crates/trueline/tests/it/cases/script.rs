//! Plans as text: what `expected.sql` holds.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, io};

use trueline::plan::Plan;

/// No file is for a newer major.
const NEWEST: u32 = 18;

/// Each statement, with where a transaction ends and what is dangerous above it.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for step in &plan.steps {
        let statement = &step.statement;
        if !statement.transactional {
            out.push_str("-- trueline: no-transaction\n");
        } else if statement.new_segment {
            out.push_str("-- trueline: segment\n");
        }
        for hazard in &statement.hazards {
            let _ = writeln!(out, "-- {}: {}: {}", hazard.kind, hazard.object, hazard.effect);
        }
        let _ = writeln!(out, "{};", statement.sql);
    }
    out
}

/// Compares with the file, or writes it when `UPDATE_EXPECTED` is set.
///
/// Majors print some definitions differently: `expected.15.sql` holds for 15 and what is older, up to the
/// next such file, and `expected.sql` for the newest.
pub fn compare(dir: &Path, name: &str, plan: &Plan, major: u32) -> Result<(), String> {
    let found = text(plan);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        return update(dir, name, &found, major).map_err(|error| error.to_string());
    }
    let file =
        (major..=NEWEST).map(|major| format!("{name}.{major}.sql")).find(|file| dir.join(file).exists());
    let file = file.unwrap_or_else(|| format!("{name}.sql"));
    let expected = fs::read_to_string(dir.join(&file)).map_err(|error| format!("{file}: {error}"))?;
    if expected == found {
        return Ok(());
    }
    Err(format!("the plan is not {file} (UPDATE_EXPECTED=1 writes it)\nexpected:\n{expected}found:\n{found}"))
}

/// Servers come newest first: what an older one prints differently gets a file of its own.
fn update(dir: &Path, name: &str, found: &str, major: u32) -> io::Result<()> {
    static WRITTEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let newest = dir.join(format!("{name}.sql"));
    if WRITTEN.lock().is_ok_and(|mut written| written.insert(newest.clone())) {
        for older in
            (1..=NEWEST).map(|major| dir.join(format!("{name}.{major}.sql"))).filter(|path| path.exists())
        {
            fs::remove_file(older)?;
        }
        return fs::write(newest, found);
    }
    if fs::read_to_string(newest)? == found {
        return Ok(());
    }
    fs::write(dir.join(format!("{name}.{major}.sql")), found)
}
