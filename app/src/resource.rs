//! A table as an HTTP resource: list, get, create, as JSON that PostgreSQL itself writes and reads.
//!
//! A resource says which fields a client may set and of which JSON type each is; types beyond JSON's
//! (dates, enums, ranges of numbers) are PostgreSQL's to judge. Names in SQL come from the constants
//! here, never from a client.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use trueline_driver::tokio_postgres::types::Type;

use crate::database::Database;
use crate::error::ApiError;

/// The most rows that one page may hold.
const LARGEST_PAGE: u32 = 100;

/// What JSON a field takes. All take `null`, where the column does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Text,
    /// A string `YYYY-MM-DD`: PostgreSQL would take more, and guess.
    Date,
    /// A whole number.
    Integer,
    /// An array of strings.
    Texts,
    /// Any object.
    Object,
    /// Any array.
    Array,
}

impl Shape {
    fn accepts(self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null)
            | (Self::Text, Value::String(_))
            | (Self::Object, Value::Object(_))
            | (Self::Array, Value::Array(_)) => true,
            (Self::Date, Value::String(text)) => is_date(text),
            (Self::Integer, Value::Number(number)) => number.is_i64(),
            (Self::Texts, Value::Array(items)) => items.iter().all(Value::is_string),
            _ => false,
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Date => "a date, like \"2026-01-31\"",
            Self::Integer => "a whole number",
            Self::Texts => "an array of strings",
            Self::Object => "an object",
            Self::Array => "an array",
        }
    }
}

fn is_date(text: &str) -> bool {
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts[..], [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2))
}

/// A column that a client may set.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name, in JSON and in the table.
    pub name: &'static str,
    /// What JSON it takes.
    pub shape: Shape,
    /// Must a new row have it?
    pub required: bool,
}

impl Field {
    /// A field that a new row may leave out.
    pub const fn optional(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, required: false }
    }

    /// A field that a new row must have.
    pub const fn required(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, required: true }
    }
}

/// A table and what a client may do with it.
#[derive(Debug)]
pub struct Resource {
    /// The table in `public`, and its name in paths.
    pub table: &'static str,
    /// What a client may set.
    pub fields: &'static [Field],
}

/// Which rows to list: `?limit=…&after=ID`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    #[serde(default = "Page::default_limit")]
    limit: u32,
    /// The `next` of the page before.
    after: Option<String>,
}

impl Page {
    fn default_limit() -> u32 {
        20
    }
}

