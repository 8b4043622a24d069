//! How the values of a column become values of another type.
//!
//! The rules rest on `pg_cast` and on the documentation of CREATE CAST and ALTER TABLE: an assignment
//! cast needs no USING, an explicit one does, and where there is neither the text form is the bridge.

/// What ALTER COLUMN TYPE has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// The USING expression, where the assignment cast does not do.
    pub using: Option<String>,
    /// Values may change, silently.
    pub lossy: bool,
    /// Some values make the statement fail.
    pub data_dependent: bool,
}

/// Families of types between which PostgreSQL has casts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Number(u8),
    Text,
    Boolean,
    Time,
    Json,
    Network,
    Other,
}

struct TypeName<'a> {
    base: &'a str,
    modifier: Option<&'a str>,
    array: bool,
}

fn parse(name: &str) -> TypeName<'_> {
    let (name, array) = match name.strip_suffix("[]") {
        Some(element) => (element, true),
        None => (name, false),
    };
    match (name.find('('), name.find(')')) {
        // `timestamp(3) with time zone`: the modifier stands inside the name.
        (Some(open), Some(close)) if close > open => {
            TypeName { base: name[..open].trim_end(), modifier: Some(&name[open + 1..close]), array }
        }
        _ => {
            let zone = name.strip_suffix(" with time zone").or(name.strip_suffix(" without time zone"));
            TypeName { base: zone.unwrap_or(name), modifier: None, array }
        }
    }
}

fn family(base: &str, name: &str) -> Family {
    match base {
        "smallint" => Family::Number(0),
        "integer" => Family::Number(1),
        "bigint" => Family::Number(2),
        "numeric" => Family::Number(3),
        "real" => Family::Number(4),
        "double precision" => Family::Number(5),
        "text" | "character varying" | "character" | "name" | "citext" => Family::Text,
        "boolean" => Family::Boolean,
        "json" | "jsonb" => Family::Json,
        "inet" | "cidr" => Family::Network,
        _ if ["date", "time", "interval"].iter().any(|word| name.starts_with(word)) => Family::Time,
        _ => Family::Other,
    }
}

/// From type `old` to type `new`, both as `format_type` names them, for the quoted `column`.
pub fn conversion(column: &str, old: &str, new: &str) -> Conversion {
    let plain = Conversion { using: None, lossy: false, data_dependent: false };
    let cast = Some(format!("{column}::{new}"));
    let (from, to) = (parse(old), parse(new));
    let through_text =
        Conversion { using: Some(format!("{column}::text::{new}")), lossy: false, data_dependent: true };
    if from.array != to.array {
        return through_text;
    }
    match (family(from.base, old), family(to.base, new)) {
        (Family::Text, Family::Text) => text_to_text(&from, &to),
        (family, Family::Text) if to.base != "name" => to_text(column, family, &from, &to),
        _ if from.base == to.base && old.contains("with time zone") == new.contains("with time zone") => {
            same_base(&from, &to)
        }
        (Family::Number(old), Family::Number(new)) => Conversion {
            using: (new < old).then_some(cast).flatten(),
            lossy: number_loses(old, new, &to),
            data_dependent: new < old || to.modifier.is_some(),
        },
        // With the time zone pinned, both say the same moment.
        (Family::Time, Family::Time)
            if from.base.starts_with("date") || from.base.starts_with("timestamp") =>
        {
            let whole = to.base.starts_with("timestamp") && to.modifier.is_none();
            Conversion { using: cast, lossy: !whole, data_dependent: false }
        }
        (Family::Time, Family::Time) => Conversion { using: cast, lossy: true, data_dependent: true },
        (Family::Json, Family::Json) => {
            Conversion { using: cast, lossy: to.base == "jsonb", data_dependent: false }
        }
        (Family::Network, Family::Network) => Conversion { using: cast, lossy: true, data_dependent: false },
        (Family::Boolean, Family::Number(1)) => Conversion { using: cast, ..plain },
        (Family::Number(1), Family::Boolean) => Conversion { using: cast, lossy: true, ..plain },
        _ => through_text,
    }
}

