//! Values for any type: a plain one and a wide one, so that a conversion that cuts is seen.

use std::collections::BTreeMap;

use tokio_postgres::{Client, Error};

use crate::kinds::column::ColumnDefinition;
use crate::sql::Literal;

/// How many sorts of values are tried before a table counts as one that takes no row.
pub const ATTEMPTS: usize = 5;

/// The labels of every enum, and the base types of domains, by `format_type` name.
pub type Enums = BTreeMap<String, Vec<String>>;

/// Reads the labels of all enums; a domain over a type is read as its base type's name.
pub async fn enum_labels(client: &Client) -> Result<Enums, Error> {
    let sql = "select pg_catalog.format_type(t.oid, null), case when t.typtype = 'd' \
               then array[pg_catalog.format_type(t.typbasetype, t.typtypmod)] \
               else array(select e.enumlabel::text from pg_catalog.pg_enum e where e.enumtypid = t.oid \
                 order by e.enumsortorder) end, t.typtype = 'd' \
               from pg_catalog.pg_type t where t.typtype in ('e', 'd') and t.oid >= 16384";
    let mut enums = Enums::new();
    for row in client.query_typed(sql, &[]).await? {
        let name: String = row.try_get(0)?;
        let is_domain: bool = row.try_get(2)?;
        enums.insert(if is_domain { format!("domain {name}") } else { name }, row.try_get(1)?);
    }
    Ok(enums)
}

/// An SQL value for a column; `attempt` picks another sort of value, `number` another row.
/// None stands for null.
pub fn value(column: &ColumnDefinition, enums: &Enums, attempt: usize, number: usize) -> Option<String> {
    if !column.not_null && (attempt == ATTEMPTS - 1 || attempt == 3 && number == 1) {
        return None;
    }
    Some(of_type(&column.data_type, enums, attempt, number))
}

fn of_type(data_type: &str, enums: &Enums, attempt: usize, number: usize) -> String {
    if let Some(base) = enums.get(&format!("domain {data_type}")).and_then(|base| base.first()) {
        return of_type(base, enums, attempt, number);
    }
    if let Some(labels) = enums.get(data_type) {
        let label = labels.get((number + attempt).min(labels.len().saturating_sub(1)));
        return label.map_or("NULL".into(), |label| format!("{}::{data_type}", Literal(label)));
    }
    if let Some(element) = data_type.strip_suffix("[]") {
        return format!("array[{}]::{data_type}", of_type(element, enums, attempt, number));
    }
    let (base, modifier) = match data_type.split_once('(') {
        Some((base, rest)) => (base.trim(), rest.split(')').next()),
        None => (data_type, None),
    };
    let text = plain(base, modifier, attempt, number);
    format!("{}::{data_type}", Literal(&text))
}

fn plain(base: &str, modifier: Option<&str>, attempt: usize, number: usize) -> String {
    let sizes: Vec<usize> = modifier
        .map_or(Vec::new(), |list| list.split(',').filter_map(|size| size.trim().parse().ok()).collect());
    let wide = attempt == 0 && number == 1;
    match base {
        "smallint" => {
            if wide {
                "32767".into()
            } else {
                integer(attempt, number)
            }
        }
        "integer" => {
            if wide {
                "2147483647".into()
            } else {
                integer(attempt, number)
            }
        }
        "bigint" => {
            if wide {
                "9007199254740993".into()
            } else {
                integer(attempt, number)
            }
        }
        "numeric" => number_text(&sizes, wide, attempt, number),
        "real" | "double precision" => {
            if wide {
                "1.25".into()
            } else {
                integer(attempt, number)
            }
        }
        "boolean" => {
            if number == 0 {
                "true".into()
            } else {
                "false".into()
            }
        }
        "date" => format!("2001-02-0{}", number + 1),
        _ if base.starts_with("timestamp") => format!("2001-02-0{} 04:05:06.123456+00", number + 1),
        _ if base.starts_with("time") => format!("04:05:0{}.123456+00", number + 1),
        "interval" => format!("{} days 03:04:05.678901", number + 1),
        "uuid" => format!("00000000-0000-4000-8000-00000000000{}", number + 1),
        "json" | "jsonb" => ["{}", "[]", "{\"a\": 1}", "1", "\"a\""][attempt].into(),
        "bytea" => "\\x00ff".into(),
        "inet" | "cidr" => format!("10.0.0.{}", number + 1),
        "macaddr" => format!("08:00:2b:01:02:0{}", number + 1),
        "macaddr8" => format!("08:00:2b:01:02:03:04:0{}", number + 1),
        "money" => "1.25".into(),
        "point" => "(1,2)".into(),
        "line" => "{1,2,3}".into(),
        "lseg" | "box" | "path" => "((1,2),(3,4))".into(),
        "polygon" => "((1,2),(3,4),(5,6))".into(),
        "circle" => "<(1,2),3>".into(),
        "bit" | "bit varying" => "1".repeat(sizes.first().copied().unwrap_or(1)),
        "tsvector" | "tsquery" => "a".into(),
        "xml" => "<a/>".into(),
        "pg_lsn" => "0/1".into(),
        _ if base.ends_with("multirange") => "{}".into(),
        _ if base.ends_with("range") => "empty".into(),
        _ => string(sizes.first().copied(), wide, attempt, number),
    }
}

fn integer(attempt: usize, number: usize) -> String {
    ([1, 10, 0, 1000, 50][attempt] + number).to_string()
}

fn number_text(sizes: &[usize], wide: bool, attempt: usize, number: usize) -> String {
    match (sizes, wide) {
        ([precision, scale], true) if *precision > *scale => {
            format!("{}.{}", "9".repeat(precision - scale), "9".repeat(*scale))
        }
        ([precision], true) => "9".repeat(*precision),
        ([], true) => "12345678901234567890.123456789".into(),
        ([precision, scale], _) if precision <= scale => "0".into(),
        _ => integer(attempt, number),
    }
}

fn string(length: Option<usize>, wide: bool, attempt: usize, number: usize) -> String {
    let text = match (attempt, length) {
        (0, Some(length)) if wide => "x".repeat(length.min(200)),
        (0, None) if wide => "a longer text, with \u{fc}n\u{ef} letters".into(),
        (0, _) => "a".into(),
        (1, _) => format!("name{number}@example.org"),
        (2, _) => format!("https://example.org/{number}"),
        (3, _) => format!("{}", number + 1),
        _ => format!("A{number}"),
    };
    match length {
        Some(length) => text.chars().take(length).collect(),
        None => text,
    }
}
