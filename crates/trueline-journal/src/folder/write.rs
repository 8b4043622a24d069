//! Writing the folder: all or nothing, at whatever point the process or the machine stops.
//!
//! Everything new is first written below `meta/_stage/` and flushed to disk, with a manifest that
//! says what it is. Then it is moved into place: SQL files, snapshot, and last the journal. That
//! last rename is the commit point. [`Folder::recover`] looks which side of it the journal on disk
//! is: before it, what was moved is taken back; after it, the rest is finished. It only removes
//! files whose checksums the manifest names, so that nothing of the user's is lost when a branch
//! was switched in between.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Change, Folder, FolderError, Lock};
use crate::{Checksum, Journal, Tag};

/// What the stage holds: enough to go back or forward.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    journal: Checksum,
    snapshot: Option<Checksum>,
    add: Vec<(Tag, Checksum)>,
    remove: Vec<(Tag, Checksum)>,
}

/// One step of writing; between any two, and within one, the process may die.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Creates the stage.
    Stage,
    /// Writes a file of the stage and flushes it.
    Write(PathBuf, Vec<u8>),
    /// Moves a file and flushes the directory it arrives in.
    Move(PathBuf, PathBuf),
    /// Removes a file if it has this checksum.
    Remove(PathBuf, Checksum),
    /// Removes the stage.
    Clear,
}

const JOURNAL: &str = "_journal.json";
const SNAPSHOT: &str = "_snapshot.json";
const OLD_SNAPSHOT: &str = "_snapshot.old.json";
const MANIFEST: &str = "_manifest.json";
const NEW_MANIFEST: &str = "_manifest.new.json";

impl Folder {
    /// Applies a change; on error the folder is as it was. The lock is of this folder.
    pub fn commit(&self, lock: &Lock, change: &Change) -> Result<(), FolderError> {
        self.commit_with(lock, change, &mut |_| Ok(()))
    }

    /// `before` is called before each step and may make it fail.
    pub(super) fn commit_with(
        &self,
        lock: &Lock,
        change: &Change,
        before: &mut dyn FnMut(&Step) -> io::Result<()>,
    ) -> Result<(), FolderError> {
        if self.journal_checksum() != change.base {
            return Err(FolderError::Changed(self.journal_file()));
        }
        for (tag, _) in &change.add {
            let file = self.dir.join(tag.file_name());
            if fs::symlink_metadata(self.root.join(&file)).is_ok() {
                return Err(FolderError::Exists(file));
            }
        }
        for step in self.steps(change)? {
            let Err(source) = before(&step).and_then(|()| self.run(&step)) else { continue };
            let file = self.describe(&step);
            self.recover(lock)?;
            // After the commit point only tidying up was left, and recovering has done it.
            if self.journal_checksum() == Some(Checksum::of_bytes(change.journal.to_json().as_bytes())) {
                return Ok(());
            }
            return Err(FolderError::Io { action: "write", file, source });
        }
        Ok(())
    }

    pub(super) fn stage(&self) -> PathBuf {
        self.path().join("meta/_stage")
    }

