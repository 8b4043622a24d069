//! User mappings, without secrets.
//!
//! Options whose names speak of a secret are neither kept nor written nor compared: a mapping that has one
//! gets it by hand, and keeps it. What the connected role may not see of a mapping is taken for equal.

use super::secrets::is_secret;
use super::{
    Alteration, Context, Found, FromRow, Kind, Names, PG_USER_MAPPING, Piece, RowReader, Statement,
    definition, generic_options,
};
use crate::catalog::{IfReadable, NotCompared, ObjectId};
use crate::hazard::HazardKind;
use crate::sql::Ident;

/// The registered kind.
pub struct UserMapping;

definition! {
    /// `pg_user_mapping`.
    pub struct UserMappingDefinition {
        /// `umoptions` but for secrets, sorted.
        pub options: IfReadable<Vec<String>>,
        /// The names of the options that are left out.
        pub secrets: NotCompared<Vec<String>>,
    }
}

/// Who may see the options of mapping `m` on server `s`, as the view `pg_user_mappings` has it.
const READABLE: &str = "(m.umuser <> 0 and m.usename = current_user \
       and (pg_catalog.pg_has_role(s.srvowner, 'USAGE') or pg_catalog.has_server_privilege(s.oid, 'USAGE'))) \
     or (m.umuser = 0 and pg_catalog.pg_has_role(s.srvowner, 'USAGE')) \
     or (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user)";

/// `FOR role SERVER server`.
fn place(id: &ObjectId) -> String {
    let user = if id.name() == PUBLIC { PUBLIC.to_owned() } else { Ident(id.name()).to_string() };
    format!("FOR {user} SERVER {}", id.sql_container())
}

/// How the view calls everybody; no role has that name.
const PUBLIC: &str = "public";

fn all(definition: &UserMappingDefinition) -> &[String] {
    definition.options.0.as_deref().unwrap_or(&[])
}

impl Kind for UserMapping {
    type Definition = UserMappingDefinition;
    const NAME: &'static str = "user mapping";
    const SOURCE: Option<&'static str> = Some("pg_foreign_server where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select m.umid, m.srvname::text, m.usename::text, case when {READABLE} \
               then array(select o from unnest(m.umoptions) o order by o collate \"C\") end, array[]::text[] \
             from pg_catalog.pg_user_mappings m join pg_catalog.pg_foreign_server s on s.oid = m.srvid \
             where m.umid >= 16384"
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let oid = row.take()?;
        let (server, user): (String, String) = (row.take()?, row.take()?);
        let mut definition = UserMappingDefinition::from_row(row)?;
        if let Some(options) = &mut definition.options.0 {
            let name = |option: &String| option.split('=').next().unwrap_or_default().to_owned();
            let secrets = options.iter().map(name).filter(|name| is_secret(name)).collect();
            definition.secrets = NotCompared(secrets);
            options.retain(|option| !is_secret(&name(option)));
        }
        let id = ObjectId::new(Self::NAME, [server, user]);
        Ok(Some(Found::new((PG_USER_MAPPING, oid, 0), id, None, definition)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &UserMappingDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let options = generic_options::clause(all(new));
        let mut statement = Statement::new(format!("CREATE USER MAPPING {}{options}", place(id)));
        if !new.secrets.0.is_empty() {
            let effect = format!("it lacks what no migration holds: {}", new.secrets.0.join(", "));
            statement = statement.hazard(HazardKind::BreaksClients, id, effect);
        }
        vec![statement]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, old: &UserMappingDefinition) -> Vec<Statement> {
        let mut statement = Statement::new(format!("DROP USER MAPPING {}", place(id)));
        if !old.secrets.0.is_empty() {
            let effect = format!("its {} is deleted", old.secrets.0.join(", "));
            statement = statement.hazard(HazardKind::BreaksClients, id, effect);
        }
        vec![statement]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &UserMappingDefinition,
        new: &UserMappingDefinition,
    ) -> Alteration {
        let UserMappingDefinition { options: _, secrets: _ } = new;
        let change = generic_options::change(all(old), all(new));
        let sql = change.map(|options| format!("ALTER USER MAPPING {} {options}", place(id)));
        Alteration::InPlace(sql.into_iter().map(Statement::new).collect())
    }
}
