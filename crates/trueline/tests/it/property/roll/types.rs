//! Types and sequences.

use crate::property::dice::Dice;
use crate::property::state::{State, Thing, Values, thing};

pub fn roll(state: &State, dice: &mut Dice, sort: &str, name: &str) -> Thing {
    match sort {
        "enum" => {
            let mut labels = dice.some(&["new", "it's", "done", "old", "Odd one"]);
            if dice.percent(25) {
                labels.reverse();
            }
            let labels: Vec<String> =
                labels.iter().map(|label| format!("'{}'", label.replace('\'', "''"))).collect();
            // A label that a default names stays first.
            thing(format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", ")), [], own(sort, name))
        }
        "domain" => {
            let (base, check) = dice.pick(&[
                ("integer", "VALUE > 0"),
                ("bigint", "VALUE <> 13"),
                ("text", "VALUE <> ''"),
                ("character varying(30)", "length(VALUE) < 20"),
            ]);
            let mut sql = format!("CREATE DOMAIN {name} AS {base}");
            if dice.percent(50) {
                sql.push_str(if base.contains("int") { " DEFAULT 5" } else { " DEFAULT 'q'" });
            }
            if dice.percent(60) {
                sql.push_str(&format!(" CONSTRAINT c{} CHECK ({check})", dice.below(2)));
            }
            thing(sql, [], own(sort, name))
        }
        "composite" => {
            let parts = dice.some(&["a integer", "b text", "c numeric", "d date"]);
            thing(format!("CREATE TYPE {name} AS ({})", parts.join(", ")), [], own(sort, name))
        }
        _ => {
            let mut sql = format!("CREATE SEQUENCE {name}");
            if dice.percent(40) {
                sql.push_str(dice.pick(&[" AS integer", " AS smallint"]));
            }
            if dice.percent(40) {
                sql.push_str(dice.pick(&[" INCREMENT BY 3", " CACHE 5", " CYCLE", " START WITH 10"]));
            }
            let columns = state.of("column");
            let owner = if columns.is_empty() || dice.percent(60) { None } else { Some(dice.pick(&columns)) };
            // A sequence and its owner are in one schema.
            let owner = owner.filter(|owner| {
                crate::property::state::name(owner).split('.').next() == name.split('.').next()
            });
            if let Some(owner) = owner {
                sql.push_str(&format!(" OWNED BY {}", crate::property::state::name(owner)));
            }
            thing(sql, owner, Values::None)
        }
    }
}

fn own(sort: &str, name: &str) -> Values {
    Values::Of(format!("{sort} {name}"))
}
