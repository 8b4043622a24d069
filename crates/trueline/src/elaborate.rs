//! Both sides of a comparison, as real servers see them: the schema loaded into a shadow, and the
//! migrations replayed in one.

pub mod remembered;

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use trueline_journal::{Migration, Problem};

use crate::catalog::{Catalog, ObjectId};
use crate::introspect::{self, Edges, Scope, introspect};
use crate::kinds::extension;
use crate::load::{self, LoadOptions, LoadReport, Source, Sources};
use crate::replay;
use crate::settings::{Manage, Settings};
use crate::shadow::{Database, Shadow, TemplateKey};

/// What the workspace says a database should be.
#[derive(Debug)]
pub struct Inputs {
    /// `schema/**/*.sql`.
    pub sources: Sources,
    /// Loaded first into every shadow, unmanaged.
    pub external: Option<Source>,
    /// Checksum of both, and of the settings that decide what they mean.
    pub checksum: String,
}

impl Inputs {
    /// Reads the schema's files.
    ///
    /// # Errors
    /// Every file that cannot be read.
    pub fn read(settings: &Settings) -> Result<Self, Vec<Problem>> {
        Self::of(settings, Sources::read(&settings.root, &settings.schema)?)
    }

    /// The same with the schema's sources given.
    ///
    /// # Errors
    /// The file of `external` cannot be read.
    pub fn of(settings: &Settings, sources: Sources) -> Result<Self, Vec<Problem>> {
        let external =
            settings.external.as_ref().map(|path| Source::read(&settings.root, path)).transpose()?;
        let mut hash = Sha256::new();
        hash.update(sources.checksum());
        hash.update(external.as_ref().map_or("", |source| &source.text));
        hash.update(format!("\0{:?}\0{:?}", settings.schemas, settings.manage));
        let checksum = hex(&hash.finalize());
        Ok(Self { sources, external, checksum })
    }

    fn load_options(&self, settings: &Settings) -> LoadOptions {
        LoadOptions {
            search_path: first_schema(settings).to_owned(),
            external: self.external.clone(),
            create_roles: true,
        }
    }
}

