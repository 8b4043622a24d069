//! What is to become of a folder, before anything is written.

use super::Contents;
use crate::journal::{Entry, Hash, Journal};
use crate::{Checksum, Migration, Tag, checksum};

/// A new migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its name; begins with the number [`Journal::next_idx`].
    pub tag: Tag,
    /// Milliseconds since 1970; see [`Journal::next_when`].
    pub when: i64,
    /// The text of its file.
    pub sql: String,
    /// Whether it was proved; if not (`--custom`), it stays unsealed until it is.
    pub sealed: bool,
}

/// A change of a folder: made from what was read, and applied only if that is still what is there.
#[derive(Clone, Debug)]
pub struct Change {
    pub(super) base: Option<Checksum>,
    pub(super) journal: Journal,
    pub(super) add: Vec<(Tag, String)>,
    pub(super) remove: Vec<(Tag, Checksum)>,
    pub(super) snapshot: Option<String>,
}

impl Change {
    /// Nothing yet, but that drizzle's entries get the checksums of their files.
    pub fn of(contents: &Contents) -> Self {
        Self::with(contents.base, contents.journal.clone(), &contents.migrations)
    }

    /// As [`Change::of`], for a folder that still has problems: edited or unsealed migrations.
    pub fn with(base: Option<Checksum>, mut journal: Journal, migrations: &[Migration]) -> Self {
        let files: std::collections::BTreeMap<_, _> =
            migrations.iter().map(|migration| (&migration.entry.tag, migration.checksums.lf)).collect();
        for entry in journal.entries.iter_mut().filter(|entry| entry.hash == Hash::Absent) {
            if let Some(&checksum) = files.get(&entry.tag) {
                entry.seal(checksum);
            }
        }
        Self { base, journal, add: Vec::new(), remove: Vec::new(), snapshot: None }
    }

    /// Adds a migration after all others.
    #[must_use]
    pub fn append(mut self, draft: Draft) -> Self {
        let sql = checksum::lf(&draft.sql).into_owned();
        let hash = if draft.sealed { Hash::Sealed(Checksum::of(&sql)) } else { Hash::Unsealed };
        let idx = self.journal.next_idx();
        self.journal.entries.push(Entry::new(idx, draft.when, draft.tag.clone(), hash));
        self.add.push((draft.tag, sql));
        self
    }

    /// Records the checksum of a migration's text, which was proved.
    #[must_use]
    pub fn seal(mut self, migration: &Migration) -> Self {
        for entry in self.journal.entries.iter_mut().filter(|entry| entry.tag == migration.entry.tag) {
            entry.seal(migration.checksums.lf);
        }
        self
    }

    /// Removes a migration, one that is fixed nowhere, with its file. The numbers after it are not
    /// changed: remove what follows too and add it again.
    #[must_use]
    pub fn remove(mut self, migration: &Migration) -> Self {
        let tag = &migration.entry.tag;
        self.journal.entries.retain(|entry| entry.tag != *tag);
        self.remove.push((tag.clone(), migration.checksums.raw));
        self
    }

    /// Moves the text of a migration, one that is fixed nowhere, into a file of another name; its entry in
    /// the journal has that name already.
    #[must_use]
    pub fn rename(mut self, migration: &Migration, tag: &Tag) -> Self {
        self.add.push((tag.clone(), migration.text.clone()));
        self.remove.push((migration.entry.tag.clone(), migration.checksums.raw));
        self
    }

    /// Sets the snapshot's text.
    #[must_use]
    pub fn snapshot(mut self, text: String) -> Self {
        self.snapshot = Some(text);
        self
    }

    /// The journal as it will be.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }
}
