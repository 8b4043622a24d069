//! Reading one value: text, choices, numbers, times.

use std::time::Duration;

use super::super::syntax::Keywords;
use super::super::{Part, UrlError};
use super::{CONNECT_TIMEOUT, Keepalive};

/// A keyword's value, an empty one counting as unset, as in libpq.
pub(super) fn text(keywords: &Keywords, key: &str) -> Option<String> {
    keywords.get(key).filter(|value| !value.is_empty()).cloned()
}

/// The parts of a comma-separated list; none when it is unset.
pub(super) fn list<'a>(keywords: &'a Keywords, key: &str) -> Vec<&'a str> {
    match keywords.get(key).map(String::as_str) {
        None | Some("") => Vec::new(),
        Some(value) => value.split(',').collect(),
    }
}

/// The value of a keyword with a fixed set of values; the first of `choices` is the default.
pub(super) fn choice<T: Copy>(
    keywords: &Keywords,
    key: &str,
    expected: &'static str,
    choices: &[(&str, T)],
) -> Result<T, UrlError> {
    let Some(value) = text(keywords, key) else { return Ok(choices[0].1) };
    choices
        .iter()
        .find(|(name, _)| *name == value)
        .map(|&(_, meaning)| meaning)
        .ok_or_else(|| UrlError::Value { part: Part::Parameter(key.to_owned()), value, expected })
}

pub(super) fn number(keywords: &Keywords, key: &str) -> Result<Option<i32>, UrlError> {
    let Some(value) = text(keywords, key) else { return Ok(None) };
    match value.trim().parse::<i32>() {
        Ok(number) => Ok(Some(number)),
        Err(_) => {
            Err(UrlError::Value { part: Part::Parameter(key.to_owned()), value, expected: "a whole number" })
        }
    }
}

/// Seconds; zero and negative numbers mean no limit, and one second is taken for two, as in libpq.
pub(super) fn connect_timeout(keywords: &Keywords) -> Result<Option<Duration>, UrlError> {
    Ok(match number(keywords, "connect_timeout")? {
        None => Some(CONNECT_TIMEOUT),
        Some(seconds) => {
            u64::try_from(seconds).ok().filter(|&seconds| seconds > 0).map(|s| Duration::from_secs(s.max(2)))
        }
    })
}

pub(super) fn keepalive(keywords: &Keywords) -> Result<Option<Keepalive>, UrlError> {
    if number(keywords, "keepalives")?.is_some_and(|on| on == 0) {
        return Ok(None);
    }
    let positive = |key| -> Result<Option<u32>, UrlError> {
        Ok(number(keywords, key)?.and_then(|number| u32::try_from(number).ok()).filter(|&number| number > 0))
    };
    let seconds = |number: u32| Duration::from_secs(number.into());
    Ok(Some(Keepalive {
        idle: positive("keepalives_idle")?.map(seconds),
        interval: positive("keepalives_interval")?.map(seconds),
        count: positive("keepalives_count")?,
    }))
}
