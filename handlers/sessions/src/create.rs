//! `POST /api/v1/sessions`: makes a session, and starts it unless told not to.

use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::command::{DeviceProps, Mode, SessionAction};
use edgewire_contract::event::EVENT_KINDS;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::{SessionId, WebhookId};
use edgewire_contract::session::{SessionRecord, SessionStatus, Wanted, field};
use edgewire_contract::token::Capability;
use edgewire_contract::webhook::Webhook;
use edgewire_edge::bus::{Bus, NewSession, SessionView};
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;
use serde_json::Value;

use crate::shape::Session;
use crate::steer::Steering;

/// Longest name, characters.
const LONGEST_NAME: usize = 100;
/// Longest webhook URL, characters.
const LONGEST_URL: usize = 2048;
/// Longest signing secret, characters.
const LONGEST_SECRET: usize = 256;
/// Longest name of a device's system, characters.
const LONGEST_OS: usize = 64;
/// The platforms that a device can say it is.
const PLATFORMS: [&str; 7] = ["chrome", "firefox", "safari", "edge", "opera", "desktop", "ipad"];

#[derive(Serialize)]
struct Answer<'a> {
    session: Session<'a>,
}

#[derive(Debug)]
struct Wish {
    id: Option<SessionId>,
    name: Option<String>,
    webhook: Option<Hook>,
    device: DeviceProps,
    start: bool,
}

#[derive(Debug)]
struct Hook {
    url: String,
    events: Vec<String>,
    secret: Option<String>,
}

/// Makes a session.
///
/// # Errors
/// 401; 403 also when the token is for other sessions; 413, 400; 409 when the id is taken.
pub async fn create<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let caller = gateway.caller(&call.head.headers, &[Capability::Manage]).await?;
    let request_id = call.request_id.clone();
    let body = call.json().await?;
    let wish = read(if body.is_empty() { b"{}" } else { &body })?;
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
    if wish.device != DeviceProps::default() {
        let props = serde_json::to_vec(&wish.device).ok().and_then(|json| String::from_utf8(json).ok());
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
        active: true,
        created_at: now,
    });
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

fn read(body: &[u8]) -> Result<Wish, Fault> {
    Fields::read(body, |fields| {
        Ok(Wish {
            id: fields.optional_session_id("id"),
            name: fields.optional_text("name", 1, LONGEST_NAME),
            webhook: fields.optional_object("webhook", hook),
            device: fields.optional_object("device", device).unwrap_or_default(),
            start: fields.flag("start", true),
        })
    })
}

fn hook(fields: &mut Fields<'_>) -> Option<Hook> {
    let url = fields.parsed("url", web_address);
    let events = fields.list("events", EVENT_KINDS.len() + 1, |kind| {
        if kind == "*" || EVENT_KINDS.contains(&kind) {
            Ok(kind.to_owned())
        } else {
            Err(format!("must be * or one of {}", EVENT_KINDS.join(", ")))
        }
    });
    let all = matches!(fields.raw("events"), None | Some(Value::Array(_))) && events.is_empty();
    let secret = fields.optional_text("secret", 1, LONGEST_SECRET);
    Some(Hook { url: url?, events: if all { vec!["*".into()] } else { events }, secret })
}

fn device(fields: &mut Fields<'_>) -> Option<DeviceProps> {
    let os = fields.optional_text("os", 1, LONGEST_OS);
    let platform = fields.optional_parsed("platform", |text| {
        let known = PLATFORMS.contains(&text);
        if known { Ok(text.to_owned()) } else { Err(format!("must be one of {}", PLATFORMS.join(", "))) }
    });
    Some(DeviceProps { os, platform })
}

/// An http or https URL with a host. Whether the gateway may go there is decided when it does.
fn web_address(text: &str) -> Result<String, String> {
    let rest = text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
    let usable = rest.is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        has_host(authority) && rest.bytes().all(|b| b.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&b))
    });
    if text.chars().count() > LONGEST_URL {
        Err(format!("must be at most {LONGEST_URL} characters"))
    } else if usable {
        Ok(text.to_owned())
    } else {
        Err("must be an http or https URL with a host".into())
    }
}

/// Whether an URL's authority (`user@host:port`) names a host, and the port is one.
fn has_host(authority: &str) -> bool {
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) if address.parse::<std::net::Ipv6Addr>().is_ok() => ("v6", port),
        Some(_) => return false,
        None => place.find(':').map_or((place, ""), |colon| place.split_at(colon)),
    };
    let named = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'%');
    let good_port = port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.parse::<u16>().is_ok());
    !host.is_empty() && host.bytes().all(named) && good_port
}
