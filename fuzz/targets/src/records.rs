//! What stays in Redis, as it is read there: by another version of ours, or by whoever wrote to it by hand.

use edgewire_contract::access::{Act, Organization, User};
use edgewire_contract::command::DeviceProps;
use edgewire_contract::ids::SessionId;
use edgewire_contract::servers::{RedisUrl, slot};
use edgewire_contract::session::{HistoryRequest, PairingStep, Rate, SessionRecord, SessionStatus};
use edgewire_contract::token::{Capability, TokenRecord};
use edgewire_contract::webhook::ask::{Ask, Tried};
use edgewire_contract::webhook::{Breaker, DeadLetter, Delivery, Retry, Webhook};
use edgewire_edge::bus::Binding;

use crate::{json_round, text};

/// Whatever is read is written back, and then read alike.
pub fn run(data: &[u8]) {
    json_round::<TokenRecord>(data);
    json_round::<Organization>(data);
    json_round::<User>(data);
    json_round::<Act>(data);
    json_round::<Webhook>(data);
    json_round::<Retry>(data);
    json_round::<DeadLetter>(data);
    json_round::<Delivery>(data);
    json_round::<Ask>(data);
    json_round::<Tried>(data);
    json_round::<HistoryRequest>(data);
    json_round::<PairingStep>(data);
    json_round::<Rate>(data);
    json_round::<DeviceProps>(data);
    json_round::<Binding>(data);
    if let Ok(token) = serde_json::from_slice::<TokenRecord>(data) {
        judged(token);
    }
    if let Ok(webhook) = serde_json::from_slice::<Webhook>(data) {
        let _any = webhook.wants("main", "message.status");
    }
    let text = text(data);
    hash(&text);
    breaker(&text);
    servers(&text);
}

/// A token's record decides without failing, whatever is in it.
fn judged(token: TokenRecord) {
    let (session, now) = (SessionId::generate(1, 1), 1_781_524_800_000);
    let _any = (token.allows(Capability::Send), token.covers(&session), token.is_use_news(now));
    assert!(!token.works(now) || !token.is_expired(now));
    assert!(!token.suspend().works(now), "a suspended token opens nothing");
}

/// A session's hash: a name and a value a line.
fn hash(text: &str) {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let Some(session) = SessionRecord::from_pairs(&SessionId::generate(1, 1), pairs) else { return };
    assert_ne!(session.status_now(false), SessionStatus::Connected, "nobody owns it");
    assert_eq!(session.status_now(true), session.status);
}

fn breaker(text: &str) {
    let mut parts = text.split(' ');
    let read = Breaker::read(std::array::from_fn(|_| parts.next()));
    let values = read.values();
    assert_eq!(Breaker::read(values.each_ref().map(|value| Some(value.as_str()))), read);
    let _any = (read.state(0), read.state(i64::MAX));
}

/// Where Redis is, as it is set.
fn servers(text: &str) {
    assert!(slot(text.as_bytes()) < 16_384);
    let servers = RedisUrl::parse(text);
    let endpoints: Vec<&str> = servers.endpoints().collect();
    assert_eq!(servers.each().len(), endpoints.len());
    let _any = (servers.sentinels(), endpoints.first().map(|endpoint| servers.at(endpoint)));
}
