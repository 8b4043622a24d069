//! Functions, and what runs them or decides about rows.

use super::condition;
use crate::property::dice::Dice;
use crate::property::state::{State, Thing, Values, name, thing};

pub fn roll(state: &State, dice: &mut Dice, sort: &str, own: &str) -> Option<Thing> {
    match sort {
        "function" => Some(function(state, dice, own)),
        "trigger" => trigger(state, dice, own),
        "policy" => policy(state, dice, own),
        "rule" => {
            let (table, last) = own.rsplit_once('.')?;
            let event = dice.pick(&["INSERT", "UPDATE", "DELETE"]);
            let sql = format!("CREATE RULE {last} AS ON {event} TO {table} DO ALSO NOTIFY {last}");
            Some(thing(sql, [format!("table {table}").as_str()], Values::None))
        }
        _ => {
            let force = if dice.percent(30) { "FORCE" } else { "ENABLE" };
            let table = format!("table {own}");
            Some(thing(
                format!("ALTER TABLE {own} {force} ROW LEVEL SECURITY"),
                [table.as_str()],
                Values::None,
            ))
        }
    }
}

fn function(state: &State, dice: &mut Dice, own: &str) -> Thing {
    let tables = state.of("table");
    let table = if tables.is_empty() { None } else { Some(dice.pick(&tables)) };
    let volatility = dice.pick(&["", " STABLE", " STABLE SECURITY DEFINER", " COST 5"]);
    match (dice.below(5), table) {
        (0, Some(table)) => {
            let sql = format!(
                "CREATE FUNCTION {own}() RETURNS bigint LANGUAGE sql{volatility} AS 'SELECT count(*) FROM {}'",
                name(table)
            );
            thing(sql, [table], Values::None)
        }
        (1, Some(table)) => {
            let sql = format!(
                "CREATE FUNCTION {own}() RETURNS bigint LANGUAGE sql{volatility} BEGIN ATOMIC SELECT count(*) FROM {}; END",
                name(table)
            );
            thing(sql, [table], Values::None)
        }
        (2, Some(table)) => {
            let sql = format!(
                "CREATE FUNCTION {own}() RETURNS SETOF {} LANGUAGE sql{volatility} AS 'SELECT * FROM {0}'",
                name(table)
            );
            thing(sql, [table], Values::None)
        }
        (3, _) => {
            let sql = format!(
                "CREATE FUNCTION {own}() RETURNS integer LANGUAGE sql{volatility} AS 'SELECT {}'",
                dice.below(9)
            );
            thing(sql, [], Values::None)
        }
        _ => {
            let note = dice.below(3);
            let sql = format!(
                "CREATE FUNCTION {own}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN /* {note} */ RETURN NEW; END $$"
            );
            thing(sql, [], Values::None)
        }
    }
}

fn trigger(state: &State, dice: &mut Dice, own: &str) -> Option<Thing> {
    let (table, last) = own.rsplit_once('.')?;
    let functions: Vec<&str> = state
        .of("function")
        .into_iter()
        .filter(|key| state.0[*key].sql.contains("RETURNS trigger"))
        .collect();
    if functions.is_empty() {
        return None;
    }
    let function = dice.pick(&functions);
    let table_key = format!("table {table}");
    let columns = state.columns(&table_key);
    let mut needs = vec![function, table_key.as_str()];
    let when = dice.pick(&["BEFORE INSERT", "AFTER UPDATE", "BEFORE INSERT OR UPDATE", "AFTER DELETE"]);
    let mut event = when.to_owned();
    if when == "AFTER UPDATE" && !columns.is_empty() {
        let (key, column, _) = dice.pick(&columns);
        event = format!("AFTER UPDATE OF {column}");
        needs.push(key);
    }
    let sql = format!(
        "CREATE TRIGGER {last} {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {}()",
        name(function)
    );
    Some(thing(sql, needs, Values::None))
}

fn policy(state: &State, dice: &mut Dice, own: &str) -> Option<Thing> {
    let (table, last) = own.rsplit_once('.')?;
    let table_key = format!("table {table}");
    let columns = state.columns(&table_key);
    let command = dice.pick(&["", " FOR SELECT", " AS RESTRICTIVE FOR UPDATE"]);
    let views = state.of("view");
    let mut needs = vec![table_key.as_str()];
    let using = if !views.is_empty() && dice.percent(25) {
        let view = dice.pick(&views);
        needs.push(view);
        format!("EXISTS (SELECT FROM {})", name(view))
    } else if columns.is_empty() {
        "true".into()
    } else {
        let (key, column, values) = dice.pick(&columns);
        needs.push(key);
        condition(dice, column, values)
    };
    Some(thing(format!("CREATE POLICY {last} ON {table}{command} USING ({using})"), needs, Values::None))
}
