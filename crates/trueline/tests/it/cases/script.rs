//! Plans as text: what `expected.sql` holds.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use trueline::plan::Plan;

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
pub fn compare(dir: &Path, file: &str, plan: &Plan) -> Result<(), String> {
    let found = text(plan);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        return fs::write(dir.join(file), found).map_err(|error| error.to_string());
    }
    let expected = fs::read_to_string(dir.join(file)).map_err(|error| format!("{file}: {error}"))?;
    if expected == found {
        return Ok(());
    }
    Err(format!("the plan is not {file} (UPDATE_EXPECTED=1 writes it)\nexpected:\n{expected}found:\n{found}"))
}