/// The schema that unqualified names are in.
pub fn first_schema(settings: &Settings) -> &str {
    settings.schemas.as_deref().and_then(|schemas| schemas.first()).map_or("public", String::as_str)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// One side, elaborated.
#[derive(Debug)]
pub struct Side {
    /// What it is.
    pub catalog: Catalog,
    /// Where it is.
    pub database: Database,
    /// Its managed schemas, sorted.
    pub schemas: Vec<String>,
    /// What of it is compared besides definitions.
    pub manage: Manage,
}

fn problem(error: &crate::shadow::ShadowError) -> Vec<Problem> {
    vec![crate::ui::problem("shadow", error, error.hint())]
}

/// The objects of `external`, which are in every shadow and belong to nobody here.
pub async fn external_objects(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
) -> Result<BTreeSet<ObjectId>, Vec<Problem>> {
    if inputs.external.is_none() {
        return Ok(BTreeSet::new());
    }
    let database = shadow.create_database().await.map_err(|error| problem(&error))?;
    let client = database.connect().await.map_err(|error| problem(&error))?;
    let empty = catalog_of(&client, settings.manage, Edges::Skip).await?.0;
    load::load(&client, &Sources::default(), &inputs.load_options(settings)).await?;
    let catalog = catalog_of(&client, settings.manage, Edges::Skip).await?.0;
    drop(client);
    // What every database has, like the schema `public`, is not external because a file is loaded.
    Ok(catalog.objects.into_keys().filter(|id| !empty.objects.contains_key(id)).collect())
}

async fn catalog_of(
    client: &tokio_postgres::Client,
    manage: Manage,
    edges: Edges,
) -> Result<(Catalog, Vec<String>), Vec<Problem>> {
    let failed = |error: &dyn std::error::Error| vec![Problem::error("introspect", crate::ui::chain(error))];
    let schemas = introspect::schemas(client).await.map_err(|error| failed(&error))?;
    let scope = Scope { schemas: &schemas, manage };
    let catalog = introspect(client, scope, edges).await.map_err(|error| failed(&error))?;
    Ok((catalog, schemas))
}

/// Loads the schema into a database of the shadow and reads it back.
///
/// # Errors
/// Everything that is wrong with the schema, each with its place.
pub async fn desired(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    external: &BTreeSet<ObjectId>,
) -> Result<(Side, LoadReport), Vec<Problem>> {
    let database = shadow.create_database().await.map_err(|error| problem(&error))?;
    let client = database.connect().await.map_err(|error| problem(&error))?;
    let report = load::load(&client, &inputs.sources, &inputs.load_options(settings)).await?;
    client.close().await.map_err(|error| vec![Problem::error("shadow", crate::ui::chain(&error))])?;
    let (mut catalog, schemas) = read(&database, external, settings.manage, Edges::Read).await?;
    extension::state_versions(&mut catalog, &report.extension_versions);
    refuse_unmanaged(settings, &schemas)?;
    Ok((Side { catalog, database, schemas, manage: settings.manage }, report))
}

fn refuse_unmanaged(settings: &Settings, schemas: &[String]) -> Result<(), Vec<Problem>> {
    let Some(managed) = &settings.schemas else { return Ok(()) };
    let problems: Vec<Problem> = schemas
        .iter()
        .filter(|schema| !managed.contains(schema) && *schema != "public")
        .map(|schema| {
            Problem::error("schema-unmanaged", format!("the schema `{schema}` is made, but not managed"))
                .hint(format!(
                    "add \"{schema}\" to `schemas` in Cargo.toml, or move what makes it to `external`"
                ))
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The name of the template that holds the state after `migrations`.
pub fn template_key(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    migrations: &[Migration],
) -> Result<TemplateKey, Vec<Problem>> {
    let mut hash = Sha256::new();
    for part in [
        shadow.identity().as_str(),
        first_schema(settings),
        inputs.external.as_ref().map_or("", |source| source.text.as_str()),
        &trueline_journal::migration::head(migrations).to_string(),
    ] {
        hash.update(part);
        hash.update(b"\0");
    }
    TemplateKey::parse(&hex(&hash.finalize())).map_err(|error| problem(&error))
}

/// A database of the shadow in the state after `migrations`: a copy of a template where there is one,
/// else of the nearest earlier one, with the rest replayed and kept as a template for the next time.
///
/// # Errors
/// The statement that fails, with its place.
pub async fn replayed(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    migrations: &[Migration],
) -> Result<Database, Vec<Problem>> {
    let key = template_key(shadow, settings, inputs, migrations)?;
    if let Some(database) = shadow.clone_template(&key).await.map_err(|error| problem(&error))? {
        return Ok(database);
    }
    let mut done = migrations.len();
    let mut found = None;
    while done > 0 && found.is_none() {
        done -= 1;
        let earlier = template_key(shadow, settings, inputs, &migrations[..done])?;
        found = shadow.clone_template(&earlier).await.map_err(|error| problem(&error))?;
    }
    let fresh = found.is_none();
    let database = match found {
        Some(database) => database,
        None => shadow.create_database().await.map_err(|error| problem(&error))?,
    };
    let client = database.connect().await.map_err(|error| problem(&error))?;
    if fresh && inputs.external.is_some() {
        load::load(&client, &Sources::default(), &inputs.load_options(settings)).await?;
    }
    let pending = &migrations[if fresh { 0 } else { done }..];
    let roles: BTreeSet<String> =
        pending.iter().flat_map(Migration::statements).flat_map(|one| load::roles_named(&one.sql)).collect();
    let roles: Vec<String> = roles.into_iter().collect();
    shadow.ensure_roles(&roles).await.map_err(|error| problem(&error))?;
    replay::replay(&client, pending, first_schema(settings)).await.map_err(|problem| vec![problem])?;
    let broken = |error: &dyn std::error::Error| vec![Problem::error("shadow", crate::ui::chain(error))];
    // Subscriptions are the server's, and no copy of a database has them.
    let subscribed = "select exists (select from pg_catalog.pg_subscription s \
         join pg_catalog.pg_database d on d.oid = s.subdbid where d.datname = current_database())";
    let row = client.query_typed_one(subscribed, &[]).await.map_err(|error| broken(&error))?;
    let has_subscriptions: bool = row.try_get(0).map_err(|error| broken(&error))?;
    client.close().await.map_err(|error| broken(&error))?;
    if has_subscriptions || !shadow.keeps_templates() {
        return Ok(database);
    }
    shadow.save_template(database, &key).await.map_err(|error| problem(&error))?;
    let copy = shadow.clone_template(&key).await.map_err(|error| problem(&error))?;
    copy.ok_or_else(|| vec![Problem::error("shadow", "the shadow lost a template that it just made")])
}

/// Reads a replayed database.
///
/// # Errors
/// The catalog could not be read.
pub async fn current(
    database: Database,
    external: &BTreeSet<ObjectId>,
    manage: Manage,
    edges: Edges,
) -> Result<Side, Vec<Problem>> {
    let (catalog, schemas) = read(&database, external, manage, edges).await?;
    Ok(Side { catalog, database, schemas, manage })
}

/// The catalog of a database of the shadow, and its schemas, without what is external.
///
/// # Errors
/// The catalog could not be read.
pub async fn read(
    database: &Database,
    external: &BTreeSet<ObjectId>,
    manage: Manage,
    edges: Edges,
) -> Result<(Catalog, Vec<String>), Vec<Problem>> {
    let client = database.connect().await.map_err(|error| problem(&error))?;
    let (mut catalog, mut schemas) = catalog_of(&client, manage, edges).await?;
    client.close().await.map_err(|error| vec![Problem::error("shadow", crate::ui::chain(&error))])?;
    schemas.retain(|schema| !external.contains(&ObjectId::new("schema", [schema])));
    catalog.retain(|id| !external.contains(id));
    Ok((catalog, schemas))
}
