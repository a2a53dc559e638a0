//! What handlers ask of Redis about webhooks.

use edgewire_contract::ids::{EntryId, OrganizationId, RequestId, WebhookId};
use edgewire_contract::webhook::ask::{Ask, Tried};
use edgewire_contract::webhook::{Breaker, DeadLetter, Delivery, Webhook};

use super::flat::{self, Flat};
use super::{Bus, BusError};

/// Redis, as far as webhooks go.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait HookBus: Bus {
    /// The organization's webhooks, in the order of their ids, which is that of their creation. A record that cannot be
    /// read (a newer version's) is left out.
    async fn webhooks(&self, organization: &OrganizationId) -> Result<Vec<Kept>, BusError>;

    /// One of them.
    async fn webhook(&self, organization: &OrganizationId, id: &WebhookId) -> Result<Option<Kept>, BusError>;

    /// Keeps a webhook: a new one, or in place of the one that was read. None of an organization that is deleted meanwhile.
    async fn keep_webhook(
        &self,
        organization: &OrganizationId,
        webhook: &Webhook,
        instead_of: Option<&Kept>,
    ) -> Result<Keeping, BusError>;

    /// Forgets a webhook and all that is its. Whether there was one.
    async fn drop_webhook(&self, organization: &OrganizationId, id: &WebhookId) -> Result<bool, BusError>;

    /// Forgets all of an organization's webhooks, also those whose records cannot be read, and all that is theirs.
    async fn drop_all_webhooks(&self, organization: &OrganizationId) -> Result<(), BusError>;

    /// How the deliveries of these go.
    async fn hook_states(
        &self,
        organization: &OrganizationId,
        ids: &[WebhookId],
    ) -> Result<Vec<HookState>, BusError>;

    /// Up to `count` dead letters, the newest first, older than `before`.
    async fn dead_letters(
        &self,
        organization: &OrganizationId,
        id: &WebhookId,
        before: Option<EntryId>,
        count: u32,
    ) -> Result<Vec<(EntryId, DeadLetter)>, BusError>;

    /// Up to `count` entries of the delivery log, the newest first, older than `before`.
    async fn deliveries(
        &self,
        organization: &OrganizationId,
        id: &WebhookId,
        before: Option<EntryId>,
        count: u32,
    ) -> Result<Vec<(EntryId, Delivery)>, BusError>;

    /// Has the dead letters of these events delivered again; without any, all that there are now.
    async fn replay(
        &self,
        organization: &OrganizationId,
        id: &WebhookId,
        events: &[String],
    ) -> Result<Replayed, BusError>;

    /// Asks the host that delivers.
    async fn ask_deliverer(&self, organization: &OrganizationId, ask: &Ask) -> Result<(), BusError>;

    /// What it answered, if it has.
    async fn tried(&self, organization: &OrganizationId, ask: &RequestId) -> Result<Option<Tried>, BusError>;
}

/// A webhook as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The record.
    pub webhook: Webhook,
    /// As it stands in Redis.
    pub json: String,
}

impl Kept {
    /// Of a record's JSON.
    pub fn read(json: &str) -> Option<Self> {
        Some(Self { webhook: serde_json::from_slice(json.as_bytes()).ok()?, json: json.to_owned() })
    }
}

/// What became of a webhook that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It is kept.
    Kept,
    /// The organization has as many as it may.
    Full,
    /// The one that was read is no more.
    Gone,
    /// Somebody else changed it meanwhile.
    Changed,
}

/// How a webhook's deliveries go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HookState {
    /// Its receiver's circuit breaker.
    pub breaker: Breaker,
    /// How many dead letters there are.
    pub dead: u64,
    /// How many dead letters are on their way again.
    pub again: u64,
}

/// What became of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// So many are on their way again.
    Moved(u64),
    /// So many; there was no room for the others.
    Full(u64),
    /// There is no such webhook.
    Gone,
}

/// What one step of the script `replay_hook` came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How many were moved.
    pub moved: u64,
    /// How many were looked at.
    pub looked: u64,
    /// The last that was looked at.
    pub last: Option<EntryId>,
    /// Whether there was no room for all.
    pub full: bool,
}

impl Keeping {
    /// The answer of the script `keep_hook`.
    ///
    /// # Errors
    /// When it is none of its answers.
    pub fn read(answer: &[Flat]) -> Result<Self, BusError> {
        match answer.first().and_then(Flat::text) {
            Some("kept") => Ok(Self::Kept),
            Some("full") => Ok(Self::Full),
            Some("gone") => Ok(Self::Gone),
            Some("changed") => Ok(Self::Changed),
            _ => Err(BusError::Broken("keep_hook answered none of its answers".into())),
        }
    }
}

/// The answer of the script `look_hooks`.
pub fn states(answer: &[Flat]) -> Vec<HookState> {
    let state = |values: &[Flat]| {
        let text = |i: usize| values[i].text();
        let count = |i: usize| values[i].number().and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        let breaker = Breaker::read([text(0), text(1), text(2), text(3)]);
        HookState { breaker, dead: count(4), again: count(5) }
    };
    answer.chunks_exact(7).map(state).collect()
}

/// The answer of the script `replay_hook`; `None` when the webhook is gone.
///
/// # Errors
/// When it is none of its answers.
pub fn step(answer: &[Flat]) -> Result<Option<Step>, BusError> {
    match answer {
        [gone] if gone.text() == Some("gone") => Ok(None),
        [moved, looked, last, full] => {
            let count = |value: &Flat| value.number().and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
            let last = last.text().and_then(|text| EntryId::parse(text).ok());
            Ok(Some(Step { moved: count(moved), looked: count(looked), last, full: count(full) == 1 }))
        }
        _ => Err(BusError::Broken("replay_hook answered none of its answers".into())),
    }
}

/// Entries of a stream of JSON records; one that cannot be read is left out.
///
/// # Errors
/// When it is no stream's answer.
pub fn records<T: serde::de::DeserializeOwned>(answer: &[Flat]) -> Result<Vec<(EntryId, T)>, BusError> {
    let read = |(at, json): (EntryId, &str)| Some((at, serde_json::from_slice(json.as_bytes()).ok()?));
    Ok(flat::entries(answer)?.into_iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Flat {
        Flat::Text(text.as_bytes().to_vec())
    }

    #[test]
    fn states_are_read_from_flat_lists() {
        let closed = [text(""), text(""), text(""), text(""), Flat::Int(0), Flat::Int(0), text("")];
        let open = [text("20"), text("1"), text("5"), text("9"), Flat::Int(3), Flat::Int(2), text("1-1")];
        let breaker = Breaker { failures: 20, opened: 1, opened_at: 5, retry_at: 9 };
        assert_eq!(
            states(&[closed, open].concat()),
            [HookState::default(), HookState { breaker, dead: 3, again: 2 }]
        );
        assert_eq!(states(&[]), []);
    }

    #[test]
    fn a_step_is_read() {
        let answer = [Flat::Int(2), Flat::Int(5), text("7-1"), Flat::Int(0)];
        let last = Some(EntryId { ms: 7, seq: 1 });
        assert_eq!(step(&answer).unwrap(), Some(Step { moved: 2, looked: 5, last, full: false }));
        assert_eq!(step(&[text("gone")]).unwrap(), None);
        assert!(step(&[]).is_err());
        assert_eq!(Keeping::read(&[text("changed")]).unwrap(), Keeping::Changed);
        assert!(Keeping::read(&[Flat::Nil]).is_err());
    }
}
