//! Reads typed values out of a parsed TOML table and collects every fault with its line.
//!
//! Knows TOML types only; which keys exist and what they mean is `settings.rs`' matter.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};
use trueline_journal::problem::line_and_column;
use trueline_journal::{Place, Problem};

use crate::nearest::nearest;

/// A value and where it stands.
pub type Value<'a> = Spanned<DeValue<'a>>;

/// The file being read and the problems found in it so far.
pub struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
    /// Every problem so far, in the order found.
    pub problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// A reader of `text`, shown to people as `file`.
    pub fn new(file: &'a Path, text: &'a str) -> Self {
        Self { file, text, problems: Vec::new() }
    }

    /// Records a problem at `span`, a byte range of the text.
    pub fn problem(
        &mut self,
        span: &std::ops::Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let place = Place::of_offset(self.file, self.text, span.start);
        self.problems.push(Problem::error("setting", message).at(place).hint(hint));
    }

    /// The line of `span`, from 1.
    pub fn line(&self, span: &std::ops::Range<usize>) -> u32 {
        line_and_column(self.text, span.start).0
    }

    /// Records a key that nobody knows, with the nearest of `known`.
    pub fn unknown_key(&mut self, what: &str, key: &Spanned<DeString>, known: &[&str]) {
        let hint = match nearest(key.get_ref(), known.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("known are {}", list(known)),
        };
        self.problem(&key.span(), format!("unknown {what} `{}`", key.get_ref()), hint);
    }

    /// The table that `value` is.
    pub fn table<'v>(&mut self, name: &str, value: &'v Value<'a>) -> Option<&'v DeTable<'a>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(name, value, "a table");
        }
        table
    }

    /// The string that `value` is; an empty one is refused.
    pub fn string<'v>(&mut self, name: &str, value: &'v Value<'a>) -> Option<&'v str> {
        match value.get_ref().as_str() {
            Some("") => {
                self.problem(
                    &value.span(),
                    format!("`{name}` is empty"),
                    "give it a value or leave the line out",
                );
                None
            }
            Some(text) => Some(text),
            None => {
                self.wrong_type(name, value, "a string");
                None
            }
        }
    }

    /// The boolean that `value` is.
    pub fn boolean(&mut self, name: &str, value: &Value<'a>) -> Option<bool> {
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            self.wrong_type(name, value, "`true` or `false`");
        }
        boolean
    }

    /// The number that `value` is, zero or more.
    pub fn number(&mut self, name: &str, value: &Value<'a>) -> Option<u32> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(name, value, "a whole number");
            return None;
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        if number.is_none() {
            let message = format!("`{name}` is out of range");
            self.problem(&value.span(), message, format!("it takes 0 to {}", u32::MAX));
        }
        number
    }

    /// The non-empty strings of the array that `value` is, each with its place.
    pub fn strings<'v>(
        &mut self,
        name: &str,
        value: &'v Value<'a>,
    ) -> Option<Vec<(&'v str, std::ops::Range<usize>)>> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(name, value, "an array of strings");
            return None;
        };
        let entry = format!("an entry of `{name}`");
        let mut strings = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some("") => self.problem(&item.span(), format!("{entry} is empty"), "leave it out"),
                Some(text) => strings.push((text, item.span())),
                None => self.wrong_type(&entry, item, "a string"),
            }
        }
        Some(strings)
    }

    fn wrong_type(&mut self, name: &str, value: &Value<'a>, wanted: &str) {
        let found = value.get_ref().type_str();
        let name = if name.contains('`') { name.to_owned() } else { format!("`{name}`") };
        self.problem(&value.span(), format!("{name} must be {wanted}"), format!("it is of type {found} now"));
    }
}

/// Names as a person lists them: `a`, `b`, `c`.
pub fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
