//! What the gate of `db-migrate` asks for: states that migrations build, from a shadow that is started only
//! for the question, and the snapshot.

use futures_util::future::LocalBoxFuture;
use trueline_journal::{Folder, Migration};

use super::super::{Context, shadow_options};
use crate::elaborate::Inputs;
use crate::load::Sources;
use crate::runner::Implied;
use crate::shadow::Shadow;
use crate::snapshot::Snapshot;
use crate::ui;
use crate::verify::{self, Desired};

/// Answers from a shadow.
pub(super) struct Shadowed<'c> {
    pub context: &'c Context,
}

impl Shadowed<'_> {
    async fn build(&self, migrations: &[Migration], major: u32) -> Result<Desired, String> {
        let settings = &self.context.settings;
        // Of the schema nothing is needed: it may not load at the moment.
        let inputs = Inputs::of(settings, Sources::default()).map_err(|problems| first(&problems))?;
        let mut options = shadow_options(self.context).map_err(|failure| first(&failure.into_problems()))?;
        // On another major the same definitions have other texts.
        options.wanted.major = Some(major);
        let shadow = Shadow::start(&options)
            .await
            .map_err(|error| format!("no PostgreSQL {major} to compare with ({})", ui::chain(&error)))?;
        let built = verify::from_migrations(&shadow, settings, &inputs, migrations).await;
        let built = match built {
            Ok(built) if built.catalog.major != major => {
                Err(format!("no PostgreSQL {major} to compare with"))
            }
            Ok(mut built) => {
                // A migration of old may have made its own ledger.
                built.catalog.retain(|id| !verify::is_bookkeeping(settings, id));
                Ok(built)
            }
            Err(problems) => Err(first(&problems)),
        };
        shadow.close().await.map_err(|error| ui::chain(&error))?;
        built
    }
}

fn first(problems: &[trueline_journal::Problem]) -> String {
    problems.first().map_or_else(|| "no reason is known".to_owned(), |problem| problem.message.clone())
}

impl Implied for Shadowed<'_> {
    fn state<'a>(
        &'a self,
        migrations: &'a [Migration],
        major: u32,
    ) -> LocalBoxFuture<'a, Result<Desired, String>> {
        Box::pin(self.build(migrations, major))
    }

    fn snapshot(&self) -> Option<Snapshot> {
        let settings = &self.context.settings;
        let folder = Folder::new(&settings.root, &settings.migrations);
        let text = std::fs::read_to_string(folder.snapshot_path()).ok()?;
        Snapshot::parse(&text).ok()
    }
}
