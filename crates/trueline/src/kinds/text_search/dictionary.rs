//! Text search dictionaries.

use trueline_journal::statement::{SqlTokenKind, tokens};

use crate::catalog::ObjectId;
use crate::kinds::{
    Alteration, Context, Found, Kind, Names, PG_TS_DICT, Piece, RowReader, Statement, definition,
    not_from_extension, read, rename_or_move,
};

/// The registered kind.
pub struct Dictionary;

definition! {
    /// `pg_ts_dict`.
    pub struct DictionaryDefinition {
        /// The template, quoted and qualified.
        pub template: String,
        /// `dictinitoption`: `name = 'value', …`.
        pub options: Option<String>,
    }
}

impl DictionaryDefinition {
    /// Each option's name and value, as written.
    fn options(&self) -> Vec<(&str, &str)> {
        let text = self.options.as_deref().unwrap_or_default();
        let tokens = tokens(text);
        let starts: Vec<usize> = (0..tokens.len().saturating_sub(1))
            .filter(|&at| tokens[at + 1].is_symbol("=") && tokens[at].kind != SqlTokenKind::String)
            .collect();
        let ends = starts.iter().skip(1).map(|&next| tokens[next].offset).chain([text.len()]);
        starts
            .iter()
            .zip(ends)
            .map(|(&at, end)| {
                let name = &text[tokens[at].offset..tokens[at].end];
                (name, text[tokens[at + 1].end..end].trim().trim_end_matches(',').trim_end())
            })
            .collect()
    }
}

impl Kind for Dictionary {
    type Definition = DictionaryDefinition;
    const NAME: &'static str = "text search dictionary";
    const SOURCE: Option<&'static str> = Some("pg_ts_dict where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select d.oid, n.nspname::text, d.dictname::text, \
             quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname), d.dictinitoption \
             from pg_catalog.pg_ts_dict d join pg_catalog.pg_namespace n on n.oid = d.dictnamespace \
             join pg_catalog.pg_ts_template t on t.oid = d.dicttemplate \
             join pg_catalog.pg_namespace tn on tn.oid = t.tmplnamespace where n.nspname = any($1) and {}",
            not_from_extension("pg_ts_dict", "d.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::in_schema::<Self>(PG_TS_DICT, row)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &DictionaryDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let DictionaryDefinition { template, options } = new;
        let options = options.as_ref().map_or(String::new(), |options| format!(", {options}"));
        let name = id.sql_name();
        vec![Statement::new(format!("CREATE TEXT SEARCH DICTIONARY {name} (TEMPLATE = {template}{options})"))]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &DictionaryDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TEXT SEARCH DICTIONARY {}", id.sql_name()))]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &DictionaryDefinition,
        new: &DictionaryDefinition,
    ) -> Alteration {
        let DictionaryDefinition { template, options: _ } = new;
        if *template != old.template {
            return Alteration::Replace;
        }
        let (old, new) = (old.options(), new.options());
        let gone = old.iter().filter(|(name, _)| new.iter().all(|(other, _)| other != name));
        let mut clauses: Vec<String> = gone.map(|(name, _)| (*name).to_owned()).collect();
        let set = new.iter().filter(|option| !old.contains(option));
        clauses.extend(set.map(|(name, value)| format!("{name} = {value}")));
        if clauses.is_empty() {
            // Only the order differs, which ALTER keeps.
            return Alteration::Replace;
        }
        let sql = format!("ALTER TEXT SEARCH DICTIONARY {} ({})", id.sql_name(), clauses.join(", "));
        Alteration::InPlace(vec![Statement::new(sql)])
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(rename_or_move("TEXT SEARCH DICTIONARY", from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_apart_by_tokens() {
        let options = "language = 'english', stopwords = 'a, b = c', \"Other\" = E'x\\\\y'".to_owned();
        let definition = DictionaryDefinition { template: "t".into(), options: Some(options) };
        let expected = [("language", "'english'"), ("stopwords", "'a, b = c'"), ("\"Other\"", "E'x\\\\y'")];
        assert_eq!(definition.options(), expected);
    }
}
