//! The desired side without loading everything again: the shadow keeps the database that the schema was
//! last loaded into, and what was loaded there is remembered beside its cache.
//!
//! Wherever there is a doubt, the answer is none, and the caller loads everything.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use trueline_journal::Problem;

use super::{Inputs, Side, first_schema, hex, problem, read, refuse_unmanaged};
use crate::catalog::{Catalog, ObjectId};
use crate::diff::diff;
use crate::introspect::Edges;
use crate::kinds::{extension, kind};
use crate::load::{self, Again, LoadReport, Source, Sources};
use crate::server::checksum::sha256_hex;
use crate::server::dirs::{self, Dirs};
use crate::settings::Settings;
use crate::shadow::{Shadow, TemplateKey};

/// What the last load was of.
#[derive(Serialize, Deserialize)]
struct Remembered {
    key: TemplateKey,
    files: Vec<(PathBuf, String)>,
}

/// The desired side, where only tables were made anew.
#[derive(Debug)]
pub struct Partial {
    /// What came out, as far as nothing else changed.
    pub side: Side,
    /// As a load of everything says it.
    pub report: LoadReport,
    /// The tables that were made anew, without their schemas.
    tables: BTreeSet<String>,
}

impl Partial {
    /// Whether the state differs from `current` in those tables alone. `current` need not be the state before:
    /// where it is another, that is one more reason to load everything.
    pub fn is_confined(&self, current: &Catalog) -> bool {
        is_confined(&self.tables, current, &self.side.catalog)
    }
}

/// Whether two states differ in these tables, named without their schemas, alone.
pub fn is_confined(tables: &BTreeSet<String>, before: &Catalog, after: &Catalog) -> bool {
    let is_table = |root: &ObjectId| {
        kind(root.kind).holds_data() && root.path.len() == 2 && tables.contains(root.name())
    };
    diff(before, after).iter().all(|change| {
        [before, after].into_iter().filter_map(|catalog| root(catalog, change.id())).all(is_table)
    })
}

/// The outermost object that an object is a part of, but for its schema.
fn root<'a>(catalog: &'a Catalog, id: &'a ObjectId) -> Option<&'a ObjectId> {
    let mut root = id;
    let mut object = catalog.objects.get(root)?;
    while let Some(parent) = object.parent.as_ref().filter(|parent| parent.kind != "schema") {
        root = parent;
        object = catalog.objects.get(root)?;
    }
    Some(root)
}

fn key(shadow: &Shadow, settings: &Settings, inputs: &Inputs) -> Option<TemplateKey> {
    let mut hash = Sha256::new();
    for part in
        ["desired", env!("CARGO_PKG_VERSION"), &shadow.identity(), first_schema(settings), &inputs.checksum]
    {
        hash.update(part);
        hash.update(b"\0");
    }
    TemplateKey::parse(&hex(&hash.finalize())).ok()
}

fn path(settings: &Settings) -> Option<PathBuf> {
    let name = sha256_hex(settings.root.as_os_str().as_encoded_bytes());
    Some(Dirs::from_env().ok()?.clusters.join("loaded-1").join(&name[..32]))
}

/// Keeps the database that `inputs` were loaded into for the next time. Where it cannot be remembered,
/// everything is loaded then.
pub fn keep(shadow: &Shadow, settings: &Settings, inputs: &Inputs, loaded: &Side) {
    // A database with a subscription cannot be dropped like another.
    let subscribes = loaded.catalog.objects.keys().any(|id| id.kind == "subscription");
    if subscribes || inputs.external.is_some() || !shadow.keeps_templates() {
        return;
    }
    let (Some(key), Some(path)) = (key(shadow, settings, inputs), path(settings)) else { return };
    let files = inputs.sources.files.iter().map(|file| (file.path.clone(), file.text.clone())).collect();
    let Ok(text) = serde_json::to_vec(&Remembered { key: key.clone(), files }) else { return };
    let Some(dir) = path.parent() else { return };
    let new = path.with_extension(std::process::id().to_string());
    if dirs::ensure_private(dir).is_ok()
        && fs::write(&new, text).and_then(|()| fs::rename(&new, &path)).is_ok()
    {
        shadow.keep_at_close(&loaded.database, key);
    } else {
        let _ = fs::remove_file(&new);
    }
}

/// The desired side, from the database that was kept.
///
/// # Errors
/// The shadow fails, or what is made is not managed.
pub async fn again(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    external: &BTreeSet<ObjectId>,
) -> Result<Option<Partial>, Vec<Problem>> {
    if inputs.external.is_some() || settings.manage != crate::settings::Manage::default() {
        return Ok(None);
    }
    let text = path(settings).and_then(|path| fs::read(path).ok());
    let Some(Remembered { key, files }) = text.and_then(|text| serde_json::from_slice(&text).ok()) else {
        return Ok(None);
    };
    let taken = shadow.take_template(&key).await.map_err(|error| problem(&error))?;
    let Some(database) = taken else { return Ok(None) };
    let before = Sources { files: files.into_iter().map(|(path, text)| Source { path, text }).collect() };
    let broken = |error: &dyn std::error::Error| vec![Problem::error("shadow", crate::ui::chain(error))];
    let client = database.connect().await.map_err(|error| problem(&error))?;
    let options = inputs.load_options(settings);
    let done =
        load::again(&client, &before, &inputs.sources, &options).await.map_err(|error| broken(&error))?;
    client.close().await.map_err(|error| broken(&error))?;
    let Some(Again { report, tables }) = done else { return Ok(None) };
    let (mut catalog, schemas) = read(&database, external, settings.manage, Edges::Read).await?;
    extension::state_versions(&mut catalog, &report.extension_versions);
    refuse_unmanaged(settings, &schemas)?;
    let side = Side { catalog, database, schemas, manage: settings.manage };
    Ok(Some(Partial { side, report, tables }))
}
