//! One request, from its head to its response's head.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio_util::sync::CancellationToken;

use super::call::call;
use super::headers;
use super::limits::{Admission, BoundedBody, Clients};
use super::respond::{self, Body, Refusal};
use super::stream::{GuestBody, OpenTicket};
use crate::manifest::Target;
use crate::manifest::route::{Match, Route, Router};
use crate::metrics::Metrics;
use crate::runtime::instance::Ticket;
use crate::runtime::pool::Instances;
use crate::settings::HttpLimits;

/// What answers on a route.
pub enum Service {
    /// A component.
    Component(Instances),
    /// A fixed response.
    Static(crate::manifest::StaticResponse),
}

/// Everything that requests share.
pub struct Front {
    router: Router<Service>,
    pub(super) limits: HttpLimits,
    admission: Admission,
    clients: Clients,
    pub(super) metrics: Arc<Metrics>,
    /// Cancelled when the host stops.
    pub(super) stopping: CancellationToken,
}

impl Front {
    /// Puts the routes of a manifest in front of its components' instances.
    pub fn new(
        triggers: Vec<crate::manifest::Trigger>,
        instances: &BTreeMap<String, Instances>,
        limits: HttpLimits,
        metrics: Arc<Metrics>,
    ) -> Self {
        let routes = triggers.into_iter().filter_map(|trigger| {
            let service = match trigger.target {
                Target::Component(name) => Service::Component(instances.get(&name)?.clone()),
                Target::Static(fixed) => Service::Static(fixed),
            };
            Some((trigger.route, service))
        });
        Self {
            router: Router::new(routes),
            admission: Admission::new(
                limits.max_concurrent_requests,
                limits.max_queued_requests,
                limits.max_queue,
                metrics.clone(),
            ),
            clients: Clients::new(limits.max_requests_per_client),
            limits,
            metrics,
            stopping: CancellationToken::new(),
        }
    }

    /// Answers a request of `client`, that came in at `local`.
    pub async fn handle(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
        local: SocketAddr,
    ) -> Response<Body> {
        let start = Instant::now();
        let _in_flight = self.metrics.in_flight.hold();
        let id = headers::request_id(request.headers());
        let (component, mut response) = self.answer(request, &id, client, local).await;
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(headers::REQUEST_ID, id);
        }
        self.metrics.answered(component, response.status().as_u16(), start.elapsed());
        tracing::debug!(
            target: "edge_host::access",
            {
                request.id = id,
                component,
                status = response.status().as_u16(),
                duration.us = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
            },
            "answered"
        );
        response
    }

    /// The component asked (empty for the host itself), and the response.
    async fn answer(
        &self,
        request: Request<Incoming>,
        id: &str,
        client: SocketAddr,
        local: SocketAddr,
    ) -> (&str, Response<Body>) {
        match request.uri().path() {
            // Spin's own, and the host's: they say that this process answers, whatever the
            // components do.
            "/.well-known/spin/health" => return ("", respond::text(StatusCode::OK, "text/plain", "OK")),
            "/livez" => return ("", respond::alive()),
            _ => {}
        }
        let path = request.uri().path().to_owned();
        let Some((route, service, matched)) = self.router.find(&path) else {
            return ("", Refusal::NotFound.response());
        };
        match service {
            Service::Static(fixed) => ("", respond::fixed(fixed)),
            Service::Component(instances) => {
                let name = instances.component();
                let answer = self.ask(instances, request, id, (route, &matched), client, local).await;
                (name, answer.unwrap_or_else(Refusal::response))
            }
        }
    }

    async fn ask(
        &self,
        instances: &Instances,
        request: Request<Incoming>,
        id: &str,
        (route, matched): (&Route, &Match),
        client: SocketAddr,
        local: SocketAddr,
    ) -> Result<Response<Body>, Refusal> {
        if declared_length(&request) > self.limits.max_body_bytes {
            return Err(Refusal::PayloadTooLarge);
        }
        let share = self.clients.enter(client.ip()).ok_or(Refusal::RateLimited)?;
        let _place = self.admission.enter().await.ok_or(Refusal::Unavailable)?;

        let (mut parts, body) = request.into_parts();
        headers::for_guest(&mut parts, id, route, matched, client, local);
        let (body, over) = BoundedBody::new(body, self.limits.max_body_bytes);
        let request = Request::from_parts(parts, body.boxed_unsync());

        let ticket = OpenTicket(Ticket::new(id.to_owned()));
        let response =
            call(instances, &ticket.0, request, over, self.limits.request_timeout, self.limits.max_queue)
                .await?;
        let (parts, body) = response.into_parts();
        let body = GuestBody::new(body, &parts.headers, &self.stopping, ticket, share);
        Ok(Response::from_parts(parts, body.boxed_unsync()))
    }
}

fn declared_length(request: &Request<Incoming>) -> u64 {
    // hyper has checked the header against the framing; a body without it counts as 0 here.
    if request.headers().contains_key(header::CONTENT_LENGTH) {
        request.body().size_hint().lower()
    } else {
        0
    }
}
