//! Who asks, and whose things he may administrate: those of his own organization; with a token of the deployment, those of
//! all, and the organizations themselves. What is another's does not exist for him.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::access::{Act, Action, Actor, Organization, User};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::ids::{OrganizationId, RequestId};
use edgewire_contract::token::{Capability, TokenRecord};
use edgewire_edge::auth::{Caller, unauthorized};
use edgewire_edge::bus::access::{AccessBus, Found};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem};

/// What every route of this component asks for.
pub const ADMIN: &[Capability] = &[Capability::Admin];

/// Who asks.
#[derive(Debug)]
pub struct Admin {
    caller: Caller,
    request_id: RequestId,
}

impl Admin {
    /// The caller of `call`.
    ///
    /// # Errors
    /// 401, 403.
    pub async fn of<B: AccessBus, E: Env, I>(
        gateway: &Gateway<B, E>,
        call: &Call<I>,
    ) -> Result<Self, Problem> {
        let caller = gateway.caller(&call.head.headers, ADMIN).await?;
        Ok(Self { caller, request_id: call.request_id.clone() })
    }

    /// As [`Self::of`], with the JSON body, which is read between two looks at him ([`Call::whole_of`]).
    ///
    /// # Errors
    /// 401, 403, 413.
    pub async fn with_body<B: AccessBus, E: Env, I: Incoming>(
        gateway: &Gateway<B, E>,
        call: Call<I>,
    ) -> Result<(Self, Call<Vec<u8>>), Problem> {
        let (caller, call) = call.whole_of(gateway, ADMIN).await?;
        Ok((Self { caller, request_id: call.request_id.clone() }, call))
    }

    /// As [`Self::of`], of one who may administrate organizations.
    ///
    /// # Errors
    /// 401, 403.
    pub async fn of_deployment<B: AccessBus, E: Env, I>(
        gateway: &Gateway<B, E>,
        call: &Call<I>,
    ) -> Result<Self, Problem> {
        let admin = Self::of(gateway, call).await?;
        admin.needs_deployment()?;
        Ok(admin)
    }

    /// His token.
    pub fn token(&self) -> &TokenRecord {
        &self.caller.token
    }

    /// Lets pass whoever may administrate organizations.
    ///
    /// # Errors
    /// 403.
    pub fn needs_deployment(&self) -> Result<(), Fault> {
        if self.token().deployment {
            return Ok(());
        }
        Err(Fault::new(FaultCode::Forbidden, "organizations need a token of the deployment"))
    }

    /// Lets him end a token, or shut it out: one of the deployment only with another of these.
    ///
    /// # Errors
    /// 403.
    pub fn may_end(&self, token: &TokenRecord) -> Result<(), Fault> {
        if self.token().deployment || !token.deployment {
            return Ok(());
        }
        let message = "a token of the deployment is ended or suspended with another of these only";
        Err(Fault::new(FaultCode::Forbidden, message).with("token", token.id.as_str()))
    }

    /// Lets him change an organization that he has just read. His own, disabled, says that his token does not work any more,
    /// whatever it did when the request began: or he would lift what has just been laid upon him.
    ///
    /// # Errors
    /// 401.
    pub fn may_change<B: AccessBus, E: Env>(
        &self,
        gateway: &Gateway<B, E>,
        organization: &Organization,
    ) -> Result<(), Fault> {
        let own = organization.id == *self.caller.organization();
        if own && organization.disabled && !self.caller.is_bootstrap(gateway) {
            return Err(unauthorized());
        }
        Ok(())
    }

    /// As [`Self::may_change`], a user. Where it is `said` what he may do, also when his token stands for that one, who is no
    /// admin any more.
    ///
    /// # Errors
    /// 401.
    pub fn may_change_user(
        &self,
        organization: &OrganizationId,
        user: &User,
        said: bool,
    ) -> Result<(), Fault> {
        let himself =
            self.caller.organization() == organization && self.token().user.as_ref() == Some(&user.id);
        let admin = user.role.capabilities().contains(&Capability::Admin);
        if himself && (user.disabled || (said && !admin)) {
            return Err(unauthorized());
        }
        Ok(())
    }

