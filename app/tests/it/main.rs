//! The service as a user runs it: the built binary on a real server, spoken to over HTTP.

mod api;
mod outage;
mod startup;
mod support;