    pub(super) fn steps(&self, change: &Change) -> Result<Vec<Step>, FolderError> {
        let (stage, path) = (self.stage(), self.path());
        let journal = change.journal.to_json().into_bytes();
        let sum = |text: &str| Checksum::of_bytes(text.as_bytes());
        let manifest = Manifest {
            journal: Checksum::of_bytes(&journal),
            snapshot: change.snapshot.as_deref().map(sum),
            add: change.add.iter().map(|(tag, sql)| (tag.clone(), sum(sql))).collect(),
            remove: change.remove.clone(),
        };
        let failed = |source| FolderError::Io { action: "save", file: self.snapshot_file(), source };
        let manifest = serde_json::to_vec(&manifest).map_err(|error| failed(error.into()))?;

        let mut steps = vec![Step::Stage];
        for (tag, sql) in &change.add {
            steps.push(Step::Write(stage.join(tag.file_name()), sql.clone().into_bytes()));
        }
        if let Some(snapshot) = &change.snapshot {
            match fs::read(self.snapshot_path()) {
                Ok(old) => steps.push(Step::Write(stage.join(OLD_SNAPSHOT), old)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
            steps.push(Step::Write(stage.join(SNAPSHOT), snapshot.clone().into_bytes()));
        }
        steps.push(Step::Write(stage.join(JOURNAL), journal));
        steps.push(Step::Write(stage.join(NEW_MANIFEST), manifest));
        steps.push(Step::Move(stage.join(NEW_MANIFEST), stage.join(MANIFEST)));
        for (tag, _) in &change.add {
            let name = tag.file_name();
            steps.push(Step::Move(stage.join(&name), path.join(&name)));
        }
        if change.snapshot.is_some() {
            steps.push(Step::Move(stage.join(SNAPSHOT), self.snapshot_path()));
        }
        steps.push(Step::Move(stage.join(JOURNAL), self.journal_path()));
        for (tag, sum) in &change.remove {
            steps.push(Step::Remove(path.join(tag.file_name()), *sum));
        }
        steps.push(Step::Clear);
        Ok(steps)
    }

    pub(super) fn run(&self, step: &Step) -> io::Result<()> {
        match step {
            Step::Stage => fs::create_dir(self.stage()),
            Step::Write(path, bytes) => {
                let mut file = File::create(path)?;
                file.write_all(bytes)?;
                file.sync_all()
            }
            Step::Move(from, to) => {
                fs::rename(from, to)?;
                to.parent().map_or(Ok(()), sync)
            }
            Step::Remove(path, sum) => remove_if(path, *sum),
            Step::Clear => clear(&self.stage()),
        }
    }

    /// The file that a step is about, as the user knows it.
    fn describe(&self, step: &Step) -> PathBuf {
        let (Step::Write(path, _) | Step::Move(_, path) | Step::Remove(path, _)) = step else {
            return self.dir.join("meta");
        };
        match path.file_name().and_then(|name| name.to_str()) {
            Some(JOURNAL) => self.journal_file(),
            Some(SNAPSHOT | OLD_SNAPSHOT) => self.snapshot_file(),
            Some(name) if !name.starts_with('_') => self.dir.join(name),
            _ => self.dir.join("meta"),
        }
    }

    /// Makes the folder whole after a writer that was interrupted: takes back what it moved if the
    /// journal was not in place yet, else finishes. Does nothing in a folder that is whole.
    pub fn recover(&self, _lock: &Lock) -> Result<(), FolderError> {
        let stage = self.stage();
        if fs::symlink_metadata(&stage).is_err() {
            return Ok(());
        }
        let io = |source| FolderError::Io { action: "restore", file: self.dir.clone(), source };
        // Without a manifest nothing was moved yet, or all is done.
        let manifest = fs::read(stage.join(MANIFEST)).ok();
        let manifest: Option<Manifest> = manifest.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(manifest) = manifest {
            if self.journal_checksum() == Some(manifest.journal) {
                self.finish(&manifest).map_err(io)?;
            } else {
                self.take_back(&manifest).map_err(io)?;
            }
        }
        clear(&stage).map_err(io)
    }

    fn finish(&self, manifest: &Manifest) -> io::Result<()> {
        manifest.remove.iter().try_for_each(|(tag, sum)| remove_if(&self.path().join(tag.file_name()), *sum))
    }

    fn take_back(&self, manifest: &Manifest) -> io::Result<()> {
        let journal = fs::read_to_string(self.journal_path()).unwrap_or_default();
        let (journal, _) = Journal::parse_leniently(&journal, &self.journal_file());
        for (tag, sum) in &manifest.add {
            // A branch that was checked out since may have this very migration.
            if journal.as_ref().and_then(|journal| journal.entry(tag)).is_none() {
                remove_if(&self.path().join(tag.file_name()), *sum)?;
            }
        }
        let snapshot = self.snapshot_path();
        let is_new = |new| fs::read(&snapshot).is_ok_and(|bytes| Checksum::of_bytes(&bytes) == new);
        if manifest.snapshot.is_some_and(is_new) {
            match fs::rename(self.stage().join(OLD_SNAPSHOT), &snapshot) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => fs::remove_file(&snapshot)?,
                moved => moved?,
            }
        }
        sync(&self.path())
    }
}

/// Makes renames and removals in a directory last (fsync(2) of the directory).
fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

fn remove_if(path: &Path, sum: Checksum) -> io::Result<()> {
    match fs::read(path) {
        Ok(bytes) if Checksum::of_bytes(&bytes) == sum => fs::remove_file(path),
        // Someone else's file by now, or gone already.
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The manifest goes first: without it the rest is known to be of no use.
fn clear(stage: &Path) -> io::Result<()> {
    match fs::remove_file(stage.join(MANIFEST)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::remove_dir_all(stage)
}
