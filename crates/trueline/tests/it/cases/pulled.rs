//! What `db-pull` writes of a state makes that state again, and is the same text from run to run.

use std::path::PathBuf;

use trueline::diff::{diff, fields};
use trueline::load::{Source, Sources};
use trueline::pull;
use trueline::shadow::Shadow;

use super::{Outcome, Side, reread, side};

/// Pulls `state`, loads what was pulled, and pulls again.
pub async fn check(shadow: &Shadow, state: &Side) -> Outcome<()> {
    let files = pull::files(&state.catalog).map_err(|cycle| cycle.to_string())?;
    let texts = || {
        let texts: Vec<String> =
            files.iter().map(|(path, text)| format!("-- {}\n{text}", path.display())).collect();
        texts.concat()
    };
    let source = |(path, text): (&PathBuf, &String)| Source { path: path.clone(), text: text.clone() };
    let sources = Sources { files: files.iter().map(source).collect() };
    let pulled =
        side(shadow, &sources, &[], state.manage).await.map_err(|why| format!("{why}\nof:\n{}", texts()))?;
    let pulled = reread(pulled, &state.schemas).await?;
    let mut wrong = Vec::new();
    for change in diff(&pulled.catalog, &state.catalog) {
        wrong.push(change.to_string());
        for field in fields(change.id(), &pulled.catalog, &state.catalog) {
            wrong.push(format!("  {}: expected {}, found {}", field.field, field.expected, field.found));
        }
    }
    if pull::files(&pulled.catalog).map_err(|cycle| cycle.to_string())? != files {
        wrong.push("pulled again it is another text".into());
    }
    pulled.close(shadow).await?;
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("not as pulled: {}\nof:\n{}", wrong.join("\n"), texts()))
    }
}
