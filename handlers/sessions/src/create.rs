//! `POST /api/v1/sessions`: makes a session, and starts it unless told not to.

use std::collections::BTreeMap;

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::command::{DeviceProps, Mode, SessionAction};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::fields::{Fields, Noted};
use edgewire_contract::ids::{SessionId, WebhookId};
use edgewire_contract::session::{SessionRecord, SessionStatus, Wanted, field};
use edgewire_contract::shape::{Name as _, Record as _, choice, flag, nested, optional, text};
use edgewire_contract::token::Capability;
use edgewire_contract::webhook::rules::{Kinds, LONGEST_SECRET, Target, refuse_this_machine};
use edgewire_contract::webhook::{MAX_PER_ORGANIZATION, Webhook};
use edgewire_edge::bus::hooks::HookBus;
use edgewire_edge::bus::{NewSession, SessionView};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::steer::Steering;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;
use serde_json::Value;

use crate::rate::RateWish;
use crate::rules::session_id;
use crate::shape::Session;

/// Longest name, characters.
pub(crate) const LONGEST_NAME: usize = 100;
/// Longest name of a device's system, characters.
const LONGEST_OS: usize = 64;

edgewire_contract::record! {
    /// A session to make.
    pub struct CreateSession {
        /// What it is called in paths; ours, if left out.
        pub id: Option<SessionId> = optional(session_id());
        /// A name for people.
        pub name: Option<String> = optional(text(1, LONGEST_NAME));
        /// Where its events go.
        pub webhook: Option<Hook> = optional(nested::<Hook>());
        /// How the device names itself in the phone's list of linked devices. Honoured at the first pairing.
        pub device: Option<Device> = optional(nested::<Device>());
        /// How fast it may send; without limits, if left out.
        pub rate: Option<RateWish> = optional(nested::<RateWish>());
        /// Whether it connects at once.
        pub start: bool = flag(true);
    }
}

edgewire_contract::record! {
    /// A webhook for the session alone.
    pub struct Hook {
        /// Where to: http or https.
        pub url: String = Target;
        /// Which events: names of kinds, beginnings (`message.*`) or `*`; left out or empty: all.
        pub events: Vec<String> = Kinds;
        /// Signs the deliveries; never given back.
        pub secret: Option<String> = optional(text(1, LONGEST_SECRET));
    }
}

edgewire_contract::record! {
    /// How a device names itself.
    pub struct Device {
        /// The name shown.
        pub os: Option<String> = optional(text(1, LONGEST_OS));
        /// What it says it is; decides the picture shown.
        pub platform: Option<Platform> = optional(choice::<Platform>());
    }
}

edgewire_contract::names! {
    /// The platforms that a device can say it is.
    pub enum Platform {
        /// A browser.
        Chrome = "chrome",
        /// A browser.
        Firefox = "firefox",
        /// A browser.
        Safari = "safari",
        /// A browser.
        Edge = "edge",
        /// A browser.
        Opera = "opera",
        /// WhatsApp's own program.
        Desktop = "desktop",
        /// A tablet.
        Ipad = "ipad",
    }
}

impl From<Device> for DeviceProps {
    fn from(device: Device) -> Self {
        let name =
            |platform| Platform::NAMES.iter().find(|(_, named)| *named == platform).map(|(name, _)| *name);
        Self { os: device.os, platform: device.platform.and_then(name).map(str::to_owned) }
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    session: Session<'a>,
}

/// Makes a session.
///
/// # Errors
/// 401; 403 also when the token is for other sessions; 413, 400; 409 when the id is taken.
pub async fn create<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: HookBus,
    E: Env,
    I: Incoming,
{
    let (caller, call) = call.whole_of(gateway, &[Capability::Manage]).await?;
    let Call { request_id, body, .. } = call;
    let this_machine = gateway.settings.webhook_allow_loopback;
    let wish = read(if body.is_empty() { b"{}" } else { &body }, this_machine)?;
    let now = gateway.env.now_ms();
    let id = wish.id.unwrap_or_else(|| SessionId::generate(now, gateway.env.random_u128()));
    if !caller.token.covers(&id) {
        return Err(Fault::new(FaultCode::Forbidden, "the token is for other sessions").into());
    }
    let organization = caller.organization().clone();
    let wanted = if wish.start { Wanted::Run } else { Wanted::Stop };
    let status = if wish.start { SessionStatus::Connecting } else { SessionStatus::Stopped };
    let mut fields = vec![
        (field::ORGANIZATION, organization.to_string()),
        (field::WANTED, wanted.as_str().into()),
        (field::STATUS, status.as_str().into()),
        (field::PAIRED, "0".into()),
        (field::CREATED_AT, now.to_string()),
        (field::UPDATED_AT, now.to_string()),
    ];
    fields.extend(wish.name.map(|name| (field::NAME, name)));
    fields.extend(wish.rate.map(|rate| (field::RATE, rate.stored())));
    let device = wish.device.map(DeviceProps::from).unwrap_or_default();
    if device != DeviceProps::default() {
        let props = serde_json::to_vec(&device).ok().and_then(|json| String::from_utf8(json).ok());
        fields.extend(props.map(|props| (field::PROPS, props)));
    }
    let start = Steering {
        organization: &organization,
        session: &id,
        action: SessionAction::Start,
        wanted: Some(wanted),
        request_id: &request_id,
    };
    let start = if wish.start { Some(start.command(gateway, Mode::Async).await?) } else { None };
    let webhook = wish.webhook.map(|hook| Webhook {
        v: CONTRACT_VERSION,
        id: WebhookId::generate(now, gateway.env.random_u128()),
        url: hook.url,
        events: hook.events,
        session_id: Some(id.clone()),
        secret: hook.secret,
        custom_headers: BTreeMap::new(),
        retry: None,
        timeout_seconds: None,
        active: true,
        created_at: now,
        updated_at: None,
    });
    if webhook.is_some() && gateway.bus.webhooks(&organization).await?.len() >= MAX_PER_ORGANIZATION {
        let message = format!("an organization may have {MAX_PER_ORGANIZATION} webhooks");
        return Err(Fault::new(FaultCode::Conflict, message).with("limit", MAX_PER_ORGANIZATION).into());
    }
    let session = NewSession { id, organization, created_at: now, fields, start, webhook };
    if !gateway.bus.create_session(&session).await? {
        return Err(Fault::new(FaultCode::Conflict, "a session of this id exists")
            .with("id", session.id.as_str())
            .into());
    }
    Ok(Reply::json(201, &Answer { session: Session::of(&made(&session)?) }))
}

/// The session as it was made: what a look at it would show, until a conn-host takes it up.
fn made(session: &NewSession) -> Result<SessionView, Problem> {
    let pairs: Vec<_> = session.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let record = SessionRecord::from_pairs(&session.id, pairs)
        .ok_or_else(|| Problem::internal("a new session's record cannot be read"))?;
    Ok(SessionView { record, owner: None, pairing: None, last_event: None })
}

fn read(body: &[u8], this_machine: bool) -> Result<CreateSession, Fault> {
    Fields::read(body, |fields| {
        let wish = CreateSession::read(fields);
        if matches!(fields.raw("webhook"), Some(Value::Object(_))) {
            fields.object("webhook", |hook| {
                refuse_this_machine(hook, "url", this_machine);
                Some(())
            });
        }
        wish.ok_or(Noted)
    })
}
