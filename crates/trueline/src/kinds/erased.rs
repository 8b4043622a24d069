//! A kind as everything generic sees it, its definitions' types erased.

use std::sync::Arc;

use super::{
    Alteration, Context, Disturbance, Fold, Found, FromRow, Kind, Names, Piece, Reaction, RowReader,
    Statement,
};
use crate::catalog::{Catalog, Definition, ObjectId, Order};
use crate::settings::Manage;

/// A kind, seen by everything generic.
pub trait AnyKind: Sync {
    /// See [`Kind::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Kind::SOURCE`].
    fn source(&self) -> Option<&'static str>;
    /// See [`Kind::query`].
    fn query(&self, major: u32) -> Option<String>;
    /// See [`Kind::read`].
    ///
    /// # Errors
    /// A column has an unexpected type, which is a bug of the query.
    fn read(
        &self,
        row: &tokio_postgres::Row,
        names: &dyn Names,
    ) -> Result<Option<Found<Arc<dyn Definition>>>, tokio_postgres::Error>;
    /// A definition from its JSON form.
    ///
    /// # Errors
    /// The JSON is not what [`Definition::to_json`] wrote.
    fn read_json(&self, json: &str) -> Result<Arc<dyn Definition>, serde_json::Error>;
    /// See [`Kind::create`].
    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &dyn Definition,
        pieces: &[Piece],
    ) -> Vec<Statement>;
    /// See [`Kind::drop`].
    fn drop(&self, cx: &Context<'_>, id: &ObjectId, old: &dyn Definition) -> Vec<Statement>;
    /// See [`Kind::alter`].
    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &dyn Definition,
        new: &dyn Definition,
    ) -> Alteration;
    /// See [`Kind::fold`].
    fn fold(&self, cx: &Context<'_>, id: &ObjectId, new: &dyn Definition) -> Fold;
    /// See [`Kind::piece`].
    fn piece(&self, cx: &Context<'_>, id: &ObjectId, new: &dyn Definition, pieces: &[Piece]) -> Piece;
    /// See [`Kind::reaction`].
    fn reaction(&self, id: &ObjectId, old: &dyn Definition, on: &ObjectId, how: Disturbance) -> Reaction;
    /// See [`Kind::occupies`].
    fn occupies(&self, id: &ObjectId, definition: &dyn Definition) -> Vec<ObjectId>;
    /// See [`Kind::text`].
    fn text<'a>(&self, definition: &'a dyn Definition) -> Option<&'a str>;
    /// See [`Kind::orders`].
    fn orders(&self, catalog: &Catalog) -> Vec<Order>;
    /// See [`Kind::rename`].
    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>>;
    /// See [`Kind::position`].
    fn position(&self, definition: &dyn Definition) -> Option<i32>;
    /// See [`Kind::holds_data`].
    fn holds_data(&self) -> bool;
    /// See [`Kind::has_privileges`].
    fn has_privileges(&self, definition: &dyn Definition) -> bool;
    /// See [`Kind::is_managed`].
    fn is_managed(&self, manage: Manage) -> bool;
    /// The fields of its definition that are recorded, but not compared.
    fn not_compared(&self) -> Vec<&'static str>;
    /// The fields that not every major keeps: null on one side is no difference.
    fn not_kept(&self) -> Vec<&'static str>;
}

/// The fields whose type begins so.
fn fields_of<K: Kind>(wrapper: &str) -> Vec<&'static str> {
    let fields = K::Definition::fields().iter();
    fields.filter(|(_, ty)| ty.starts_with(wrapper)).map(|(field, _)| *field).collect()
}

fn typed<K: Kind>(definition: &dyn Definition) -> &K::Definition {
    definition
        .as_any()
        .downcast_ref()
        .unwrap_or_else(|| panic!("an object of kind `{}` has another kind's definition", K::NAME))
}

impl<K: Kind> AnyKind for K {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn source(&self) -> Option<&'static str> {
        K::SOURCE
    }

    fn query(&self, major: u32) -> Option<String> {
        Kind::query(self, major)
    }

    fn read(
        &self,
        row: &tokio_postgres::Row,
        names: &dyn Names,
    ) -> Result<Option<Found<Arc<dyn Definition>>>, tokio_postgres::Error> {
        Ok(Kind::read(self, &mut RowReader::new(row), names)?.map(|found| Found {
            address: found.address,
            id: found.id,
            parent: found.parent,
            definition: Arc::new(found.definition) as Arc<dyn Definition>,
            claims: found.claims,
            ties: found.ties,
            suffices: found.suffices,
            needs: found.needs,
        }))
    }

    fn read_json(&self, json: &str) -> Result<Arc<dyn Definition>, serde_json::Error> {
        Ok(Arc::new(serde_json::from_str::<K::Definition>(json)?))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &dyn Definition,
        pieces: &[Piece],
    ) -> Vec<Statement> {
        Kind::create(self, cx, id, typed::<K>(new), pieces)
    }

    fn drop(&self, cx: &Context<'_>, id: &ObjectId, old: &dyn Definition) -> Vec<Statement> {
        Kind::drop(self, cx, id, typed::<K>(old))
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &dyn Definition,
        new: &dyn Definition,
    ) -> Alteration {
        Kind::alter(self, cx, id, typed::<K>(old), typed::<K>(new))
    }

    fn fold(&self, cx: &Context<'_>, id: &ObjectId, new: &dyn Definition) -> Fold {
        Kind::fold(self, cx, id, typed::<K>(new))
    }

    fn piece(&self, cx: &Context<'_>, id: &ObjectId, new: &dyn Definition, pieces: &[Piece]) -> Piece {
        Kind::piece(self, cx, id, typed::<K>(new), pieces)
    }

    fn reaction(&self, id: &ObjectId, old: &dyn Definition, on: &ObjectId, how: Disturbance) -> Reaction {
        Kind::reaction(self, id, typed::<K>(old), on, how)
    }

    fn occupies(&self, id: &ObjectId, definition: &dyn Definition) -> Vec<ObjectId> {
        Kind::occupies(self, id, typed::<K>(definition))
    }

    fn text<'a>(&self, definition: &'a dyn Definition) -> Option<&'a str> {
        Kind::text(self, typed::<K>(definition))
    }

    fn orders(&self, catalog: &Catalog) -> Vec<Order> {
        Kind::orders(self, catalog)
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Kind::rename(self, from, to)
    }

    fn position(&self, definition: &dyn Definition) -> Option<i32> {
        Kind::position(self, typed::<K>(definition))
    }

    fn holds_data(&self) -> bool {
        Kind::holds_data(self)
    }

    fn has_privileges(&self, definition: &dyn Definition) -> bool {
        Kind::has_privileges(self, typed::<K>(definition))
    }

    fn is_managed(&self, manage: Manage) -> bool {
        Kind::is_managed(self, manage)
    }

    fn not_compared(&self) -> Vec<&'static str> {
        fields_of::<K>("NotCompared")
    }

    fn not_kept(&self) -> Vec<&'static str> {
        fields_of::<K>("NotNullName")
    }
}
