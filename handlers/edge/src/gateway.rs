//! The frame around every request: find its route, run the handler, answer what it says, put the request's id on it.

use std::rc::Rc;

use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::RequestId;
use edgewire_contract::token::Capability;

use crate::auth::Caller;
use crate::bus::Bus;
use crate::env::Env;
use crate::problem::Problem;
use crate::query::Query;
use crate::render::{self, Family};
use crate::reply::Reply;
use crate::request::{Head, Incoming, Request};
use crate::route::{self, Found, Route};
use crate::settings::Settings;

const REQUEST_ID: &str = "x-request-id";

/// What a handler has: Redis, the machine, the variables.
#[derive(Debug, Clone)]
pub struct Gateway<B, E> {
    /// Redis.
    pub bus: B,
    /// Clock, chance, sleep, log.
    pub env: E,
    /// The component's variables.
    pub settings: Rc<Settings>,
}

/// One request that found its route.
#[derive(Debug)]
pub struct Call<I> {
    /// Its id: the caller's or ours.
    pub request_id: RequestId,
    /// All but the body.
    pub head: Head,
    /// The path's parameters, in their order.
    pub params: Vec<String>,
    /// The body, not yet read.
    pub body: I,
}

impl<I> Call<I> {
    /// The query.
    pub fn query(&self) -> Query {
        Query::parse(self.head.query.as_deref())
    }

    /// A header's value, when it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)
    }
}

impl<I: Incoming> Call<I> {
    /// Reads the JSON body.
    ///
    /// # Errors
    /// 413 over [`crate::body::MAX_JSON`].
    pub async fn json(self) -> Result<Vec<u8>, Fault> {
        crate::body::read(&self.head.headers, self.body, crate::body::MAX_JSON).await
    }

    /// Reads the JSON body. Its sender decides how long that takes: whoever asks then who he is knows it of now, and not of
    /// when the request began.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub async fn whole(self) -> Result<Call<Vec<u8>>, Fault> {
        let Self { request_id, head, params, body } = self;
        let body = crate::body::read(&head.headers, body, crate::body::MAX_JSON).await?;
        Ok(Call { request_id, head, params, body })
    }

    /// Reads the JSON body between two looks at who asks: of a stranger none is read, and what was read is his who asks now.
    ///
    /// # Errors
    /// Those of [`Gateway::caller`] with `any_of`, and of [`Self::json`].
    pub async fn whole_of<B: Bus, E: Env>(
        self,
        gateway: &Gateway<B, E>,
        any_of: &[Capability],
    ) -> Result<(Caller, Call<Vec<u8>>), Problem> {
        gateway.caller(&self.head.headers, any_of).await?;
        let call = self.whole().await?;
        let caller = gateway.caller(&call.head.headers, any_of).await?;
        Ok((caller, call))
    }
}

/// Answers one request of the Sessions API: `run` is given the operation that `routes` name for it.
pub async fn answer<B, E, I, Op>(
    gateway: &Gateway<B, E>,
    routes: &[Route<Op>],
    request: Request<I>,
    run: impl AsyncFnOnce(Op, Call<I>) -> Result<Reply, Problem>,
) -> Reply
where
    B: Bus,
    E: Env,
    Op: Copy,
{
    answer_in(Family::Sessions, gateway, routes, request, run).await
}

/// As [`answer`], with errors in the envelope of `family`.
pub async fn answer_in<B, E, I, Op>(
    family: Family,
    gateway: &Gateway<B, E>,
    routes: &[Route<Op>],
    request: Request<I>,
    run: impl AsyncFnOnce(Op, Call<I>) -> Result<Reply, Problem>,
) -> Reply
where
    B: Bus,
    E: Env,
    Op: Copy,
{
    let Request { head, body } = request;
    let given = head.headers.get(REQUEST_ID);
    let request_id = given
        .and_then(|id| RequestId::parse(id).ok())
        .unwrap_or_else(|| RequestId::generate(gateway.env.now_ms(), gateway.env.random_u128()));
    let result = match route::find(routes, &head.method, &head.path) {
        Found::Op(op, params) => run(op, Call { request_id: request_id.clone(), head, params, body }).await,
        Found::WrongMethod(allow) => {
            Err(Fault::new(FaultCode::MethodNotAllowed, format!("the methods of this path are {allow}"))
                .with("allow", allow)
                .into())
        }
        Found::Nothing => Err(Fault::not_found("route").into()),
    };
    let reply = result.unwrap_or_else(|problem| {
        if let Some(cause) = &problem.cause {
            gateway.env.log(&format!("request {request_id} {}: {cause}", problem.fault.code.as_str()));
        }
        render::fault(&problem.fault, family, gateway.env.now_ms())
    });
    reply.with(REQUEST_ID, request_id.to_string())
}
