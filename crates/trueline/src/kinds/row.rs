//! How rows of the system catalogs become objects.

use tokio_postgres::types::FromSql;

use crate::catalog::ObjectId;

/// A system catalog address: `classid`, `objid`, `objsubid` as in `pg_depend`.
pub type Address = (u32, u32, i32);

/// One object as read from a database.
pub struct Found<D> {
    /// Its address, for `pg_depend`.
    pub address: Address,
    /// Its name.
    pub id: ObjectId,
    /// What it is a part of.
    pub parent: Option<ObjectId>,
    /// What it is.
    pub definition: D,
    /// Rows of `pg_depend` (depender, referenced) that this object stands for, although they are
    /// recorded for another: a sequence's owning column.
    pub claims: Vec<(Address, Address)>,
    /// Likewise; and PostgreSQL drops the depender with the referenced only while this object is there.
    pub ties: Vec<(Address, Address)>,
    /// Rows of `pg_depend` whose referenced object is this one, although another has its address: a base type's
    /// own functions need no more of it than its shell.
    pub suffices: Vec<(Address, Address)>,
    /// Objects that must exist before, although `pg_depend` does not say so.
    pub needs: Vec<ObjectId>,
}

impl<D> Found<D> {
    /// An object with no claims and no needs of its own.
    pub fn new(address: Address, id: ObjectId, parent: Option<ObjectId>, definition: D) -> Self {
        Self {
            address,
            id,
            parent,
            definition,
            claims: Vec::new(),
            ties: Vec::new(),
            suffices: Vec::new(),
            needs: Vec::new(),
        }
    }
}

/// Reads one row's columns from left to right.
pub struct RowReader<'a> {
    row: &'a tokio_postgres::Row,
    next: usize,
}

impl<'a> RowReader<'a> {
    /// At the first column.
    pub fn new(row: &'a tokio_postgres::Row) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    ///
    /// # Errors
    /// The column's type is not the one asked for, or there is no further column.
    pub fn take<T: FromSql<'a>>(&mut self) -> Result<T, tokio_postgres::Error> {
        let index = self.next;
        self.next += 1;
        self.row.try_get(index)
    }
}

/// Definitions that are read from a row, field by field in their order.
pub trait FromRow: Sized {
    /// # Errors
    /// A column is missing or has another type.
    fn from_row(row: &mut RowReader<'_>) -> Result<Self, tokio_postgres::Error>;
    /// Each field with its type's name, in their order.
    fn fields() -> &'static [(&'static str, &'static str)];
}

/// Declares a definition: a struct whose fields are the query's columns, in their order.
macro_rules! definition {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

        impl $crate::kinds::FromRow for $name {
            fn from_row(_row: &mut $crate::kinds::RowReader<'_>) -> Result<Self, tokio_postgres::Error> {
                Ok(Self { $($field: _row.take()?,)* })
            }

            fn fields() -> &'static [(&'static str, &'static str)] {
                &[$((stringify!($field), stringify!($type))),*]
            }
        }
    };
}
pub(crate) use definition;

/// Names of objects already read, for the kinds that are attached to objects of any kind.
pub trait Names {
    /// The object at an address, and whether that is its own address or one of a part of it.
    fn at(&self, address: Address) -> Option<&ObjectId>;
}