impl Resource {
    /// `{"items": […], "next": ID or null}`, the newest first.
    pub async fn list(&self, database: &Database, page: &Page) -> Result<String, ApiError> {
        if !(1..=LARGEST_PAGE).contains(&page.limit) {
            let message = format!("`limit` must be from 1 to {LARGEST_PAGE}");
            return Err(ApiError::new(StatusCode::BAD_REQUEST, message));
        }
        let after = page.after.as_deref().map(|id| uuid("after", id)).transpose()?;
        let table = self.table;
        // Rows without a time are the oldest. One row more than asked for tells whether there is a next page.
        let statement = format!(
            "SELECT id::text, row_to_json(t)::text FROM public.{table} t WHERE $1 IS NULL \
             OR (coalesce(created_at, '-infinity'), id) < \
             (SELECT coalesce(created_at, '-infinity'), id FROM public.{table} WHERE id = $1::uuid) \
             ORDER BY coalesce(created_at, '-infinity') DESC, id DESC LIMIT $2"
        );
        let limit = i64::from(page.limit) + 1;
        let rows = database.query(&statement, &[(&after, Type::TEXT), (&limit, Type::INT8)]).await?;
        let shown = &rows[..rows.len().min(page.limit as usize)];
        let items: Vec<&str> = shown.iter().map(|row| row.get(1)).collect();
        let last = shown.last().filter(|_| rows.len() > shown.len());
        let next = Value::from(last.map(|row| row.get::<_, String>(0)));
        Ok(format!(r#"{{"items":[{}],"next":{next}}}"#, items.join(",")))
    }

    /// The row as JSON.
    pub async fn get(&self, database: &Database, id: &str) -> Result<String, ApiError> {
        let id = uuid("id", id)?;
        let statement =
            format!("SELECT row_to_json(t)::text FROM public.{} t WHERE id = $1::uuid", self.table);
        let rows = database.query(&statement, &[(&id, Type::TEXT)]).await?;
        match rows.first() {
            Some(row) => Ok(row.get(0)),
            None => Err(ApiError::not_found(format!("no row of `{}` has the id `{id}`", self.table))),
        }
    }

    /// Makes a row of `body`, its other columns by their defaults. Returns its id, and itself as JSON.
    pub async fn create(
        &self,
        database: &Database,
        body: &Map<String, Value>,
    ) -> Result<(String, String), ApiError> {
        self.check(body)?;
        let columns: Vec<&str> =
            self.fields.iter().map(|field| field.name).filter(|name| body.contains_key(*name)).collect();
        let (table, columns) = (self.table, columns.join(", "));
        let returning = "RETURNING id::text, row_to_json(t)::text";
        let rows = if columns.is_empty() {
            database
                .query(&format!("INSERT INTO public.{table} AS t DEFAULT VALUES {returning}"), &[])
                .await?
        } else {
            let statement = format!(
                "INSERT INTO public.{table} AS t ({columns}) SELECT {columns} \
                 FROM jsonb_populate_record(NULL::public.{table}, $1::jsonb) {returning}"
            );
            let body = serde_json::json!(body).to_string();
            database.query(&statement, &[(&body, Type::TEXT)]).await?
        };
        match rows.first() {
            Some(row) => Ok((row.get(0), row.get(1))),
            None => Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "the database kept no row")),
        }
    }

    /// Everything that is wrong with the body's fields, at once.
    fn check(&self, body: &Map<String, Value>) -> Result<(), ApiError> {
        let mut faults = Vec::new();
        for (name, value) in body {
            match self.fields.iter().find(|field| field.name == name) {
                None => faults.push(format!("`{name}` is not a field of `{}`", self.table)),
                Some(field) if !field.shape.accepts(value) => {
                    faults.push(format!("`{name}` must be {}", field.shape.in_words()));
                }
                Some(_) => {}
            }
        }
        for field in self.fields.iter().filter(|field| field.required && !body.contains_key(field.name)) {
            faults.push(format!("`{}` is missing", field.name));
        }
        if faults.is_empty() { Ok(()) } else { Err(ApiError::unprocessable(faults.join("; "))) }
    }
}

/// The text if it is a UUID in its usual form.
fn uuid(name: &str, text: &str) -> Result<String, ApiError> {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let hex = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if lengths == [8, 4, 4, 4, 12] && hex {
        return Ok(text.to_lowercase());
    }
    Err(ApiError::new(StatusCode::BAD_REQUEST, format!("`{name}` is not a UUID")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_accept_what_their_columns_take() {
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        for (shape, accepted, refused) in [
            (Shape::Text, "\"a\"", "1"),
            (Shape::Date, "\"2026-01-31\"", "\"31/01/2026\""),
            (Shape::Date, "null", "\"infinity\""),
            (Shape::Integer, "-5", "1.5"),
            (Shape::Texts, "[\"a\"]", "[\"a\", 1]"),
            (Shape::Object, "{}", "[]"),
            (Shape::Array, "[{}]", "{}"),
        ] {
            assert!(shape.accepts(&json(accepted)), "{shape:?} {accepted}");
            assert!(!shape.accepts(&json(refused)), "{shape:?} {refused}");
        }
    }

    #[test]
    fn a_uuid_has_one_form() {
        assert!(uuid("id", "6F1b0b6e-7a3c-4d8e-9f00-0123456789ab").is_ok());
        for text in
            ["", "x", "6f1b0b6e7a3c4d8e9f000123456789ab", "6f1b0b6e-7a3c-4d8e-9f00-0123456789ag", "' or 1=1"]
        {
            assert!(uuid("id", text).is_err(), "{text}");
        }
    }
}