/// Between strings: the assignment cast complains about what is too long, an explicit one would cut it.
fn text_to_text(from: &TypeName<'_>, to: &TypeName<'_>) -> Conversion {
    let length = |name: &TypeName<'_>| match (name.base, name.modifier) {
        ("name", _) => 63,
        ("character", None) => 1,
        (_, Some(length)) => length.parse().unwrap_or(u32::MAX),
        (_, None) => u32::MAX,
    };
    Conversion {
        using: None,
        // Blanks at the end do not survive `character`; `name` is cut without a word.
        lossy: (to.base == "character" || from.base == "character") && to.base != from.base
            || to.base == "name",
        data_dependent: length(to) < length(from),
    }
}

/// From what is no string: its text form, and then the assignment cast, which complains about what is
/// too long, where an explicit one would cut it.
fn to_text(column: &str, family: Family, from: &TypeName<'_>, to: &TypeName<'_>) -> Conversion {
    let limited = to.modifier.is_some() || to.base == "character";
    let using = match (from.array, limited) {
        (true, _) => Some(format!("{column}::text[]")),
        (false, true) => None,
        (false, false) => Some(format!("{column}::text")),
    };
    // Blanks at the end do not survive `character`; numbers, dates and the like have none.
    let lossy = to.base == "character" && family == Family::Other;
    Conversion { using, lossy, data_dependent: limited }
}

/// Same type, other modifier: scale and precision round, which may carry into one more digit; other limits fail.
fn same_base(from: &TypeName<'_>, to: &TypeName<'_>) -> Conversion {
    let numbers = |name: &TypeName<'_>| -> Option<(i32, i32)> {
        let mut parts = name.modifier?.split(',').map(|part| part.trim().parse().unwrap_or(0));
        Some((parts.next()?, parts.next().unwrap_or(0)))
    };
    let (lossy, data_dependent) = match (numbers(from), numbers(to)) {
        (_, None) => (false, false),
        (None, Some(_)) => (true, from.base == "numeric"),
        (Some((p, s)), Some((q, t))) if from.base == "numeric" => {
            (t < s, q - t < p - s || (t < s && q - t == p - s))
        }
        (Some((p, _)), Some((q, _))) => (q < p, false),
    };
    Conversion { using: None, lossy, data_dependent }
}

/// Whether digits may go: integers widen exactly, `numeric` holds them all, floats hold 6 or 15 digits.
fn number_loses(old: u8, new: u8, to: &TypeName<'_>) -> bool {
    match (old, new) {
        (0..=2, 0..=2) | (0, 4) | (0 | 1 | 4, 5) => false,
        (0..=2, 3) => to.modifier.is_some_and(|modifier| modifier.contains('-')),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, using: Option<&str>, lossy: bool, data_dependent: bool) {
        let expected = Conversion { using: using.map(str::to_owned), lossy, data_dependent };
        assert_eq!(conversion("c", old, new), expected, "{old} to {new}");
    }

    #[test]
    fn widening_needs_no_using_and_loses_nothing() {
        check("integer", "bigint", None, false, false);
        check("character varying(10)", "text", None, false, false);
        check("character varying(10)", "character varying(20)", None, false, false);
        check("numeric(10,2)", "numeric(12,2)", None, false, false);
        check("integer", "text", Some("c::text"), false, false);
        check("timestamp(3) with time zone", "timestamp with time zone", None, false, false);
        let using = Some("c::timestamp with time zone");
        check("timestamp without time zone", "timestamp with time zone", using, false, false);
    }

    #[test]
    fn narrowing_fails_rather_than_cuts() {
        check("bigint", "integer", Some("c::integer"), false, true);
        check("text", "character varying(5)", None, false, true);
        check("numeric(12,2)", "numeric(10,2)", None, false, true);
        check("integer", "character(4)", None, false, true);
        check("integer[]", "character varying(5)[]", Some("c::text[]"), false, true);
    }

    #[test]
    fn what_loses_is_called_lossy() {
        check("double precision", "integer", Some("c::integer"), true, true);
        check("numeric(10,4)", "numeric(10,2)", None, true, false);
        check("numeric(12,4)", "numeric(10,2)", None, true, true);
        check("timestamp with time zone", "date", Some("c::date"), true, false);
        check("json", "jsonb", Some("c::jsonb"), true, false);
        check("bytea", "character(1)", None, true, true);
    }

    #[test]
    fn strangers_meet_in_text() {
        check("public.a", "public.b", Some("c::text::public.b"), false, true);
        check("text", "integer", Some("c::text::integer"), false, true);
        check("text[]", "text", Some("c::text::text"), false, true);
    }
}
