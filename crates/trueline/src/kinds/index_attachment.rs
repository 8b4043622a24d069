//! Indexes of partitions as parts of their parents' indexes, those of keys included.
//!
//! CREATE INDEX on a partitioned table makes indexes for the partitions that are there, and a partition
//! gets one for each index of its parent, under a name that PostgreSQL chooses. Where that is the
//! name wanted for all of them, a partition's indexes are made with the partition; elsewhere each is made by itself, and
//! attached.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_CLASS, PG_CONSTRAINT, Piece, Reaction,
    RowReader, Statement, definition, not_from_extension,
};
use crate::catalog::{Catalog, NotCompared, ObjectId, Order, Relative};
use crate::kinds::constraint::ConstraintDefinition;
use crate::kinds::index::IndexDefinition;

/// The registered kind.
pub struct IndexAttachment;

definition! {
    /// `pg_inherits`, from index to index.
    pub struct IndexAttachmentDefinition {
        /// The parent's index, quoted and qualified.
        pub of: String,
        /// Schema and name of the parent's index.
        pub of_path: NotCompared<Vec<String>>,
        /// Schema and name of the partitioned table.
        pub parent_table: NotCompared<Vec<String>>,
        /// Schema and name of the partition.
        pub table: NotCompared<Vec<String>>,
        /// What the index is for: `pkey`, `key`, `excl` or `idx`, as PostgreSQL ends its name.
        pub suffix: NotCompared<String>,
        /// The names of its columns.
        pub columns: NotCompared<Vec<String>>,
        /// Whether both indexes are the same but for their tables.
        pub alike: NotCompared<bool>,
    }
}

impl IndexAttachmentDefinition {
    /// The parent's index, or the constraint that has it.
    pub fn parent(&self, catalog: &Catalog) -> ObjectId {
        let index = ObjectId::new("index", &self.of_path.0);
        if catalog.objects.contains_key(&index) {
            return index;
        }
        let [schema, table] = self.parent_table.0.as_slice() else { return index };
        ObjectId::new("constraint", [schema, table, &self.of_path.0[1]])
    }

    fn partition(&self) -> ObjectId {
        ObjectId::new("partition", &self.table.0)
    }

    /// Whether PostgreSQL would give the index that name by itself, were nothing in its way.
    fn is_plain(&self, id: &ObjectId) -> bool {
        let table = self.table.0.last().map_or("", |name| name);
        self.alike.0 && plain_name(table, &self.columns.0, &self.suffix.0) == id.name()
    }
}

/// `ChooseIndexName` in `indexcmds.c`.
fn plain_name(table: &str, columns: &[String], suffix: &str) -> String {
    const NAME_BYTES: usize = 63;
    let mut names = String::new();
    if suffix != "pkey" {
        for column in columns {
            if !names.is_empty() {
                names.push('_');
            }
            names.push_str(column);
            if names.len() > NAME_BYTES {
                break;
            }
        }
    }
    let overhead = suffix.len() + 1 + usize::from(!names.is_empty());
    let (mut first, mut second) = (table.len(), names.len());
    while first + second > NAME_BYTES - overhead {
        if first > second { first -= 1 } else { second -= 1 }
    }
    let clip = |text: &str, length: usize| {
        let end = (0..=length).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text[..end].to_owned()
    };
    let (table, names) = (clip(table, first), clip(&names, second));
    if suffix == "pkey" { format!("{table}_{suffix}") } else { format!("{table}_{names}_{suffix}") }
}

/// The attachment of an index, or of the index of a constraint.
pub fn attachment_of<'a>(
    catalog: &'a Catalog,
    index: &ObjectId,
) -> Option<(ObjectId, &'a IndexAttachmentDefinition)> {
    let (schema, name) = (index.path.first()?, index.path.last()?);
    let id = ObjectId::new(IndexAttachment::NAME, [schema, name]);
    let definition = catalog.get(&id)?;
    Some((id, definition))
}

