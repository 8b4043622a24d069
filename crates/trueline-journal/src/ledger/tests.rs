use super::*;
use crate::Entry;

fn migration(number: u32, when: i64, sql: &str) -> Migration {
    let entry = Entry::new(number, when, Tag::numbered(number, "x").unwrap(), Hash::Absent);
    Migration::new(entry, format!("m/{number}.sql").into(), sql.as_bytes(), checksum::lf(sql).into_owned())
}

fn row(id: i64, hash: impl std::fmt::Display, created_at: Option<i64>) -> Row {
    Row { id: Some(id), hash: hash.to_string(), created_at, name: None }
}

/// The idx of each migration, and the id of each unknown row.
fn shape(comparison: &Comparison<'_>) -> [Vec<i64>; 5] {
    let idx = |migration: &Migration| i64::from(migration.entry.idx);
    [
        comparison.applied.iter().map(|found| idx(found.migration)).collect(),
        comparison.edited.iter().map(|found| idx(found.migration)).collect(),
        comparison.pending.iter().map(|migration| idx(migration)).collect(),
        comparison.unknown.iter().map(|row| row.id.unwrap()).collect(),
        comparison.late.iter().map(|migration| idx(migration)).collect(),
    ]
}

#[test]
fn a_row_matches_whatever_line_ends_were_hashed() {
    let here = [migration(0, 1, "a\nb\n"), migration(1, 2, "c\r\nd\n"), migration(2, 3, "e\n")];
    let rows = [
        row(1, checksum::crlf("a\nb\n"), Some(1)),
        row(2, Checksum::of_bytes(b"c\r\nd\n"), Some(2)),
        row(3, Checksum::of("e\n"), None),
    ];
    assert_eq!(shape(&compare(&here, &rows)), [vec![0, 1, 2], vec![], vec![], vec![], vec![]]);
}

#[test]
fn the_same_text_twice_is_told_apart_by_when() {
    let here = [migration(0, 1, "x"), migration(1, 2, "x"), migration(2, 3, "x")];
    let sum = Checksum::of("x");
    let rows = [row(1, sum, Some(3)), row(2, sum, Some(1))];
    let comparison = compare(&here, &rows);
    assert_eq!(shape(&comparison), [vec![0, 2], vec![], vec![1], vec![], vec![1]]);
    assert_eq!(comparison.applied[0].row.id, Some(2));
    let twice = [row(1, sum, Some(1)), row(2, sum, Some(1))];
    assert_eq!(shape(&compare(&here[..1], &twice)), [vec![0], vec![], vec![], vec![2], vec![]], "one to one");
}

#[test]
fn edited_unknown_pending_and_late_are_named() {
    let here = [migration(0, 1, "a"), migration(1, 2, "b"), migration(2, 3, "c"), migration(3, 9, "d")];
    let rows =
        [row(7, Checksum::of("B"), Some(2)), row(8, "sha1:12", Some(5)), row(9, Checksum::of("c"), Some(8))];
    assert_eq!(shape(&compare(&here, &rows)), [vec![2], vec![1], vec![0, 3], vec![8], vec![0]]);
    assert_eq!(shape(&compare(&here, &[])), [vec![], vec![], vec![0, 1, 2, 3], vec![], vec![]]);
    let drizzle_skips = [migration(0, 5, "a"), migration(1, 3, "b")];
    let rows = [row(1, Checksum::of("a"), Some(5))];
    assert_eq!(
        shape(&compare(&drizzle_skips, &rows))[4],
        [1],
        "last in the journal, but its `when` is older"
    );
}

#[test]
fn the_app_checks_itself_without_sql_files() {
    let mut journal = Journal::default();
    for (idx, hash) in
        [(0, Hash::Absent), (1, Hash::Sealed(Checksum::of("b"))), (2, Hash::Sealed(Checksum::of("c")))]
    {
        journal.entries.push(Entry::new(idx, i64::from(idx) + 1, Tag::numbered(idx, "x").unwrap(), hash));
    }
    let mut adopted = Entry::new(3, 4, "0003_x".parse().unwrap(), Hash::Absent);
    adopted.seal(Checksum::of("d\n"));
    journal.entries.push(adopted);
    let rows = [
        row(1, "whatever drizzle hashed", Some(1)),
        row(2, Checksum::of("b"), Some(2)),
        row(3, Checksum::of("C"), Some(3)),
        row(4, checksum::crlf("d\n"), Some(4)),
        row(5, Checksum::of("e"), Some(5)),
    ];
    let found = check(&journal.to_json(), &rows).unwrap();
    assert_eq!(found.edited, ["0002_x".parse().unwrap()]);
    assert_eq!((found.missing.len(), found.newer.len(), found.is_current()), (0, 1, false));
    assert_eq!(
        check(&journal.to_json(), &rows[..1]).unwrap().to_string(),
        "the database lacks `0001_x`, `0002_x`, `0003_x`"
    );
    assert!(check("{", &[]).is_err());
}

/// Xorshift (Marsaglia 2003): repeatable from its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

/// A folder with distinct `when`s, of which a random part was applied (in a random line end, some
/// with a text that was edited since), and rows of other origin in between.
#[test]
fn what_was_done_is_what_is_found() {
    for seed in 1..=2_000 {
        let mut random = Random(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
        let here: Vec<_> = (0..u32::try_from(random.below(12)).unwrap())
            .map(|number| {
                migration(number, i64::from(number) * 10, &format!("select {};\n", random.below(4)))
            })
            .collect();
        let (mut rows, mut expected) = (Vec::new(), [vec![], vec![], vec![], vec![], vec![]]);
        for migration in &here {
            let [lf, crlf] = [migration.checksums.lf, checksum::crlf(&migration.text)];
            let when = Some(migration.entry.when);
            let (fate, hash) = match random.below(5) {
                0 => (1, Checksum::of(&format!("edited {}", random.below(99)))),
                1 => (2, lf),
                2 => (0, crlf),
                _ => (0, lf),
            };
            expected[fate].push(i64::from(migration.entry.idx));
            if fate != 2 {
                rows.push(row(0, hash, when));
            }
        }
        for other in 0..random.below(3) {
            rows.push(row(0, Checksum::of(&format!("other {other}")), [None, Some(5)][random.below(2)]));
        }
        for at in (1..rows.len()).rev() {
            rows.swap(at, random.below(at + 1));
        }
        for (id, row) in (1..).zip(&mut rows) {
            row.id = Some(id);
            if row.created_at.is_none_or(|at| at == 5) {
                expected[3].push(id);
            }
        }
        let last = expected[0].iter().chain(&expected[1]).max().copied();
        expected[4] = expected[2].iter().copied().filter(|&idx| Some(idx) < last).collect();
        let mut found = shape(&compare(&here, &rows));
        found[3].sort_unstable();
        assert_eq!(found, expected, "seed {seed}");
    }
}
