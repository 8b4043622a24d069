//! The paths: `/healthz`, `/requests`, `/site_visits`; everything else is 404 or 405, said in JSON.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Json, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value};

use crate::database::Database;
use crate::error::ApiError;
use crate::resource::{Field, Page, Resource, Shape};

/// The largest body in bytes.
const LARGEST_BODY: usize = 256 * 1024;

static REQUESTS: Resource = Resource {
    table: "requests",
    fields: &[
        Field::optional("request_id", Shape::Text),
        Field::optional("status", Shape::Text),
        Field::optional("salesperson_first_name", Shape::Text),
        Field::optional("salesperson_selection", Shape::Text),
        Field::optional("mine_group", Shape::Text),
        Field::optional("mine_name", Shape::Text),
        Field::optional("contact", Shape::Object),
        Field::optional("line_items", Shape::Array),
        Field::optional("comment", Shape::Text),
        Field::optional("pipedrive_deal_id", Shape::Integer),
    ],
};

static SITE_VISITS: Resource = Resource {
    table: "site_visits",
    fields: &[
        Field::optional("date", Shape::Date),
        Field::required("salesperson", Shape::Text),
        Field::required("planned_mines", Shape::Texts),
        Field::required("main_purpose", Shape::Text),
        Field::required("availability", Shape::Text),
        Field::optional("comments", Shape::Text),
    ],
};

type Shared = State<Arc<Database>>;
type Body = Result<Json<Map<String, Value>>, JsonRejection>;
type Paging = Result<Query<Page>, QueryRejection>;

/// The service on this database.
pub fn router(database: Database) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .merge(resource(&REQUESTS))
        .merge(resource(&SITE_VISITS))
        .fallback(async || ApiError::not_found("there is nothing at this path"))
        .method_not_allowed_fallback(async || {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not take this method")
        })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(Arc::new(database))
}

/// `GET` and `POST /TABLE`, `GET /TABLE/{id}`.
fn resource(resource: &'static Resource) -> Router<Arc<Database>> {
    let list = async move |State(database): Shared, page: Paging| {
        let Query(page) = page?;
        Ok::<_, ApiError>(json(StatusCode::OK, resource.list(&database, &page).await?))
    };
    let create = async move |State(database): Shared, body: Body| {
        let Json(body) = body?;
        let (id, row) = resource.create(&database, &body).await?;
        let location = [(header::LOCATION, format!("/{}/{id}", resource.table))];
        Ok::<_, ApiError>((location, json(StatusCode::CREATED, row)))
    };
    let one = async move |State(database): Shared, id: Result<Path<String>, PathRejection>| {
        let Path(id) = id?;
        Ok::<_, ApiError>(json(StatusCode::OK, resource.get(&database, &id).await?))
    };
    Router::new()
        .route(&format!("/{}", resource.table), get(list).post(create))
        .route(&format!("/{}/{{id}}", resource.table), get(one))
}

/// 200 when the database answers, else 503.
async fn health(State(database): Shared) -> Result<Response, ApiError> {
    database.query("SELECT 1", &[]).await?;
    Ok(json(StatusCode::OK, r#"{"status":"ok"}"#.to_owned()))
}

/// A response of text that is JSON already.
fn json(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