    /// The organization whose users, tokens or acts are asked for: his own unless said.
    ///
    /// # Errors
    /// 404 for one that is not his.
    pub fn organization(&self, asked: Option<OrganizationId>) -> Result<OrganizationId, Fault> {
        match asked {
            Some(other) if other != *self.caller.organization() && !self.token().deployment => {
                Err(no_organization())
            }
            Some(organization) => Ok(organization),
            None => Ok(self.caller.organization().clone()),
        }
    }

    /// As [`Self::organization`], of the one that the path of `call` names first.
    ///
    /// # Errors
    /// 404 for one that is not his.
    pub fn named<I>(&self, call: &Call<I>) -> Result<OrganizationId, Fault> {
        let id = OrganizationId::parse(&call.params[0]).map_err(|_| no_organization())?;
        self.organization(Some(id))
    }

    /// The organization that the path of `call` names, itself to be looked at or changed.
    ///
    /// # Errors
    /// 404 for none, and for one that is not his; 403 for his own without a token of the deployment.
    pub async fn administrated<B: AccessBus, E: Env, I>(
        &self,
        gateway: &Gateway<B, E>,
        call: &Call<I>,
    ) -> Result<Found, Problem> {
        let id = self.named(call)?;
        self.needs_deployment()?;
        gateway.bus.organization(&id).await?.ok_or_else(|| no_organization().into())
    }

    /// Makes sure that there is an organization in which something is to be made. That of the bootstrap token comes to be
    /// with the first thing.
    ///
    /// # Errors
    /// 404 for none.
    pub async fn enter<B: AccessBus, E: Env>(
        &self,
        gateway: &Gateway<B, E>,
        id: &OrganizationId,
    ) -> Result<Organization, Problem> {
        match gateway.bus.organization(id).await? {
            Some(found) => Ok(found.organization().clone()),
            None if id == self.caller.organization() && self.token().deployment => {
                gateway.bus.add_organization(id).await?;
                Ok(Organization::implied(id.clone()))
            }
            None => Err(no_organization().into()),
        }
    }

    /// As [`Self::enter`], to look only.
    ///
    /// # Errors
    /// 404 for none.
    pub async fn see<B: AccessBus, E: Env>(
        &self,
        gateway: &Gateway<B, E>,
        id: &OrganizationId,
    ) -> Result<(), Problem> {
        if id == self.caller.organization() || gateway.bus.organization(id).await?.is_some() {
            return Ok(());
        }
        Err(no_organization().into())
    }

    /// What he does, for the audit of that organization.
    pub fn act<B: AccessBus, E: Env>(
        &self,
        gateway: &Gateway<B, E>,
        action: Action,
        organization: &OrganizationId,
        target: impl ToString,
    ) -> Act {
        let TokenRecord { id, user, organization: own, .. } = self.token();
        Act {
            v: CONTRACT_VERSION,
            at: gateway.env.now_ms(),
            actor: Actor { token: id.clone(), user: user.clone(), organization: own.clone() },
            action,
            organization: organization.clone(),
            target: target.to_string(),
            request_id: self.request_id.clone(),
        }
    }

    /// Tells his own organization what he has done to another. (The other one was told when it was done.)
    ///
    /// # Errors
    /// When Redis cannot be asked.
    pub async fn done<B: AccessBus, E: Env>(
        &self,
        gateway: &Gateway<B, E>,
        act: &Act,
    ) -> Result<(), Problem> {
        let own = self.caller.organization();
        if act.organization != *own {
            gateway.bus.note_act(own, act).await?;
        }
        Ok(())
    }
}

/// There is none, or it is another's.
pub fn no_organization() -> Fault {
    Fault::not_found("organization")
}

/// There is none, or he is another's.
pub fn no_user() -> Fault {
    Fault::not_found("user")
}

/// There is none, or it is another's.
pub fn no_token() -> Fault {
    Fault::not_found("token")
}
