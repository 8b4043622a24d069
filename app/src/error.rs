//! What a client is told when a request fails: a status and `{"error": …}`.
//!
//! PostgreSQL judges the values; which of its verdicts are the client's to fix is decided here, by
//! SQLSTATE. What is not goes to the log, not to the client.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use trueline_driver::tokio_postgres::error::{DbError, SqlState};

use crate::database::DatabaseError;

/// A failed request.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    message: String,
}

impl ApiError {
    /// With any status and text.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// The body is understood and not acceptable.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "error": self.message }).to_string();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<DatabaseError> for ApiError {
    fn from(error: DatabaseError) -> Self {
        let verdict = match &error {
            DatabaseError::Query(query) => query.db_error().and_then(verdict),
            DatabaseError::Connect(_) | DatabaseError::Timeout(_) => None,
        };
        if let Some(verdict) = verdict {
            return verdict;
        }
        eprintln!("error: {error}");
        if is_unavailable(&error) {
            return Self::new(StatusCode::SERVICE_UNAVAILABLE, "the database is not available, try again");
        }
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the database refused the statement")
    }
}

/// What the client can fix: <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn verdict(error: &DbError) -> Option<ApiError> {
    let code = error.code();
    if *code == SqlState::NOT_NULL_VIOLATION {
        let column = error.column().unwrap_or("a field");
        return Some(ApiError::unprocessable(format!("`{column}` must not be null")));
    }
    if *code == SqlState::UNIQUE_VIOLATION {
        let detail = error.detail().unwrap_or_else(|| error.message());
        return Some(ApiError::new(StatusCode::CONFLICT, detail));
    }
    // Class 22: the value does not fit the column's type. Class 23: a constraint forbids it.
    let is_about_values = code.code().starts_with("22") || code.code().starts_with("23");
    is_about_values.then(|| ApiError::unprocessable(error.message()))
}

/// Is it the connection or the server, not the statement? Class 08: connection; 53: resources; 57P:
/// shut down or starting.
fn is_unavailable(error: &DatabaseError) -> bool {
    let DatabaseError::Query(query) = error else { return true };
    match query.code() {
        Some(code) => ["08", "53", "57P"].iter().any(|class| code.code().starts_with(class)),
        None => query.error.is_closed() || query.cause.is_some(),
    }
}
