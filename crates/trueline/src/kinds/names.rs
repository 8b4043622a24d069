//! Names that several kinds share: PostgreSQL's name spaces, and the OIDs of its own catalogs.

use super::Statement;
use crate::catalog::ObjectId;
use crate::hazard::{Hazard, HazardKind};
use crate::sql::Ident;

/// The name that a relation takes in `pg_class`, where tables, views, indexes and sequences meet.
pub fn relation_name(schema: &str, name: &str) -> ObjectId {
    ObjectId::new("relation", [schema, name])
}

/// The name that a type takes in `pg_type`; every table and view has a row type of its name.
pub fn type_name(schema: &str, name: &str) -> ObjectId {
    ObjectId::new("type", [schema, name])
}

/// The name that a function, procedure or aggregate takes in `pg_proc`: its input types, as
/// `(integer, text)`, are part of it.
pub fn routine_name(schema: &str, name: &str, signature: &str) -> ObjectId {
    ObjectId::new("routine", [schema, name]).with_signature(signature)
}

/// Renames an object that has a schema, or moves it to another schema, or both.
pub fn rename_or_move(word: &str, from: &ObjectId, to: &ObjectId) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut here = from.clone();
    if from.path[0] != to.path[0] {
        let sql = format!("ALTER {word} {} SET SCHEMA {}", here.sql_name(), Ident(&to.path[0]));
        statements.push(Statement::new(sql));
        here.path[0] = to.path[0].clone();
    }
    if from.name() != to.name() {
        let sql = format!("ALTER {word} {} RENAME TO {}", here.sql_name(), Ident(to.name()));
        statements.push(Statement::new(sql));
    }
    for statement in &mut statements {
        statement.hazards.push(Hazard {
            kind: HazardKind::BreaksClients,
            object: from.clone(),
            effect: "programs that use the old name fail".into(),
        });
    }
    statements
}

/// SQL that is true for what belongs to no extension: `oid` of the catalog `class`.
pub fn not_from_extension(class: &str, oid: &str) -> String {
    format!(
        "{oid} not in (select e.objid from pg_catalog.pg_depend e where e.classid = 'pg_catalog.{class}'::regclass \
         and e.refclassid = 'pg_catalog.pg_extension'::regclass and e.deptype = 'e')"
    )
}

/// `pg_class`'s own OID, `classid` of relations and columns (`src/include/catalog/pg_class.h`).
pub const PG_CLASS: u32 = 1259;
/// `pg_inherits`' own OID (`src/include/catalog/pg_inherits.h`).
pub const PG_INHERITS: u32 = 2611;
/// `pg_proc`'s own OID (`src/include/catalog/pg_proc.h`).
pub const PG_PROC: u32 = 1255;
/// `pg_trigger`'s own OID (`src/include/catalog/pg_trigger.h`).
pub const PG_TRIGGER: u32 = 2620;
/// `pg_policy`'s own OID (`src/include/catalog/pg_policy.h`).
pub const PG_POLICY: u32 = 3256;
/// `pg_rewrite`'s own OID (`src/include/catalog/pg_rewrite.h`).
pub const PG_REWRITE: u32 = 2618;
/// `pg_event_trigger`'s own OID (`src/include/catalog/pg_event_trigger.h`).
pub const PG_EVENT_TRIGGER: u32 = 3466;
/// `pg_statistic_ext`'s own OID (`src/include/catalog/pg_statistic_ext.h`).
pub const PG_STATISTIC_EXT: u32 = 3381;
/// `pg_operator`'s own OID (`src/include/catalog/pg_operator.h`).
pub const PG_OPERATOR: u32 = 2617;
/// `pg_ts_config`'s own OID (`src/include/catalog/pg_ts_config.h`).
pub const PG_TS_CONFIG: u32 = 3602;
/// `pg_ts_dict`'s own OID (`src/include/catalog/pg_ts_dict.h`).
pub const PG_TS_DICT: u32 = 3600;
/// `pg_language`'s own OID (`src/include/catalog/pg_language.h`).
pub const PG_LANGUAGE: u32 = 2612;
/// `pg_amop`'s own OID (`src/include/catalog/pg_amop.h`).
pub const PG_AMOP: u32 = 2602;
/// `pg_amproc`'s own OID (`src/include/catalog/pg_amproc.h`).
pub const PG_AMPROC: u32 = 2603;
/// `pg_attrdef`'s own OID (`src/include/catalog/pg_attrdef.h`).
pub const PG_ATTRDEF: u32 = 2604;
/// `pg_constraint`'s own OID (`src/include/catalog/pg_constraint.h`).
pub const PG_CONSTRAINT: u32 = 2606;

/// `pg_type`'s own OID (`src/include/catalog/pg_type.h`).
pub const PG_TYPE: u32 = 1247;
/// `pg_namespace`'s own OID (`src/include/catalog/pg_namespace.h`).
pub const PG_NAMESPACE: u32 = 2615;
/// `pg_collation`'s own OID (`src/include/catalog/pg_collation.h`).
pub const PG_COLLATION: u32 = 3456;
/// `pg_extension`'s own OID (`src/include/catalog/pg_extension.h`).
pub const PG_EXTENSION: u32 = 3079;
/// `pg_foreign_data_wrapper`'s own OID (`src/include/catalog/pg_foreign_data_wrapper.h`).
pub const PG_FOREIGN_DATA_WRAPPER: u32 = 2328;
/// `pg_foreign_server`'s own OID (`src/include/catalog/pg_foreign_server.h`).
pub const PG_FOREIGN_SERVER: u32 = 1417;
/// `pg_user_mapping`'s own OID (`src/include/catalog/pg_user_mapping.h`).
pub const PG_USER_MAPPING: u32 = 1418;
/// `pg_publication`'s own OID (`src/include/catalog/pg_publication.h`).
pub const PG_PUBLICATION: u32 = 6104;
/// `pg_publication_rel`'s own OID (`src/include/catalog/pg_publication_rel.h`).
pub const PG_PUBLICATION_REL: u32 = 6106;
/// `pg_publication_namespace`'s own OID (`src/include/catalog/pg_publication_namespace.h`).
pub const PG_PUBLICATION_NAMESPACE: u32 = 6237;
/// `pg_subscription`'s own OID (`src/include/catalog/pg_subscription.h`).
pub const PG_SUBSCRIPTION: u32 = 6100;
