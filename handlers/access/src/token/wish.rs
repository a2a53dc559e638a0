//! How the body of a new token is read, and what of it its sender may grant. Nobody grants what he has not.

use edgewire_contract::access::{LONGEST_NAME, MOST_TOKEN_SESSIONS, Role};
use edgewire_contract::fault::{Fault, FieldFault};
use edgewire_contract::fields::{Fields, Noted};
use edgewire_contract::ids::{OrganizationId, SessionId, UserId};
use edgewire_contract::shape::{
    Moment, Record as _, choice, flag, items, optional, or, organization_id, session_id, text, user_id,
};
use edgewire_contract::token::{Capability, TokenKind, TokenRecord};

edgewire_contract::record! {
    /// A token to make.
    pub struct NewToken {
        /// Whose it is; left out: your own organization's. Another's needs a token of the deployment.
        pub organization: Option<OrganizationId> = optional(organization_id());
        /// The user it stands for: it may do no more than his role, and is suspended while he is. A token that stands for a user makes only such as stand for the same one, which is what is left out then; but for one of the deployment.
        pub user: Option<UserId> = optional(user_id());
        /// `api_key`: `wa_…`, for scripts; `user_token`: a UUID, for the Device API. Both work everywhere.
        pub kind: TokenKind = or(choice::<TokenKind>(), TokenKind::ApiKey);
        /// What it may do, none of which your token may not. Left out, with a `user`: what his role may.
        pub capabilities: Option<Vec<Capability>> =
            optional(items(choice::<Capability>(), 1, Capability::ALL.len()).unique());
        /// The only sessions it may touch, none of which your token may not; left out: all of the organization's.
        pub sessions: Option<Vec<SessionId>> =
            optional(items(session_id(), 1, MOST_TOKEN_SESSIONS).unique());
        /// Until when it works; left out: until it is revoked.
        pub expires_at: Option<i64> = optional(Moment::SECONDS);
        /// A name for people.
        pub name: Option<String> = optional(text(1, LONGEST_NAME));
        /// Whether it administrates the whole deployment: all organizations, and what is theirs.
        pub deployment: bool = flag(false);
    }
}

impl NewToken {
    /// Reads it, as the holder of `own` sends it.
    ///
    /// # Errors
    /// 400 naming every bad field, also what he may not grant.
    pub fn of(body: &[u8], own: &TokenRecord, now_ms: i64) -> Result<Self, Fault> {
        Fields::read(body, |fields| {
            let mut wish = Self::read(fields).ok_or(Noted)?;
            wish.stand_for_the_same(fields, own);
            wish.check_time(fields, own, now_ms);
            wish.check_grant(fields, own);
            Ok(wish)
        })
    }

    /// What a user's token makes is that user's, so that it is suspended and goes with him. Whoever administrates the
    /// deployment reaches all users anyway.
    fn stand_for_the_same(&mut self, fields: &mut Fields<'_>, own: &TokenRecord) {
        let Some(user) = own.user.as_ref().filter(|_| !own.deployment) else { return };
        if self.user.get_or_insert_with(|| user.clone()) != user {
            fields.note("user", format!("your token stands for {user}: so must this one"));
        }
    }

    fn check_time(&self, fields: &mut Fields<'_>, own: &TokenRecord, now_ms: i64) {
        if self.expires_at.is_some_and(|at| at <= now_ms) {
            fields.note("expires_at", "must be in the future");
        }
        match (self.expires_at, own.expires_at) {
            (None, Some(_)) => fields.note("expires_at", "is required: your token expires"),
            (Some(at), Some(own)) if at > own => fields.note("expires_at", "your token expires before that"),
            _ => {}
        }
    }

    fn check_grant(&self, fields: &mut Fields<'_>, own: &TokenRecord) {
        match &self.capabilities {
            Some(wanted) => {
                for (i, capability) in wanted.iter().enumerate().filter(|(_, wanted)| !own.allows(**wanted)) {
                    let message = format!("your token does not have {}", capability.as_str());
                    fields.note(&format!("capabilities[{i}]"), message);
                }
            }
            None if self.user.is_none() => fields.note("capabilities", "is required without a user"),
            None => {}
        }
        match (&self.sessions, &own.sessions) {
            (Some(wanted), Some(_)) => {
                for (i, _) in wanted.iter().enumerate().filter(|(_, session)| !own.covers(session)) {
                    fields.note(&format!("sessions[{i}]"), "your token is for other sessions");
                }
            }
            (None, Some(_)) => fields.note("sessions", "is required: your token is for some sessions"),
            (_, None) => {}
        }
        if self.deployment && !own.deployment {
            fields.note("deployment", "needs a token of the deployment");
        }
    }

    /// What it may do, of a user with this role or of nobody in particular.
    ///
    /// # Errors
    /// 400 for what the role does not allow; for what it does and `own` does not, where nothing was said.
    pub fn granted(&self, role: Option<Role>, own: &TokenRecord) -> Result<Vec<Capability>, Fault> {
        let of_role = role.map(Role::capabilities);
        let Some(wanted) = &self.capabilities else {
            let Some(all) = of_role else {
                return Err(Fault::invalid(&[bad(
                    "capabilities",
                    "is required: the user has no role".into(),
                )]));
            };
            let missing: Vec<&str> = all.iter().filter(|c| !own.allows(**c)).map(|c| c.as_str()).collect();
            if missing.is_empty() {
                return Ok(all.to_vec());
            }
            let message = format!("the user's role has what your token has not: {}", missing.join(", "));
            return Err(Fault::invalid(&[bad("capabilities", message)]));
        };
        let allowed = |capability: &Capability| of_role.is_none_or(|all| all.contains(capability));
        let refused = wanted.iter().enumerate().filter(|(_, capability)| !allowed(capability));
        let faults: Vec<FieldFault> = refused
            .map(|(i, capability)| {
                let message = format!("the user's role does not allow {}", capability.as_str());
                bad(&format!("capabilities[{i}]"), message)
            })
            .collect();
        if faults.is_empty() { Ok(wanted.clone()) } else { Err(Fault::invalid(&faults)) }
    }
}

fn bad(field: &str, message: String) -> FieldFault {
    FieldFault { field: field.to_owned(), message, value: None }
}
