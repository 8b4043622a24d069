//! What to say when the server at hand lacks an extension or a library that the schema asks for.

use trueline_driver::tokio_postgres::error::DbError;

use super::Origin;

/// The functions of PostgreSQL's extension.c that fail when an extension's files are not there.
const CONTROL_FILE_ROUTINES: &[&str] = &["parse_extension_control_file", "get_ext_ver_list"];

/// How to get what the server lacks; none when the error is another one.
pub fn missing_part_hint(origin: Origin, error: &DbError) -> Option<String> {
    let routine = error.routine().unwrap_or_default();
    let is_extension = CONTROL_FILE_ROUTINES.contains(&routine);
    let is_icu = error.message().contains("ICU is not supported in this build");
    match (origin, is_extension, is_icu) {
        (_, false, false) => None,
        (Origin::Carrier, ..) => Some(
            "the PostgreSQL that was fetched through cargo brings few extensions and no ICU: install PostgreSQL or set \
             `TRUELINE_PG_BIN`"
                .to_owned(),
        ),
        (_, true, _) => Some(
            "install the package that brings the extension for this PostgreSQL (Debian: `postgresql-contrib` or \
             `postgresql-MAJOR-NAME`), or point `TRUELINE_SHADOW_URL` at a server that has it"
                .to_owned(),
        ),
        (_, false, true) => Some("use a PostgreSQL that was built with ICU".to_owned()),
    }
}
