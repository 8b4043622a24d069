//! Settles by hand what is in doubt: a statement that was sent and whose outcome nobody recorded.

use std::str::FromStr;

use trueline_driver::Connection;
use trueline_journal::{Contents, Place, Problem, Tag};

use super::progress::{Key, State};
use super::{MigrateError, Watch, explain, read_locked, unlock};
use crate::settings::Settings;

/// What a person found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The statement is applied.
    Done,
    /// It is not, or may be run again.
    Again,
}

/// `TAG:N=done` or `TAG:N=again`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The migration.
    pub tag: Tag,
    /// The statement's number, from 1.
    pub statement: u32,
    /// What is true of it.
    pub finding: Finding,
}

impl FromStr for Resolution {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is not of the form TAG:N=done or TAG:N=again");
        let (place, finding) = text.split_once('=').ok_or_else(form)?;
        let (tag, statement) = place.rsplit_once(':').ok_or_else(form)?;
        let finding = match finding {
            "done" => Finding::Done,
            "again" => Finding::Again,
            _ => return Err(form()),
        };
        let tag = tag.parse().map_err(|error| format!("{error}"))?;
        Ok(Self { tag, statement: statement.parse().map_err(|_| form())?, finding })
    }
}

/// Records the finding; the next migrate goes on from there. Errors: nothing is in doubt there.
pub async fn settle(
    connection: &Connection,
    settings: &Settings,
    contents: &Contents,
    resolution: &Resolution,
    watch: &mut Watch<'_>,
) -> Result<(), MigrateError> {
    let Resolution { tag, statement, finding } = resolution;
    let target = read_locked(connection, settings, watch).await?;
    let record =
        target.progress.iter().find(|record| record.tag == tag.as_ref() && record.statement == *statement);
    let migration = contents.migrations.iter().find(|migration| migration.entry.tag == *tag);
    let result = match (record, migration, target.ledger()) {
        (Some(record), Some(migration), _) if record.backend_lives && record.state == State::Started => {
            let message =
                format!("statement {statement} of `{tag}` is still running, sent at {}", record.started_at);
            let problem = Problem::error("still-running", message).at(Place::file(&migration.file));
            Err(MigrateError::Unusable(problem.hint("wait until it has ended: then its outcome is known")))
        }
        (Some(record), Some(migration), Some(ledger)) if record.state != State::Done => {
            let state = match finding {
                Finding::Done => State::Done,
                Finding::Again => State::Failed,
            };
            let sql = Key::new(ledger, migration).finish(*statement, state, Some("settled by hand"));
            explain(connection, connection.batch_execute(&sql).await, "failed to record what is settled")
                .await
        }
        _ => {
            let message = format!("statement {statement} of `{tag}` is not in doubt");
            let problem =
                Problem::error("not-in-doubt", message).hint("`cargo xtask db-status` shows what is");
            let place = migration.map(|migration| Place::file(&migration.file));
            Err(MigrateError::Refused(vec![Problem { place, ..problem }]))
        }
    };
    unlock(connection, &target).await;
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolutions_are_read() {
        let expected = Resolution { tag: "0007_x".parse().unwrap(), statement: 2, finding: Finding::Done };
        assert_eq!("0007_x:2=done".parse(), Ok(expected));
        for bad in ["", "0007_x", "0007_x=done", "0007_x:2", "0007_x:x=done", "0007_x:2=maybe", "a/b:2=done"]
        {
            assert!(bad.parse::<Resolution>().is_err(), "{bad}");
        }
    }
}
