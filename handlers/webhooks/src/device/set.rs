//! `POST /webhook`: sets the device's webhook, whether or not there was one.

use std::collections::BTreeMap;

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::fault::Fault;
use edgewire_contract::fields::{Fields, Noted};
use edgewire_contract::ids::{SessionId, WebhookId};
use edgewire_contract::shape::{Record as _, flag, optional, session_id, text, whole};
use edgewire_contract::webhook::rules::{Headers, Kinds, LONGEST_SECRET, Target, refuse_this_machine};
use edgewire_contract::webhook::{Retry, Webhook};
use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::checks::Checks;
use edgewire_edge::devices::DEVICE_ID;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use super::told::answer;
use super::which::{self, no_device};
use crate::keep;
use crate::owner::MANAGE;
use crate::wish::{LONGEST_TIMEOUT, MOST_ATTEMPTS, small};

edgewire_contract::record! {
    /// A device's webhook.
    pub struct DeviceWebhook {
        /// Where to: http or https, without a user name, no private address.
        pub webhook_url: String = Target;
        /// Which events: names of kinds, beginnings (`message.*`) or `*`; left out or empty: all.
        pub enabled_events: Vec<String> = Kinds;
        /// Whether it delivers.
        pub enabled: bool = flag(true);
        /// How often an event is tried in all; left out: 15.
        pub retry_attempts: Option<i64> = optional(whole(1, MOST_ATTEMPTS));
        /// How long one attempt may take, seconds; left out: 10.
        pub timeout: Option<i64> = optional(whole(1, LONGEST_TIMEOUT));
        /// Signs the deliveries; never given back. Left out: as it was; empty: none.
        pub secret: Option<String> = optional(text(0, LONGEST_SECRET));
        /// Headers that every delivery carries.
        pub headers: BTreeMap<String, String> = Headers;
        /// The device. May be left out where there is one, or where the query names it.
        pub device_id: Option<SessionId> = optional(session_id());
    }
}

/// Sets it.
///
/// # Errors
/// 401, 403, 413, 400, 404, 409.
pub async fn set<B: HookBus, E: Env, I: Incoming>(
    gateway: &Gateway<B, E>,
    call: Call<I>,
) -> Result<Reply, Problem> {
    let (caller, call) = call.whole_of(gateway, MANAGE).await?;
    let mut checks = Checks::default();
    let in_query = call.query().parsed(DEVICE_ID, SessionId::parse, &mut checks);
    let wish = checks.take(read(&call.body, gateway.settings.webhook_allow_loopback))?;
    let in_body = wish.as_ref().and_then(|wish| wish.device_id.clone());
    if let (Some(one), Some(other)) = (&in_query, &in_body)
        && one != other
    {
        return Err(no_device().into());
    }
    let device = which::device(gateway, &caller, in_query.or(in_body), checks).await?;
    let Some(wish) = wish else { return Err(Problem::internal("a bad body passed the checks")) };
    let organization = caller.organization();
    let webhook = match which::webhook(gateway, organization, &device).await? {
        Some(before) => {
            keep::changed(gateway, organization, &before.id, |webhook| wish.apply(webhook)).await?
        }
        None => {
            let mut webhook = blank(gateway, device);
            wish.apply(&mut webhook);
            keep::new(gateway, organization, &webhook).await?;
            webhook
        }
    };
    Ok(answer(&webhook, Some("webhook configured")))
}

fn read(body: &[u8], this_machine: bool) -> Result<DeviceWebhook, Fault> {
    Fields::read(body, |fields| {
        let wish = DeviceWebhook::read(fields);
        refuse_this_machine(fields, "webhook_url", this_machine);
        wish.ok_or(Noted)
    })
}

fn blank<B, E: Env>(gateway: &Gateway<B, E>, device: SessionId) -> Webhook {
    let now = gateway.env.now_ms();
    Webhook {
        v: CONTRACT_VERSION,
        id: WebhookId::generate(now, gateway.env.random_u128()),
        url: String::new(),
        events: Vec::new(),
        session_id: Some(device),
        secret: None,
        custom_headers: BTreeMap::new(),
        retry: None,
        timeout_seconds: None,
        active: true,
        created_at: now,
        updated_at: None,
    }
}

impl DeviceWebhook {
    fn apply(&self, webhook: &mut Webhook) {
        webhook.url.clone_from(&self.webhook_url);
        webhook.events.clone_from(&self.enabled_events);
        webhook.active = self.enabled;
        let attempts = self.retry_attempts.and_then(small);
        webhook.retry = attempts.map(|attempts| Retry { attempts, ..Retry::DEFAULT });
        webhook.timeout_seconds = self.timeout.and_then(small);
        if let Some(secret) = &self.secret {
            webhook.secret = Some(secret.clone()).filter(|secret| !secret.is_empty());
        }
        webhook.custom_headers.clone_from(&self.headers);
    }
}
