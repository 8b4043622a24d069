//! The list of kinds. Parents stand before their children: objects are read and created in this order
//! where dependencies leave a choice.

use super::{
    AnyKind, collation, column, comment, composite, constraint, default, domain, domain_constraint,
    enumeration, extension, index, materialized_view, policy, range, routine, schema, sequence,
    sequence_owner, table, trigger, unmodelled, view,
};

static KINDS: &[&dyn AnyKind] = &[
    &schema::Schema,
    &extension::Extension,
    &collation::Collation,
    &enumeration::Enum,
    &domain::Domain,
    &domain_constraint::DomainConstraint,
    &composite::CompositeType,
    &range::Range,
    &sequence::Sequence,
    &table::Table,
    &routine::Routine::<{ routine::FUNCTION }>,
    &routine::Routine::<{ routine::PROCEDURE }>,
    &view::View,
    &materialized_view::MaterializedView,
    &column::Column,
    &sequence_owner::SequenceOwner,
    &default::Default,
    &constraint::Constraint,
    &index::Index,
    &trigger::Trigger,
    &policy::Policy,
    &comment::Comment,
    &unmodelled::Unmodelled,
];

/// Every kind, in registry order.
pub fn kinds() -> &'static [&'static dyn AnyKind] {
    KINDS
}

/// The kind of that name.
///
/// # Panics
/// There is none: every [`crate::catalog::ObjectId`] is made with a registered kind's name.
pub fn kind(name: &str) -> &'static dyn AnyKind {
    KINDS[rank(name)]
}

/// The kind's place in the registry.
///
/// # Panics
/// As [`kind`].
pub fn rank(name: &str) -> usize {
    find(name).unwrap_or_else(|| panic!("the kind `{name}` is not registered"))
}

/// The place of the kind of that name, if there is such a kind.
pub fn find(name: &str) -> Option<usize> {
    KINDS.iter().position(|kind| kind.name() == name)
}
