//! The roles of a case: they belong to the server, and go when the case is done.

use std::collections::BTreeSet;

use trueline::load::roles_named;
use trueline::shadow::Shadow;
use trueline::sql::Ident;
use trueline_driver::Connection;
use trueline_journal::statement::split;

use crate::layout::Case;
use crate::side::Unloaded;
use crate::step::{Outcome, broken};

/// What the server had before.
pub struct Roles {
    before: BTreeSet<String>,
}

impl Roles {
    /// Makes the roles that the case names, as its `roles.sql` says.
    pub async fn make(shadow: &Shadow, case: &Case) -> Outcome<Self> {
        let before = with_session(shadow, async |session| all(session).await).await?;
        if let Some(sql) = &case.roles {
            with_session(shadow, async |session| Ok(session.batch_execute(sql).await?)).await?;
        }
        let texts = case.states.iter().flat_map(|state| &state.sources.files).map(|file| &file.text);
        let named: Vec<String> = texts
            .flat_map(|text| split(text).into_iter().flat_map(|statement| roles_named(statement.sql)))
            .filter(|role| !role.starts_with("pg_"))
            .collect();
        shadow.ensure_roles(&named).await.map_err(|error| trueline::ui::chain(&error))?;
        Ok(Self { before })
    }

    /// Drops those that were not there before; the case's databases are gone by now.
    pub async fn drop(self, shadow: &Shadow) -> Outcome<()> {
        with_session(shadow, async |session| {
            let made: Vec<String> =
                all(session).await?.difference(&self.before).map(|role| Ident(role).to_string()).collect();
            if made.is_empty() {
                return Ok(());
            }
            Ok(session.batch_execute(&format!("DROP ROLE {}", made.join(", "))).await?)
        })
        .await
    }
}

async fn all(session: &Connection) -> Result<BTreeSet<String>, Unloaded> {
    let rows = session.query("SELECT rolname::text FROM pg_catalog.pg_roles", &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

async fn with_session<T>(
    shadow: &Shadow,
    work: impl AsyncFnOnce(&Connection) -> Result<T, Unloaded>,
) -> Outcome<T> {
    let made = async {
        let database = shadow.create_database().await?;
        let session = database.connect().await?;
        let outcome = work(&session).await;
        session.close().await?;
        shadow.drop_database(database).await?;
        outcome
    };
    broken(made.await)
}
