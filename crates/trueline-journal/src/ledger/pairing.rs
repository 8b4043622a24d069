//! Pairs entries with rows, one to one, in passes from the strictest rule to the loosest.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use super::Row;
use crate::Checksum;

pub(super) struct Pairing<'a> {
    rows: &'a [Row],
    /// The rows' checksums; `None` for what is none, which then matches no text.
    hashes: Vec<Option<Checksum>>,
    /// Which row each entry has.
    row_of: Vec<Option<usize>>,
    /// Rows that no entry has yet, by id: the oldest is given away first.
    free: Vec<usize>,
}

impl<'a> Pairing<'a> {
    pub fn new(entries: usize, rows: &'a [Row]) -> Self {
        let mut free: Vec<usize> = (0..rows.len()).collect();
        free.sort_by_key(|&at| &rows[at]);
        let hashes = rows.iter().map(|row| row.hash.parse().ok()).collect();
        Self { rows, hashes, row_of: vec![None; entries], free }
    }

    /// The row of each entry.
    pub fn rows(&self) -> &[Option<usize>] {
        &self.row_of
    }

    /// The rows that no entry has, by id.
    pub fn free_rows(&self) -> impl Iterator<Item = usize> {
        self.free.iter().copied()
    }

    pub fn by_hash_and_when(&mut self, keys: impl Fn(usize) -> Vec<(Checksum, i64)>) {
        self.pass(keys, |pairing, row| pairing.hashes[row].zip(pairing.rows[row].created_at));
    }

    pub fn by_hash(&mut self, keys: impl Fn(usize) -> Vec<Checksum>) {
        self.pass(keys, |pairing, row| pairing.hashes[row]);
    }

    pub fn by_when(&mut self, when: impl Fn(usize) -> i64) {
        self.pass(|at| vec![when(at)], |pairing, row| pairing.rows[row].created_at);
    }

    /// Gives each entry that has no row yet the first free row that has one of its keys.
    fn pass<K: Hash + Eq>(
        &mut self,
        entry_keys: impl Fn(usize) -> Vec<K>,
        row_key: impl Fn(&Self, usize) -> Option<K>,
    ) {
        if self.free.is_empty() {
            return;
        }
        let mut free: HashMap<K, VecDeque<usize>> = HashMap::new();
        for &row in &self.free {
            if let Some(key) = row_key(self, row) {
                free.entry(key).or_default().push_back(row);
            }
        }
        for entry in 0..self.row_of.len() {
            if self.row_of[entry].is_none() {
                let row = entry_keys(entry).iter().find_map(|key| free.get_mut(key)?.pop_front());
                self.row_of[entry] = row;
            }
        }
        let mut taken = vec![false; self.rows.len()];
        self.row_of.iter().flatten().for_each(|&row| taken[row] = true);
        self.free.retain(|&row| !taken[row]);
    }
}
