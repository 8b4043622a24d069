//! The known name that a mistyped one most likely means.
//!
//! Pure. Used wherever a name is refused: settings' keys, hazards, kinds. clap does the same for
//! commands and flags by itself.

/// The candidate nearest to `name`, if one is near enough to be worth suggesting: at most a third
/// of the longer word's characters differ (a transposition counts once). Of equally near ones the
/// first in `candidates` wins.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = distance(name, candidate);
        let longer = name.chars().count().max(candidate.chars().count());
        if distance * 3 <= longer && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().collect();
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let differs = usize::from(left[i - 1] != right[j - 1]);
            let mut cost = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + differs);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                cost = cost.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = cost;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_word_meant_and_a_stranger_finds_none() {
        let known = ["schema", "schemas", "migrations", "ledger", "min-length"];
        assert_eq!(nearest("shcema", known), Some("schema"));
        assert_eq!(nearest("migration", known), Some("migrations"));
        assert_eq!(nearest("Ledger", known), Some("ledger"));
        assert_eq!(nearest("min_length", known), Some("min-length"));
        assert_eq!(nearest("table", known), None);
        assert_eq!(nearest("", known), None);
    }
}
