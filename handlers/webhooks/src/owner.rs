//! Who asks, and which webhooks are his: the organization's; of a token for some sessions, those that are bound to one of
//! these; on a session's routes, those of the session. All others do not exist for him.

use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{OrganizationId, SessionId, WebhookId};
use edgewire_contract::token::Capability;
use edgewire_contract::webhook::Webhook;
use edgewire_edge::auth::Caller;
use edgewire_edge::bus::hooks::{HookBus, Kept};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem};

/// What every route of this component asks for.
pub const MANAGE: &[Capability] = &[Capability::Manage];

/// Whose webhooks a route is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of the organization's; the path's first parameter is a webhook.
    Organization,
    /// The session's that is the path's first parameter; the second is a webhook.
    Session,
}

/// Who asks.
#[derive(Debug)]
pub struct Owner {
    /// The holder of the token.
    pub caller: Caller,
    /// The session that the path names.
    pub session: Option<SessionId>,
}

impl Owner {
    /// The caller of `call`.
    ///
    /// # Errors
    /// 401, 403; 404 for no session of the caller's.
    pub async fn of<B: HookBus, E: Env, I>(
        gateway: &Gateway<B, E>,
        call: &Call<I>,
        scope: Scope,
    ) -> Result<Self, Problem> {
        let caller = gateway.caller(&call.head.headers, MANAGE).await?;
        let session = match scope {
            Scope::Organization => None,
            Scope::Session => {
                let session = caller.session(&call.params[0])?;
                gateway.session(&caller, &session).await?;
                Some(session)
            }
        };
        Ok(Self { caller, session })
    }

    /// As [`Self::of`], with the JSON body, which is read between two looks at who asks
    /// ([`Call::whole_of`]).
    ///
    /// # Errors
    /// 401, 403, 413; 404 for no session of the caller's.
    pub async fn with_body<B: HookBus, E: Env, I: Incoming>(
        gateway: &Gateway<B, E>,
        call: Call<I>,
        scope: Scope,
    ) -> Result<(Self, Call<Vec<u8>>), Problem> {
        Self::of(gateway, &call, scope).await?;
        let call = call.whole().await?;
        Ok((Self::of(gateway, &call, scope).await?, call))
    }

    /// Whose webhooks these are.
    pub fn organization(&self) -> &OrganizationId {
        self.caller.organization()
    }

    /// Whether a webhook of the organization is one of his.
    pub fn has(&self, webhook: &Webhook) -> bool {
        let bound_to = webhook.session_id.as_ref();
        let covered = match bound_to {
            Some(session) => self.caller.token.covers(session),
            None => self.caller.token.sessions.is_none(),
        };
        covered && self.session.as_ref().is_none_or(|session| bound_to == Some(session))
    }

    /// The webhook that the path of `call` names last.
    ///
    /// # Errors
    /// 404 for none of his.
    pub async fn webhook<B: HookBus, E: Env, I>(
        &self,
        gateway: &Gateway<B, E>,
        call: &Call<I>,
    ) -> Result<Kept, Problem> {
        let id = call.params.last().and_then(|id| WebhookId::parse(id).ok()).ok_or_else(no_webhook)?;
        let kept = gateway.bus.webhook(self.organization(), &id).await?;
        kept.filter(|kept| self.has(&kept.webhook)).ok_or_else(|| no_webhook().into())
    }

    /// The session that a new webhook is bound to, `asked` for in its body or named by the path.
    ///
    /// # Errors
    /// 403 when a token for some sessions asks for the events of all; 404 for no session of the caller's.
    pub async fn bound<B: HookBus, E: Env>(
        &self,
        gateway: &Gateway<B, E>,
        asked: Option<SessionId>,
    ) -> Result<Option<SessionId>, Problem> {
        if self.session.is_some() {
            return Ok(self.session.clone());
        }
        match &asked {
            Some(session) => {
                self.caller.session(session.as_str())?;
                gateway.session(&self.caller, session).await?;
            }
            None if self.caller.token.sessions.is_some() => {
                let message = "the token is for some sessions: the webhook needs a session_id";
                return Err(Fault::new(FaultCode::Forbidden, message).into());
            }
            None => {}
        }
        Ok(asked)
    }
}

/// There is none, or it is another's.
pub fn no_webhook() -> Fault {
    Fault::not_found("webhook")
}
