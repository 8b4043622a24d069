//! Row security policies.

use super::{
    Alteration, Context, Found, Kind, Names, PG_POLICY, Piece, RowReader, Statement, definition,
    not_from_extension, read,
};
use crate::catalog::ObjectId;

/// The registered kind.
pub struct Policy;

definition! {
    /// `pg_policy`.
    pub struct PolicyDefinition {
        /// `polpermissive`.
        pub permissive: bool,
        /// `ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
        pub command: String,
        /// Quoted names, sorted; `PUBLIC` is every role.
        pub roles: Vec<String>,
        /// `pg_get_expr(polqual)`.
        pub using: Option<String>,
        /// `pg_get_expr(polwithcheck)`.
        pub check: Option<String>,
    }
}

fn on(id: &ObjectId) -> String {
    format!("{} ON {}", id.sql_last(), id.sql_container())
}

fn clauses(roles: Option<&[String]>, using: Option<&str>, check: Option<&str>) -> String {
    let clauses = [
        roles.map(|roles| format!(" TO {}", roles.join(", "))),
        using.map(|using| format!(" USING ({using})")),
        check.map(|check| format!(" WITH CHECK ({check})")),
    ];
    clauses.into_iter().flatten().collect()
}

impl Kind for Policy {
    type Definition = PolicyDefinition;
    const NAME: &'static str = "policy";
    const SOURCE: Option<&'static str> = Some("pg_policy where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select p.oid, c.oid, n.nspname::text, c.relname::text, p.polname::text, p.polpermissive, \
             case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' \
               when 'd' then 'DELETE' else 'ALL' end, \
             array(select r from (select case when o = 0 then 'PUBLIC' else \
               quote_ident(pg_catalog.pg_get_userbyid(o)) end from unnest(p.polroles) o) x(r) order by r collate \"C\"), \
             pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) \
             from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = any($1) and {}",
            not_from_extension("pg_class", "c.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::of_relation::<Self>(PG_POLICY, row, names)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &PolicyDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let PolicyDefinition { permissive, command, roles, using, check } = new;
        let restrictive = if *permissive { "" } else { " AS RESTRICTIVE" };
        let command = if command == "ALL" { String::new() } else { format!(" FOR {command}") };
        let roles = Some(roles.as_slice()).filter(|roles| *roles != ["PUBLIC"]);
        let clauses = clauses(roles, using.as_deref(), check.as_deref());
        vec![Statement::new(format!("CREATE POLICY {}{restrictive}{command}{clauses}", on(id)))]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &PolicyDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP POLICY {}", on(id)))]
    }

    /// ALTER POLICY can neither change the command nor take an expression away.
    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &PolicyDefinition,
        new: &PolicyDefinition,
    ) -> Alteration {
        let PolicyDefinition { permissive, command, roles, using, check } = new;
        let removed = |old: &Option<String>, new: &Option<String>| old.is_some() && new.is_none();
        if *permissive != old.permissive
            || *command != old.command
            || removed(&old.using, using)
            || removed(&old.check, check)
        {
            return Alteration::Replace;
        }
        let clauses = clauses(
            (*roles != old.roles).then_some(roles),
            using.as_deref().filter(|_| *using != old.using),
            check.as_deref().filter(|_| *check != old.check),
        );
        Alteration::InPlace(vec![Statement::new(format!("ALTER POLICY {}{clauses}", on(id)))])
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        (from.container() == to.container())
            .then(|| vec![Statement::new(format!("ALTER POLICY {} RENAME TO {}", on(from), to.sql_last()))])
    }
}