/// Whether PostgreSQL drops the index, or the constraint that has it, with its parent's.
pub fn falls_with_parent(cx: &Context<'_>, index: &ObjectId) -> bool {
    attachment_of(cx.current, index).is_some_and(|(_, attachment)| {
        let partition = attachment.partition();
        let is_kept = cx.desired.objects.contains_key(&partition) && !cx.is_new(&partition);
        is_kept && cx.is_dropped(&attachment.parent(cx.current))
    })
}

/// Whether PostgreSQL makes the index, or the constraint that has it, with its partition.
pub fn comes_with_partition(cx: &Context<'_>, index: &ObjectId) -> bool {
    let made_with = cx.desired.kinship.made_with.get(index);
    made_with.into_iter().flatten().any(|partition| cx.is_new(partition))
}

/// Whether a partition of the table is a foreign table. It has no indexes, and an index that is put together from those of
/// the partitions never becomes valid (`validatePartitionedIndex` in `tablecmds.c` counts all of them).
pub fn has_foreign_partition(catalog: &Catalog, table: &ObjectId) -> bool {
    catalog.kinship.heirs(table).iter().any(|heir| is_foreign(catalog, heir))
}

fn is_foreign(catalog: &Catalog, heir: &Relative) -> bool {
    catalog.objects.contains_key(&ObjectId::new("foreign table", &heir.table.path))
}

/// Whether the statement that makes the parent's index, or attachment's, makes this one, too.
pub fn comes_with_whole(cx: &Context<'_>, index: &ObjectId) -> bool {
    attachment_of(cx.desired, index).is_some_and(|(_, attachment)| {
        let table = ObjectId::new("table", &attachment.parent_table.0);
        has_foreign_partition(cx.desired, &table) && cx.is_new(&attachment.parent(cx.desired))
    })
}

/// An index of a partition, as its parent's index sees it.
struct Copy<'a> {
    id: &'a ObjectId,
    index: &'a ObjectId,
    definition: &'a IndexAttachmentDefinition,
}

impl Kind for IndexAttachment {
    type Definition = IndexAttachmentDefinition;
    const NAME: &'static str = "index attachment";

