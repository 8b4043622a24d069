//! The list of kinds. Parents stand before their children: objects are read and created in this order
//! where dependencies leave a choice.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{
    AnyKind, access_method, aggregate, base_type, cast, collation, column, comment, composite, constraint,
    conversion, default, default_privileges, domain, domain_constraint, enumeration, event_trigger,
    extension, foreign_data_wrapper, foreign_table, index, index_attachment, inheritance, language,
    materialized_view, operator, operator_class, operator_family, owner, partition, policy, privileges,
    publication, range, routine, rule, schema, security_label, sequence, sequence_owner, server, shell_type,
    statistics, subscription, table, table_type, text_search, transform, trigger, trigger_state, unmodelled,
    user_mapping, view,
};

static KINDS: &[&dyn AnyKind] = &[
    &default_privileges::DefaultPrivileges,
    &schema::Schema,
    &extension::Extension,
    &collation::Collation,
    &enumeration::Enum,
    &domain::Domain,
    &domain_constraint::DomainConstraint,
    &composite::CompositeType,
    &range::Range,
    &shell_type::ShellType,
    &base_type::BaseType,
    &sequence::Sequence,
    &language::Language,
    &access_method::AccessMethod,
    &foreign_data_wrapper::ForeignDataWrapper,
    &server::Server,
    &user_mapping::UserMapping,
    &table::Table,
    &foreign_table::ForeignTable,
    &routine::Routine::<{ routine::FUNCTION }>,
    &routine::Routine::<{ routine::PROCEDURE }>,
    &aggregate::Aggregate,
    &operator::Operator,
    &operator_family::OperatorFamily,
    &operator_family::OperatorFamilyMember,
    &operator_class::OperatorClass,
    &cast::Cast,
    &conversion::Conversion,
    &transform::Transform,
    &text_search::Parser,
    &text_search::Template,
    &text_search::dictionary::Dictionary,
    &text_search::configuration::Configuration,
    &view::View,
    &materialized_view::MaterializedView,
    &column::Column,
    &sequence_owner::SequenceOwner,
    &default::Default,
    &constraint::Constraint,
    &table_type::TableType,
    &partition::Partition,
    &inheritance::Inheritance,
    &index::Index,
    &index_attachment::IndexAttachment,
    &statistics::Statistics,
    &trigger::Trigger,
    &trigger_state::TriggerState,
    &rule::Rule,
    &policy::Policy,
    &event_trigger::EventTrigger,
    &publication::Publication,
    &publication::member::PublicationTable,
    &publication::member::PublicationSchema,
    &subscription::Subscription,
    &comment::Comment,
    &security_label::SecurityLabel,
    &owner::Owner,
    &privileges::Privileges,
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
    static PLACES: LazyLock<HashMap<&str, usize>> =
        LazyLock::new(|| KINDS.iter().enumerate().map(|(place, kind)| (kind.name(), place)).collect());
    PLACES.get(name).copied()
}
