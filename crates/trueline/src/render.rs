//! From a plan to the text of a migration.

use std::collections::BTreeSet;

use crate::hazard::HazardKind;
use crate::plan::{Action, Plan};

/// The line between two statements, which drizzle-orm's migrator splits at.
const BREAKPOINT: &str = "--> statement-breakpoint";

/// The text of the migration: a header with the hazards that were allowed, and the statements, each
/// with its other hazards before it.
pub fn migration(plan: &Plan) -> String {
    let mut text = String::new();
    let allowed: BTreeSet<HazardKind> = plan.needs_allow();
    if !allowed.is_empty() {
        let ids: Vec<&str> = allowed.iter().map(|kind| kind.id()).collect();
        text.push_str(&format!("-- trueline: allow={}\n\n", ids.join(",")));
    }
    for (index, step) in plan.steps.iter().enumerate() {
        if index > 0 {
            text.push_str(BREAKPOINT);
            text.push('\n');
        }
        let statement = &step.statement;
        for hazard in &statement.hazards {
            text.push_str(&format!(
                "-- {}: {}: {}\n",
                hazard.kind,
                one_line(&hazard.object.to_string()),
                one_line(&hazard.effect)
            ));
        }
        if statement.new_segment {
            text.push_str("-- trueline: segment\n");
        }
        text.push_str(statement.sql.trim_end());
        text.push_str(";\n");
    }
    text
}

/// Comments end with their line; a name may hold a line break.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// A name for the migration, from what it changes: `add_note_to_requests`, `create_requests_and_2_more`.
pub fn name(plan: &Plan) -> String {
    let mut actions: Vec<(Action, String)> = Vec::new();
    for step in &plan.steps {
        let words = words(step.action, &step.object);
        if !actions.iter().any(|(_, seen)| *seen == words) {
            actions.push((step.action, words));
        }
    }
    let main =
        actions.iter().find(|(_, words)| words.starts_with("create_table") || words.starts_with("add_"));
    let Some((_, first)) = main.or_else(|| actions.first()) else { return "empty".into() };
    let more = actions.len() - 1;
    let suffix = if more == 0 { String::new() } else { format!("_and_{more}_more") };
    let mut name: String = first.chars().take(48).collect();
    name.push_str(&suffix);
    name
}

fn words(action: Action, id: &crate::catalog::ObjectId) -> String {
    let verb = match action {
        Action::Create if id.kind == "column" => "add",
        Action::Create => "create",
        Action::Alter => "alter",
        Action::Drop => "drop",
    };
    let name = |part: &str| {
        let plain: String = part
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        plain.trim_matches('_').to_owned()
    };
    match id.path.as_slice() {
        [_, table, part] => match action {
            Action::Drop => format!("{verb}_{}_from_{}", name(part), name(table)),
            Action::Create => format!("{verb}_{}_to_{}", name(part), name(table)),
            Action::Alter => format!("{verb}_{}_of_{}", name(part), name(table)),
        },
        _ => format!("{verb}_{}_{}", name(id.kind), name(id.name())),
    }
}
