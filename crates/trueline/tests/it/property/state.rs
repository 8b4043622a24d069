//! Random schemas: things that need each other, each with the SQL that makes it.
//!
//! Nothing here knows whether a thing is right: what PostgreSQL does not load is no state, and the next is
//! thrown. The parts that things are made of are in `roll`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::dice::Dice;
use super::roll::{self, SORTS};

/// What values of a column or type are like, for those who use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// It has none.
    None,
    Number,
    Text,
    Bool,
    Time,
    /// Of that enum, domain or composite type.
    Of(String),
}

/// One thing of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub sql: String,
    /// The keys of the things that it names.
    pub needs: BTreeSet<String>,
    pub values: Values,
}

/// Things by their keys, such as `column s1.t2.c3`: the sort and the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State(pub BTreeMap<String, Thing>);

impl State {
    /// About so many things.
    pub fn random(dice: &mut Dice, size: usize) -> Self {
        let mut state = Self::default();
        for name in ["s0", "s1"] {
            let sql = format!("CREATE SCHEMA {name}");
            state.0.insert(format!("schema {name}"), thing(sql, [], Values::None));
        }
        for _ in 0..size {
            state.add(dice);
        }
        state
    }

    /// Another state, a few changes away.
    pub fn mutated(&self, dice: &mut Dice, changes: usize) -> Self {
        let mut state = self.clone();
        for _ in 0..changes {
            match dice.below(10) {
                0..=2 => state.add(dice),
                3 | 4 => {
                    if let Some(key) = state.any(dice) {
                        state.remove(&key);
                    }
                }
                _ => {
                    if let Some(key) = state.any(dice) {
                        state.roll_again(dice, &key);
                    }
                }
            }
        }
        state
    }

    /// The keys of a sort, such as `table`.
    pub fn of(&self, sort: &str) -> Vec<&str> {
        let keys = self.0.keys().map(String::as_str);
        keys.filter(|key| key.strip_prefix(sort).is_some_and(|rest| rest.starts_with(' '))).collect()
    }

    /// The columns of `table` (a key), with what they are called.
    pub fn columns(&self, table: &str) -> Vec<(&str, &str, &Values)> {
        let prefix = format!("column {}.", name(table));
        let found = self.0.iter().filter_map(|(key, thing)| {
            Some((key.as_str(), key.strip_prefix(prefix.as_str())?, &thing.values))
        });
        found.collect()
    }

    /// The statements, in no order that matters.
    pub fn sql(&self) -> String {
        self.0.values().fold(String::new(), |mut sql, thing| {
            let _ = writeln!(sql, "{};", thing.sql);
            sql
        })
    }

    /// Takes a thing out, with all that need it.
    pub fn remove(&mut self, key: &str) {
        if self.0.remove(key).is_none() {
            return;
        }
        let dependents: Vec<String> = self
            .0
            .iter()
            .filter(|(_, thing)| thing.needs.contains(key))
            .map(|(key, _)| key.clone())
            .collect();
        for dependent in dependents {
            self.remove(&dependent);
        }
    }

    fn any(&self, dice: &mut Dice) -> Option<String> {
        let keys: Vec<&String> = self.0.keys().filter(|key| !key.starts_with("schema ")).collect();
        if keys.is_empty() { None } else { Some(dice.pick(&keys).clone()) }
    }

    fn add(&mut self, dice: &mut Dice) {
        let sort = dice.pick(SORTS);
        if let Some(key) = roll::key(self, dice, sort)
            && !self.0.contains_key(&key)
            && let Some(thing) = roll::roll(self, dice, &key)
        {
            self.0.insert(key, thing);
        }
    }

    /// The same name for another thing; what cannot live with its other values goes.
    fn roll_again(&mut self, dice: &mut Dice, key: &str) {
        let Some(new) = roll::roll(self, dice, key) else { return };
        let old = self.0.insert(key.to_owned(), new.clone());
        if new.needs.contains(key) || self.needs_itself(key) {
            if let Some(old) = old {
                self.0.insert(key.to_owned(), old);
            }
            return;
        }
        if old.is_some_and(|old| old.values != new.values) {
            let dependents: Vec<String> = self
                .0
                .iter()
                .filter(|(_, thing)| thing.needs.contains(key))
                .map(|(key, _)| key.clone())
                .collect();
            for dependent in dependents {
                self.remove(&dependent);
            }
        }
    }

    fn needs_itself(&self, key: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![key];
        while let Some(next) = open.pop() {
            for need in self.0.get(next).into_iter().flat_map(|thing| &thing.needs) {
                if need == key {
                    return true;
                }
                if seen.insert(need) {
                    open.push(need);
                }
            }
        }
        false
    }
}

/// What follows the sort in a key: how SQL names the thing.
pub fn name(key: &str) -> &str {
    key.split_once(' ').map_or(key, |(_, name)| name)
}

/// A thing that needs these.
pub fn thing<'a>(sql: String, needs: impl IntoIterator<Item = &'a str>, values: Values) -> Thing {
    Thing { sql, needs: needs.into_iter().map(str::to_owned).collect(), values }
}
