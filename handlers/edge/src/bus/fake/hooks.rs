//! Webhooks, and a host that answers test deliveries as the test says.

use edgewire_contract::ids::{EntryId, OrganizationId, RequestId, WebhookId};
use edgewire_contract::webhook::ask::{Ask, Tried, Wish};
use edgewire_contract::webhook::{AGAIN_MOST, DeadLetter, Delivery, MAX_PER_ORGANIZATION, Webhook};

use super::FakeBus;
use crate::bus::BusError;
use crate::bus::hooks::{HookBus, HookState, Keeping, Kept, Replayed};

/// What deliveries left behind, and what is asked.
#[derive(Debug, Default)]
pub struct Hooks {
    /// Dead letters, the oldest first.
    pub dead: Vec<(WebhookId, EntryId, DeadLetter)>,
    /// Those on their way again.
    pub again: Vec<(WebhookId, DeadLetter)>,
    /// The logs, the oldest first.
    pub log: Vec<(WebhookId, EntryId, Delivery)>,
    /// The breakers.
    pub states: Vec<(WebhookId, HookState)>,
    /// What was asked.
    pub asks: Vec<Ask>,
    /// What a test delivery comes to; without it nobody answers.
    pub trial: Option<Tried>,
}

fn json(webhook: &Webhook) -> String {
    serde_json::to_string(webhook).expect("has string keys")
}

fn kept(webhook: &Webhook) -> Kept {
    Kept { webhook: webhook.clone(), json: json(webhook) }
}

fn newest<T: Clone>(
    all: &[(WebhookId, EntryId, T)],
    id: &WebhookId,
    before: Option<EntryId>,
    count: u32,
) -> Vec<(EntryId, T)> {
    let own = all.iter().rev().filter(|(hook, at, _)| hook == id && before.is_none_or(|before| *at < before));
    own.take(count as usize).map(|(_, at, value)| (*at, value.clone())).collect()
}

impl HookBus for FakeBus {
    async fn webhooks(&self, organization: &OrganizationId) -> Result<Vec<Kept>, BusError> {
        self.up()?;
        let mut all: Vec<Kept> = self.with(|state| {
            let own = state.webhooks.iter().filter(|(owner, _)| owner == organization);
            own.map(|(_, webhook)| kept(webhook)).collect()
        });
        all.sort_by(|a, b| a.webhook.id.cmp(&b.webhook.id));
        Ok(all)
    }

    async fn webhook(&self, organization: &OrganizationId, id: &WebhookId) -> Result<Option<Kept>, BusError> {
        Ok(self.webhooks(organization).await?.into_iter().find(|kept| kept.webhook.id == *id))
    }

    async fn keep_webhook(
        &self,
        organization: &OrganizationId,
        webhook: &Webhook,
        instead_of: Option<&Kept>,
    ) -> Result<Keeping, BusError> {
        self.up()?;
        self.with(|state| instead_of.is_none() && state.access.found(organization));
        self.meanwhile(|state| state.access.before_keep_webhook.take());
        Ok(self.with(|state| {
            if state.access.gone.contains(organization) {
                return Keeping::Gone;
            }
            let own = state.webhooks.iter().filter(|(owner, _)| owner == organization).count();
            let place = state.webhooks.iter_mut().find(|(o, w)| o == organization && w.id == webhook.id);
            match (place, instead_of) {
                (None, None) if own >= MAX_PER_ORGANIZATION => Keeping::Full,
                (None, None) => {
                    state.webhooks.push((organization.clone(), webhook.clone()));
                    Keeping::Kept
                }
                (None, Some(_)) => Keeping::Gone,
                (Some((_, now)), Some(before)) if json(now) == before.json => {
                    *now = webhook.clone();
                    Keeping::Kept
                }
                (Some(_), _) => Keeping::Changed,
            }
        }))
    }

    async fn drop_webhook(&self, organization: &OrganizationId, id: &WebhookId) -> Result<bool, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let before = state.webhooks.len();
            state.webhooks.retain(|(owner, webhook)| owner != organization || webhook.id != *id);
            state.webhooks.len() < before
        }))
    }

    async fn drop_all_webhooks(&self, organization: &OrganizationId) -> Result<(), BusError> {
        self.up()?;
        self.with(|state| state.webhooks.retain(|(owner, _)| owner != organization));
        Ok(())
    }

    async fn hook_states(
        &self,
        _organization: &OrganizationId,
        ids: &[WebhookId],
    ) -> Result<Vec<HookState>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let hooks = &state.hooks;
            let of = |id: &WebhookId| {
                let known = hooks.states.iter().find(|(hook, _)| hook == id).map(|(_, state)| *state);
                let dead = hooks.dead.iter().filter(|(hook, ..)| hook == id).count() as u64;
                let again = hooks.again.iter().filter(|(hook, _)| hook == id).count() as u64;
                HookState { dead, again, ..known.unwrap_or_default() }
            };
            ids.iter().map(of).collect()
        }))
    }

    async fn dead_letters(
        &self,
        _organization: &OrganizationId,
        id: &WebhookId,
        before: Option<EntryId>,
        count: u32,
    ) -> Result<Vec<(EntryId, DeadLetter)>, BusError> {
        self.up()?;
        Ok(self.with(|state| newest(&state.hooks.dead, id, before, count)))
    }

    async fn deliveries(
        &self,
        _organization: &OrganizationId,
        id: &WebhookId,
        before: Option<EntryId>,
        count: u32,
    ) -> Result<Vec<(EntryId, Delivery)>, BusError> {
        self.up()?;
        Ok(self.with(|state| newest(&state.hooks.log, id, before, count)))
    }

    async fn replay(
        &self,
        organization: &OrganizationId,
        id: &WebhookId,
        events: &[String],
    ) -> Result<Replayed, BusError> {
        if self.webhook(organization, id).await?.is_none() {
            return Ok(Replayed::Gone);
        }
        Ok(self.with(|state| {
            let hooks = &mut state.hooks;
            let (mut moved, mut full) = (0, false);
            for (hook, at, letter) in std::mem::take(&mut hooks.dead) {
                let wanted = hook == *id && (events.is_empty() || events.contains(&letter.event_id));
                if wanted && hooks.again.len() < AGAIN_MOST as usize {
                    hooks.again.push((hook, letter));
                    moved += 1;
                } else {
                    full |= wanted;
                    hooks.dead.push((hook, at, letter));
                }
            }
            if full { Replayed::Full(moved) } else { Replayed::Moved(moved) }
        }))
    }

    async fn ask_deliverer(&self, _organization: &OrganizationId, ask: &Ask) -> Result<(), BusError> {
        self.up()?;
        self.with(|state| state.hooks.asks.push(ask.clone()));
        Ok(())
    }

    async fn tried(
        &self,
        _organization: &OrganizationId,
        ask: &RequestId,
    ) -> Result<Option<Tried>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let asked = state.hooks.asks.iter().any(|a| a.id == *ask && a.what == Wish::Test);
            state.hooks.trial.clone().filter(|_| asked)
        }))
    }
}
