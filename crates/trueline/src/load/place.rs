//! Where a byte of a file is, for people. Large files hold many statements, so the beginnings of
//! lines are found once.

use trueline_journal::Place;

use super::Source;

/// The offsets at which the lines of a text begin.
#[derive(Clone, Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// The place of byte `offset` of `source`, which these lines are of.
    pub fn place(&self, source: &Source, offset: usize) -> Place {
        let line = self.0.partition_point(|&start| start <= offset);
        let start = self.0[line - 1];
        let offset = offset.min(source.text.len());
        let column = source.text.get(start..offset).map_or(1, |before| before.chars().count() + 1);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Place::at(&source.path, number(line), number(column))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn offsets_become_places() {
        let source = Source { path: PathBuf::from("a.sql"), text: "a\nüb\n".to_owned() };
        let lines = Lines::of(&source.text);
        for offset in [0, 1, 2, 4, 5, 6] {
            assert_eq!(
                lines.place(&source, offset),
                Place::of_offset("a.sql", &source.text, offset),
                "{offset}"
            );
        }
    }
}
