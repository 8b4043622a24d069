//! What things are made of: for each sort a name that is free or taken, and SQL that fits what is there.

use super::dice::Dice;
use super::state::{State, Thing, Values, name, thing};

mod program;
mod relation;
mod types;

/// The sorts of things; what there should be more of stands here more often.
pub const SORTS: &[&str] = &[
    "enum",
    "domain",
    "composite",
    "sequence",
    "table",
    "table",
    "column",
    "column",
    "column",
    "column",
    "key",
    "key",
    "check",
    "reference",
    "index",
    "index",
    "view",
    "view",
    "view",
    "materialized",
    "function",
    "function",
    "trigger",
    "policy",
    "security",
    "comment",
    "comment",
    "statistics",
    "rule",
    "default",
];

/// A key for a thing of that sort; it may be taken.
pub fn key(state: &State, dice: &mut Dice, sort: &str) -> Option<String> {
    let schema = dice.pick(&["s0", "s1", "public"]);
    let number = dice.below(4);
    let relation = |dice: &mut Dice, sorts: &[&str]| {
        let all: Vec<&str> = sorts.iter().flat_map(|sort| state.of(sort)).collect();
        if all.is_empty() { None } else { Some(name(dice.pick(&all)).to_owned()) }
    };
    let in_schema = |letter: &str| Some(format!("{sort} {schema}.{letter}{number}"));
    match sort {
        "enum" => in_schema("e"),
        "domain" => in_schema("d"),
        "composite" => in_schema("p"),
        "sequence" => in_schema("q"),
        "table" => in_schema("t"),
        "view" => in_schema("v"),
        "materialized" => in_schema("m"),
        "function" => in_schema("f"),
        "statistics" => in_schema("x"),
        "column" => Some(format!("column {}.c{}", relation(dice, &["table"])?, dice.below(6))),
        "default" => {
            let columns = state.of("column");
            (!columns.is_empty()).then(|| format!("default {}", name(dice.pick(&columns))))
        }
        "key" => Some(format!("key {}.k{}", relation(dice, &["table"])?, dice.below(2))),
        "index" => Some(format!("index {}_i{}", relation(dice, &["table", "materialized"])?, dice.below(3))),
        "check" | "reference" | "trigger" | "policy" | "rule" => {
            Some(format!("{sort} {}.{sort}{}", relation(dice, &["table"])?, dice.below(2)))
        }
        "security" => Some(format!("security {}", relation(dice, &["table"])?)),
        "comment" => {
            let keys: Vec<&String> = state.0.keys().filter(|key| comment_on(key).is_some()).collect();
            (!keys.is_empty()).then(|| format!("comment {}", dice.pick(&keys)))
        }
        _ => None,
    }
}

/// A thing for that key; none where what it needs is not there.
pub fn roll(state: &State, dice: &mut Dice, key: &str) -> Option<Thing> {
    let (sort, name) = key.split_once(' ')?;
    match sort {
        "enum" | "domain" | "composite" | "sequence" => Some(types::roll(state, dice, sort, name)),
        "function" | "trigger" | "policy" | "rule" | "security" => program::roll(state, dice, sort, name),
        "comment" => {
            let text = dice.pick(&["it's", "one", "two\nlines"]);
            Some(thing(
                format!("COMMENT ON {} IS '{}'", comment_on(name)?, text.replace('\'', "''")),
                [name],
                Values::None,
            ))
        }
        _ => relation::roll(state, dice, sort, name),
    }
}

/// How COMMENT ON names the thing.
fn comment_on(key: &str) -> Option<String> {
    let (sort, name) = key.split_once(' ')?;
    let (table, last) = name.rsplit_once('.').unwrap_or(("", name));
    Some(match sort {
        "enum" | "composite" => format!("TYPE {name}"),
        "materialized" => format!("MATERIALIZED VIEW {name}"),
        "domain" | "sequence" | "table" | "view" | "column" | "index" | "statistics" => {
            format!("{} {name}", sort.to_uppercase())
        }
        "key" | "check" | "reference" => format!("CONSTRAINT {last} ON {table}"),
        "trigger" | "policy" => format!("{} {last} ON {table}", sort.to_uppercase()),
        "function" => format!("FUNCTION {name}"),
        _ => return None,
    })
}

/// A type with a default for it, and what it is made of.
struct Type {
    sql: String,
    values: Values,
    default: Option<String>,
    needs: Vec<String>,
}

/// A type that a column can have.
fn any_type(state: &State, dice: &mut Dice) -> Type {
    let own: Vec<(&String, &Thing)> = state
        .0
        .iter()
        .filter(|(key, _)| ["enum ", "domain ", "composite "].iter().any(|sort| key.starts_with(sort)))
        .collect();
    if !own.is_empty() && dice.percent(30) {
        let (key, _) = dice.pick(&own);
        // Where arrays of a domain are stored, PostgreSQL adds no constraint to it (`get_rels_with_domain`).
        let is_array = !key.starts_with("domain ") && dice.percent(15);
        let sql = format!("{}{}", name(key), if is_array { "[]" } else { "" });
        let label = state.0[key.as_str()].sql.split('\'').nth(1).filter(|_| key.starts_with("enum "));
        let default = label.filter(|_| !is_array).map(|label| format!("'{label}'::{sql}"));
        let values = if is_array { Values::None } else { Values::Of(key.clone()) };
        return Type { sql, values, default, needs: vec![key.clone()] };
    }
    let (sql, values, default) = dice
        .pick(&[
            ("integer", Values::Number, "7"),
            ("bigint", Values::Number, "8"),
            ("smallint", Values::Number, "3"),
            ("numeric(12,2)", Values::Number, "1.5"),
            ("text", Values::Text, "'a'"),
            ("character varying(40)", Values::Text, "'b'"),
            ("text COLLATE \"C\"", Values::Text, "lower('C')"),
            ("boolean", Values::Bool, "true"),
            ("timestamp with time zone", Values::Time, "now()"),
            ("date", Values::Time, "'2020-01-02'"),
            ("jsonb", Values::None, "'{}'"),
            ("integer[]", Values::None, "'{1,2}'"),
            ("uuid", Values::None, "gen_random_uuid()"),
        ])
        .clone();
    Type { sql: sql.into(), values, default: Some(default.into()), needs: Vec::new() }
}

/// Something that is true or false of a column.
fn condition(dice: &mut Dice, column: &str, values: &Values) -> String {
    match values {
        Values::Number => format!("{column} {} {}", dice.pick(&[">", "<>", ">="]), dice.below(3)),
        Values::Text => dice.pick(&["{} <> ''", "length({}) > 0", "{} ~ '^[^x]'"]).replace("{}", column),
        Values::Bool => column.to_owned(),
        Values::Time => format!("{column} > '2000-01-01'"),
        Values::Of(_) | Values::None => format!("{column} IS NOT NULL"),
    }
}
