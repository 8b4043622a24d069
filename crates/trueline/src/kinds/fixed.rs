//! Kinds whose objects PostgreSQL cannot alter, their names apart: all that is known of one is its
//! CREATE statement, which the query itself puts together.

use super::{Alteration, Context, Found, FromRow, Kind, Names, Piece, RowReader, Statement, definition};
use crate::catalog::ObjectId;

definition! {
    /// The object as SQL.
    pub struct FixedDefinition {
        /// What makes it.
        pub create: String,
    }
}

/// A kind of such objects.
pub trait Fixed: Sync + 'static {
    /// See [`Kind::NAME`].
    const NAME: &'static str;

    /// See [`Kind::SOURCE`].
    const SOURCE: Option<&'static str> = None;

    /// OID, system catalog, path as an array, signature or null, CREATE statement; see [`Kind::query`].
    fn query(&self, major: u32) -> Option<String>;

    /// What the object is a part of: its schema, if it has one.
    fn parent(&self, id: &ObjectId) -> Option<ObjectId> {
        (id.path.len() == 2).then(|| ObjectId::new("schema", id.container()))
    }

    /// What removes it.
    fn drop(&self, id: &ObjectId) -> String {
        format!("DROP {} {}", Self::NAME.to_uppercase(), id.sql_name())
    }
}

impl<T: Fixed> Kind for T {
    type Definition = FixedDefinition;
    const NAME: &'static str = <T as Fixed>::NAME;
    const SOURCE: Option<&'static str> = <T as Fixed>::SOURCE;

    fn query(&self, major: u32) -> Option<String> {
        Fixed::query(self, major)
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, class): (u32, u32) = (row.take()?, row.take()?);
        let path: Vec<String> = row.take()?;
        let mut id = ObjectId::new(<T as Fixed>::NAME, path);
        if let Some(signature) = row.take::<Option<String>>()? {
            id = id.with_signature(signature);
        }
        let parent = self.parent(&id);
        Ok(Some(Found::new((class, oid, 0), id, parent, FixedDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        new: &FixedDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        vec![Statement::new(new.create.clone())]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &FixedDefinition) -> Vec<Statement> {
        vec![Statement::new(Fixed::drop(self, id))]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        _old: &FixedDefinition,
        _new: &FixedDefinition,
    ) -> Alteration {
        Alteration::Replace
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        (from.path.len() == 2 && from.signature == to.signature)
            .then(|| super::rename_or_move(&<T as Fixed>::NAME.to_uppercase(), from, to))
    }
}