    fn query(&self, _major: u32) -> Option<String> {
        let body = |index: &str, table: &str| {
            format!(
                "replace(pg_catalog.pg_get_indexdef({index}.oid), \
                 ' INDEX ' || quote_ident({index}.relname) || ' ON ' \
                 || case when {index}.relkind = 'I' then 'ONLY ' else '' end \
                 || quote_ident({table}n.nspname) || '.' || quote_ident({table}.relname) || ' USING ', ' ')"
            )
        };
        Some(format!(
            "select x.oid, k.oid, p.oid, pk.oid, n.nspname::text, x.relname::text, \
             quote_ident(pn.nspname) || '.' || quote_ident(p.relname), array[pn.nspname::text, p.relname::text], \
             array[un.nspname::text, u.relname::text], array[tn.nspname::text, t.relname::text], \
             case k.contype when 'p' then 'pkey' when 'u' then 'key' when 'x' then 'excl' else 'idx' end, \
             array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = x.oid order by a.attnum), \
             {} = {} and (k.condeferrable, k.condeferred) is not distinct from (pk.condeferrable, pk.condeferred) \
             from pg_catalog.pg_inherits h join pg_catalog.pg_class x on x.oid = h.inhrelid and x.relkind in ('i', 'I') \
             join pg_catalog.pg_namespace n on n.oid = x.relnamespace \
             join pg_catalog.pg_index i on i.indexrelid = x.oid \
             join pg_catalog.pg_class t on t.oid = i.indrelid \
             join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace \
             join pg_catalog.pg_class p on p.oid = h.inhparent \
             join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace \
             join pg_catalog.pg_index pi on pi.indexrelid = p.oid \
             join pg_catalog.pg_class u on u.oid = pi.indrelid \
             join pg_catalog.pg_namespace un on un.oid = u.relnamespace \
             left join pg_catalog.pg_constraint k on k.conindid = x.oid and k.contype in ('p', 'u', 'x') \
             left join pg_catalog.pg_constraint pk on pk.conindid = p.oid and pk.contype in ('p', 'u', 'x') \
             where n.nspname = any($1) and {}",
            body("x", "t"),
            body("p", "u"),
            not_from_extension("pg_class", "t.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, constraint): (u32, Option<u32>) = (row.take()?, row.take()?);
        let (parent, parent_constraint): (u32, Option<u32>) = (row.take()?, row.take()?);
        let (schema, name): (String, String) = (row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        let of = |index: u32, constraint: Option<u32>| {
            constraint.map_or((PG_CLASS, index, 0), |constraint| (PG_CONSTRAINT, constraint, 0))
        };
        let whole = names.at(of(oid, constraint)).cloned();
        let definition = IndexAttachmentDefinition::from_row(row)?;
        let mut found = Found::new((super::PG_INHERITS, oid, 1), id, whole, definition);
        found.ties.push(((PG_CLASS, oid, 0), (PG_CLASS, parent, 0)));
        if let (Some(constraint), Some(parent)) = (constraint, parent_constraint) {
            found.ties.push(((PG_CONSTRAINT, constraint, 0), (PG_CONSTRAINT, parent, 0)));
        }
        Ok(Some(found))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &IndexAttachmentDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let IndexAttachmentDefinition {
            of,
            of_path: _,
            parent_table: _,
            table: _,
            suffix: _,
            columns: _,
            alike: _,
        } = new;
        let parent = new.parent(cx.desired);
        if comes_with_whole(cx, id) {
            return Vec::new();
        }
        // A partition that is attached now finds its indexes by itself, where its parent has them already.
        let is_found = cx.is_new(&new.partition())
            && (!cx.is_new(&parent) || !cx.desired.kinship.apart.contains(&parent));
        if is_found {
            return Vec::new();
        }
        vec![Statement::new(format!("ALTER INDEX {of} ATTACH PARTITION {}", id.sql_name()))]
    }

    /// An index is detached with its table, and dropped with its parent's index: no statement does it.
    fn drop(&self, _cx: &Context<'_>, _id: &ObjectId, _old: &IndexAttachmentDefinition) -> Vec<Statement> {
        Vec::new()
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        _old: &IndexAttachmentDefinition,
        new: &IndexAttachmentDefinition,
    ) -> Alteration {
        let IndexAttachmentDefinition {
            of: _,
            of_path: _,
            parent_table: _,
            table: _,
            suffix: _,
            columns: _,
            alike: _,
        } = new;
        Alteration::Replace
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &IndexAttachmentDefinition,
        _on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
        }
    }

    fn orders(&self, catalog: &Catalog) -> Vec<Order> {
        let mut copies: BTreeMap<ObjectId, Vec<Copy<'_>>> = BTreeMap::new();
        for (id, object) in catalog.objects.iter().filter(|(id, _)| id.kind == Self::NAME) {
            if let (Some(index), Some(definition)) = (&object.parent, catalog.get(id)) {
                let definition: &IndexAttachmentDefinition = definition;
                copies.entry(definition.parent(catalog)).or_default().push(Copy { id, index, definition });
            }
        }
        let apart = apart(catalog, &copies);
        let mut orders = Vec::new();
        for (index, table) in of_partitioned_tables(catalog) {
            let copies = copies.remove(index).unwrap_or_default();
            let partitions = partitions_of(catalog, table);
            let is_apart = apart.contains(index);
            if is_apart {
                orders.push(Order::Apart(index.clone()));
                // A partition that has none must not be given one.
                let waits = partitions.iter().map(|partition| partition.by.clone());
                orders.extend(waits.map(|by| Order::WaitsFor(index.clone(), by)));
            }
            for copy in copies {
                let partition = copy.definition.partition();
                orders.push(Order::WaitsFor(copy.id.clone(), partition.clone()));
                orders.push(Order::FallsWith(copy.index.clone(), index.clone(), partition.clone()));
                if is_apart {
                    orders.push(Order::Needs(partition, copy.index.clone()));
                } else {
                    orders.push(Order::Needs(partition.clone(), index.clone()));
                    orders.push(Order::MadeWith(copy.index.clone(), partition));
                }
            }
        }
        orders
    }
}

/// The indexes of partitioned tables that PostgreSQL would not make as they are, with all below them.
fn apart<'a>(catalog: &'a Catalog, copies: &BTreeMap<ObjectId, Vec<Copy<'a>>>) -> BTreeSet<&'a ObjectId> {
    let loose = loose_indexes(catalog);
    let mut apart = BTreeSet::new();
    let mut whole: Vec<(&ObjectId, &[Copy<'a>])> = Vec::new();
    for (index, table) in of_partitioned_tables(catalog) {
        let copies = copies.get(index).map_or(&[][..], Vec::as_slice);
        let partitions = partitions_of(catalog, table);
        let all_plain = copies.iter().all(|copy| copy.definition.is_plain(copy.id));
        let has_twin = catalog.get::<IndexDefinition>(index).is_some_and(|whole| {
            let own = partitions.iter().filter_map(|partition| loose.get(&partition.table));
            own.flatten().any(|own| own.is_alike(whole))
        });
        if copies.len() < partitions.len() || !all_plain || has_twin {
            apart.insert(index);
        } else {
            whole.push((index, copies));
        }
    }
    loop {
        let before = whole.len();
        whole.retain(|(index, copies)| {
            let has_apart = copies.iter().any(|copy| apart.contains(copy.index));
            if has_apart {
                apart.insert(*index);
            }
            !has_apart
        });
        if whole.len() == before {
            return apart;
        }
    }
}

/// The partitions that can have indexes.
fn partitions_of<'a>(catalog: &'a Catalog, table: &ObjectId) -> Vec<&'a Relative> {
    catalog.kinship.heirs(table).iter().filter(|heir| !is_foreign(catalog, heir)).collect()
}

/// The indexes that are no parts of others, by their tables: PostgreSQL takes the first that fits when a parent's index
/// is made, or a partition attached (`DefineIndex` in `indexcmds.c`, `AttachPartitionEnsureIndexes` in `tablecmds.c`).
fn loose_indexes(catalog: &Catalog) -> BTreeMap<&ObjectId, Vec<&IndexDefinition>> {
    let mut loose: BTreeMap<&ObjectId, Vec<&IndexDefinition>> = BTreeMap::new();
    for (id, object) in catalog.objects.iter().filter(|(id, _)| id.kind == "index") {
        if let (Some(table), Some(index), None) =
            (&object.parent, catalog.get(id), attachment_of(catalog, id))
        {
            loose.entry(table).or_default().push(index);
        }
    }
    loose
}

/// The indexes of tables that have partitions, and the constraints that have an index, with their tables.
fn of_partitioned_tables(catalog: &Catalog) -> impl Iterator<Item = (&ObjectId, &ObjectId)> {
    let has_index = |id: &ObjectId| {
        id.kind == "index"
            || catalog.get::<ConstraintDefinition>(id).is_some_and(ConstraintDefinition::is_index)
    };
    let is_partitioned = |table: &ObjectId| {
        catalog.kinship.heirs(table).first().is_some_and(|heir| heir.by.kind == "partition")
    };
    let of_table = catalog.objects.iter().filter_map(|(id, object)| Some((id, object.parent.as_ref()?)));
    of_table.filter(move |(id, table)| is_partitioned(table) && has_index(id))
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn names_are_chosen_as_postgresql_does() {
        let name = |table: &str, columns: &[&str], suffix: &str| {
            let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
            plain_name(table, &columns, suffix)
        };
        assert_eq!(name("t", &["a"], "pkey"), "t_pkey");
        assert_eq!(name("t", &["a", "b"], "key"), "t_a_b_key");
        let long = "x".repeat(60);
        assert_eq!(name(&long, &["abc"], "idx"), format!("{}_abc_idx", "x".repeat(55)));
        assert_eq!(name(&long, &[&long], "idx").len(), 63);
    }
}
