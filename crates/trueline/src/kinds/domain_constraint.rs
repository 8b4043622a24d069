//! Check constraints of domains.

use super::{
    Alteration, Context, Disturbance, Fold, Found, FromRow, Kind, Names, PG_CONSTRAINT, PG_TYPE, Piece,
    Reaction, RowReader, Statement, definition, domain, not_from_extension,
};
use crate::catalog::ObjectId;
use crate::hazard::HazardKind;

/// The registered kind.
pub struct DomainConstraint;

definition! {
    /// `pg_constraint`, for a domain.
    pub struct DomainConstraintDefinition {
        /// `pg_get_constraintdef`, without `NOT VALID`.
        pub definition: String,
        /// `convalidated`.
        pub validated: bool,
    }
}

fn alter_domain(id: &ObjectId, clause: &str) -> Statement {
    Statement::new(format!("ALTER DOMAIN {} {clause}", id.sql_container()))
}

fn validate(id: &ObjectId) -> Statement {
    let effect = "fails if a value violates it";
    alter_domain(id, &format!("VALIDATE CONSTRAINT {}", id.sql_last())).hazard(
        HazardKind::DataDependent,
        id,
        effect,
    )
}

impl DomainConstraintDefinition {
    fn clause(&self, id: &ObjectId) -> String {
        format!("CONSTRAINT {} {}", id.sql_last(), self.definition)
    }

    fn add(&self, id: &ObjectId) -> Statement {
        let suffix = if self.validated { "" } else { " NOT VALID" };
        alter_domain(id, &format!("ADD {}{suffix}", self.clause(id)))
    }

    fn piece(&self, id: &ObjectId) -> Piece {
        if self.validated {
            Piece::new((0, 0), self.clause(id), Vec::new())
        } else {
            // CREATE DOMAIN has no NOT VALID.
            Piece::new((1, 0), "", vec![self.add(id)])
        }
    }
}

/// The constraints of a domain that is made anew in the place of the current one: those that the plan
/// leaves as they are, and those that [`carried`] says.
pub fn kept(cx: &Context<'_>, domain: &ObjectId) -> Vec<Piece> {
    let constraint = |id: &ObjectId| {
        let stays = cx.current.objects.contains_key(id) && !cx.is_new(id);
        let from = if stays { cx.current } else { cx.desired };
        let definition = from.get::<DomainConstraintDefinition>(id)?;
        (stays || carried(cx, id)).then(|| definition.piece(id))
    };
    let mut pieces: Vec<Piece> = cx.desired.children(domain).filter_map(|(id, _)| constraint(id)).collect();
    pieces.sort_by_key(|piece| piece.order);
    pieces
}

/// Whether a new constraint comes with its domain, which is made anew anyway: PostgreSQL adds none to a
/// domain of which columns hold arrays (`get_rels_with_domain` in `typecmds.c`).
fn carried(cx: &Context<'_>, id: &ObjectId) -> bool {
    let domain = ObjectId::new("domain", id.container());
    let may_come =
        domain::is_held(cx.desired, &domain) || !cx.desired.dependencies(id).any(|on| cx.is_new(on));
    domain::is_rebuilt(cx, &domain) && may_come
}

impl Kind for DomainConstraint {
    type Definition = DomainConstraintDefinition;
    const NAME: &'static str = "domain constraint";
    const SOURCE: Option<&'static str> = Some("pg_constraint where contypid <> 0 and oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select k.oid, t.oid, n.nspname::text, t.typname::text, k.conname::text, \
             regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', ''), k.convalidated \
             from pg_catalog.pg_constraint k join pg_catalog.pg_type t on t.oid = k.contypid \
             join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
             where k.contype = 'c' and n.nspname = any($1) and {}",
            not_from_extension("pg_type", "t.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, domain) = (row.take()?, row.take()?);
        let (schema, name, constraint): (String, String, String) = (row.take()?, row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&schema, &name, &constraint]);
        let parent = names.at((PG_TYPE, domain, 0)).cloned();
        Ok(Some(Found::new((PG_CONSTRAINT, oid, 0), id, parent, DomainConstraintDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &DomainConstraintDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        if carried(cx, id) {
            return Vec::new();
        }
        if !new.validated {
            return vec![new.add(id)];
        }
        let not_valid = DomainConstraintDefinition { validated: false, ..new.clone() };
        vec![not_valid.add(id), validate(id).in_new_segment()]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &DomainConstraintDefinition) -> Vec<Statement> {
        vec![alter_domain(id, &format!("DROP CONSTRAINT {}", id.sql_last()))]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &DomainConstraintDefinition,
        new: &DomainConstraintDefinition,
    ) -> Alteration {
        let DomainConstraintDefinition { definition, validated } = new;
        if *definition != old.definition || !validated {
            return Alteration::Replace;
        }
        Alteration::InPlace(vec![validate(id)])
    }

    fn fold(&self, _cx: &Context<'_>, _id: &ObjectId, new: &DomainConstraintDefinition) -> Fold {
        if new.validated { Fold::Early } else { Fold::No }
    }

    fn piece(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &DomainConstraintDefinition,
        _pieces: &[Piece],
    ) -> Piece {
        new.piece(id)
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &DomainConstraintDefinition,
        on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            // The exchange of the domain makes it anew; over another type that changes, it has to go.
            Disturbance::Retyped if on.kind == "domain" => Reaction::Retyped,
            _ => Reaction::Replace,
        }
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        (from.container() == to.container()).then(|| {
            let (domain, old, new) = (from.sql_container(), from.sql_last(), to.sql_last());
            vec![Statement::new(format!("ALTER DOMAIN {domain} RENAME CONSTRAINT {old} TO {new}"))]
        })
    }
}
