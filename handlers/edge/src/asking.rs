//! A route that asks or tells WhatsApp something at once: who asks, over which session, and what it gives.
//!
//! Such a route is: [`Asker::of`], [`record`] for its body, [`Asker::ask`] or [`Asker::tell`], an answer.

use edgewire_contract::command::Live;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::fields::{Fields, Noted};
use edgewire_contract::ids::{RequestId, SessionId};
use edgewire_contract::shape::Record;
use edgewire_contract::token::Capability;
use serde_json::Value;

use crate::auth::Caller;
use crate::bus::Bus;
use crate::env::Env;
use crate::request::Incoming;
use crate::{Call, Gateway, Problem, Reply, command};

/// What looks may be asked for with.
pub const LOOK: &[Capability] = &[Capability::Read, Capability::Send];
/// What acts may be asked for with.
pub const ACT: &[Capability] = &[Capability::Send];

/// Who asks, and over which session.
#[derive(Debug)]
pub struct Asker {
    caller: Caller,
    session: SessionId,
    request_id: RequestId,
    offline: FaultCode,
}

impl Asker {
    /// The caller of `call`, whose first path parameter is the session. `offline` is the fault of a session that is not
    /// connected now.
    ///
    /// # Errors
    /// 401; 403 without one of `any_of`; 404 for no session of the caller's, as far as its name says.
    pub async fn of<B: Bus, E: Env, I>(
        gateway: &Gateway<B, E>,
        call: &Call<I>,
        any_of: &[Capability],
        offline: FaultCode,
    ) -> Result<Self, Problem> {
        let caller = gateway.caller(&call.head.headers, any_of).await?;
        let session = caller.session(&call.params[0])?;
        Ok(Self { caller, session, request_id: call.request_id.clone(), offline })
    }

    /// What comes of `action`.
    ///
    /// # Errors
    /// 404 for no such session, the fault for one that is not connected, the action's own, 504.
    pub async fn ask<B: Bus, E: Env>(&self, gateway: &Gateway<B, E>, action: Live) -> Result<Value, Problem> {
        let name = action.name();
        self.run(gateway, action).await?.ok_or_else(|| Problem::internal(format!("{name} gave nothing")))
    }

    /// As [`Self::ask`], of an action that gives a list.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn list<B: Bus, E: Env>(
        &self,
        gateway: &Gateway<B, E>,
        action: Live,
    ) -> Result<Vec<Value>, Problem> {
        let name = action.name();
        match self.run(gateway, action).await? {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(Problem::internal(format!("{name} gave no list"))),
        }
    }

    /// As [`Self::ask`], of an action that gives nothing: `{"success":true}`.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn tell<B: Bus, E: Env>(
        &self,
        gateway: &Gateway<B, E>,
        action: Live,
    ) -> Result<Reply, Problem> {
        self.run(gateway, action).await?;
        Ok(Reply::bytes(200, "application/json", r#"{"success":true}"#))
    }

    async fn run<B: Bus, E: Env>(
        &self,
        gateway: &Gateway<B, E>,
        action: Live,
    ) -> Result<Option<Value>, Problem> {
        command::live(gateway, &self.caller, &self.session, &self.request_id, action, self.offline).await
    }
}

/// Whether `fault` says that there is no such session, and not that something of WhatsApp's is missing.
pub fn is_no_session(fault: &Fault) -> bool {
    *fault == Fault::not_found("session")
}

/// Reads the JSON body.
///
/// # Errors
/// 413; 400 naming every bad field.
pub async fn record<T: Record, I: Incoming>(call: Call<I>) -> Result<T, Fault> {
    parsed(&call.json().await?)
}

/// As [`record`], of a body that has been read.
///
/// # Errors
/// 400 naming every bad field.
pub fn parsed<T: Record>(body: &[u8]) -> Result<T, Fault> {
    Fields::read(body, |fields| T::read(fields).ok_or(Noted))
}
