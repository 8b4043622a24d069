//! One pending migration as what is left to run of it.

use trueline_journal::{Migration, Segment};

use crate::runner::MigrateError;
use crate::runner::progress::Record;
use crate::runner::resume::first_open;

/// What is left of a migration.
#[derive(Debug)]
pub(in crate::runner) struct Job<'a> {
    pub migration: &'a Migration,
    /// Only statements that are not applied; empty when only the ledger row is missing.
    pub segments: Vec<Segment>,
    /// Where it goes on, with what is recorded of that statement; none when every statement is applied
    /// or there are none.
    pub open: Option<(u32, Option<&'a Record>)>,
    /// Whether rows in `trueline.progress` go when it is applied.
    pub recorded: bool,
}

impl<'a> Job<'a> {
    /// Errors: what is applied of it was edited.
    pub fn new(migration: &'a Migration, progress: &'a [Record]) -> Result<Self, MigrateError> {
        let tag = migration.entry.tag.as_ref();
        let records: Vec<_> = progress.iter().filter(|record| record.tag == tag).collect();
        let mut segments = migration.segments();
        let statements: Vec<_> = segments.iter().flat_map(|segment| segment.statements.clone()).collect();
        let open = first_open(migration, &statements, &records)
            .map_err(|problem| MigrateError::Refused(vec![problem]))?;
        let next = open.map_or(u32::MAX, |(number, _)| number);
        for segment in &mut segments {
            segment.statements.retain(|statement| statement.number >= next);
        }
        segments.retain(|segment| !segment.statements.is_empty());
        Ok(Self { migration, segments, open, recorded: !records.is_empty() })
    }

    /// The one transaction that it is, if it is one and nothing was begun.
    pub fn single(&self) -> Option<&Segment> {
        match self.segments.as_slice() {
            [segment] if segment.transactional && !self.recorded => Some(segment),
            _ => None,
        }
    }
}
