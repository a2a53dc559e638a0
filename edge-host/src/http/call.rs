//! Hands a request to a component, and tells its failures apart.

use std::sync::Arc;
use std::time::Duration;

use http::Response;
use tokio::sync::watch;
use wasmtime_wasi_http::handler::{ExpirationError, Request};
use wasmtime_wasi_http::{WasiBody, p2, p3};

use super::respond::Refusal;
use crate::runtime::instance::{Bound, Ticket};
use crate::runtime::pool::{Instances, NotMade, PoolFull};

/// Has one of `instances` answer `request`. `over` turns true when the request's body is over its bound.
///
/// # Errors
/// What to answer in the component's place. Faults of the guest are logged: a trap where the
/// instance ends (`runtime::worker`), an error that the guest returned here.
pub async fn call(
    instances: &Instances,
    ticket: &Arc<Ticket>,
    request: Request,
    over: watch::Receiver<bool>,
    timeout: Duration,
    pool_patience: Duration,
) -> Result<Response<WasiBody>, Refusal> {
    let mut watched = over.clone();
    let too_large = async move {
        if watched.wait_for(|over| *over).await.is_err() {
            // The body is gone, and was not over.
            std::future::pending::<()>().await;
        }
    };
    let answer = tokio::select! {
        biased;
        () = too_large => return Err(Refusal::PayloadTooLarge),
        answer = tokio::time::timeout(timeout, instances.answer(ticket.clone(), request, pool_patience)) => answer,
    };
    if *over.borrow() {
        // Whatever the guest made of a body that broke off.
        return Err(Refusal::PayloadTooLarge);
    }
    match answer {
        Err(_) => Err(Refusal::Timeout),
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(refusal(instances.component(), ticket, &error)),
    }
}

fn refusal(component: &str, ticket: &Ticket, error: &wasmtime::Error) -> Refusal {
    if error.is::<ExpirationError>() {
        return Refusal::Timeout;
    }
    if error.is::<PoolFull>() {
        return Refusal::Unavailable;
    }
    match ticket.bound_broken() {
        Some(Bound::Memory) => return Refusal::Unavailable,
        Some(Bound::Compute) => return Refusal::Timeout,
        None => {}
    }
    let returned = error.is::<p3::bindings::http::types::ErrorCode>()
        || error.is::<p2::bindings::http::types::ErrorCode>();
    if returned || error.is::<NotMade>() {
        tracing::error!(
            component,
            request.id = ticket.id,
            error = format!("{error:#}"),
            "{}",
            if returned { "the guest returned an error" } else { "no instance for a request" }
        );
    }
    Refusal::Internal
}
