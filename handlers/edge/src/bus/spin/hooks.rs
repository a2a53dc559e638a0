//! Webhooks.

use edgewire_contract::ids::{EntryId, OrganizationId, RequestId, WebhookId};
use edgewire_contract::webhook::ask::{ASK_TTL_SECONDS, Ask, Tried};
use edgewire_contract::webhook::{AGAIN_MOST, DeadLetter, Delivery, MAX_PER_ORGANIZATION, Webhook};
use edgewire_contract::{keys, script};
use futures::future::try_join;

use super::link::args;
use super::{SpinBus, to_json};
use crate::bus::BusError;
use crate::bus::access::AccessBus as _;
use crate::bus::flat::{self, Flat};
use crate::bus::hooks::{self, HookBus, HookState, Keeping, Kept, Replayed};

/// How many webhooks one look looks at.
const LOOKED_AT: usize = 100;
/// How many dead letters one step of a replay looks at.
const STEP: u64 = 1000;

impl HookBus for SpinBus {
    async fn webhooks(&self, organization: &OrganizationId) -> Result<Vec<Kept>, BusError> {
        let answer = self.link().call("HVALS", args![keys::webhooks(organization)]).await?;
        let mut all: Vec<Kept> = answer.iter().filter_map(Flat::text).filter_map(Kept::read).collect();
        all.sort_by(|a, b| a.webhook.id.cmp(&b.webhook.id));
        Ok(all)
    }

    async fn webhook(&self, organization: &OrganizationId, id: &WebhookId) -> Result<Option<Kept>, BusError> {
        let answer = self.link().call("HGET", args![keys::webhooks(organization), id]).await?;
        Ok(answer.first().and_then(Flat::text).and_then(Kept::read))
    }

    async fn keep_webhook(
        &self,
        organization: &OrganizationId,
        webhook: &Webhook,
        instead_of: Option<&Kept>,
    ) -> Result<Keeping, BusError> {
        // Before the record, so that a crash in between leaves no webhook that no host looks for.
        let listed = self.link().call("SADD", args![keys::hook_organizations(), organization]);
        // Only what is new has its organization be there.
        let there = async {
            match instead_of {
                None => self.add_organization(organization).await,
                Some(_) => self.enlist(organization).await,
            }
        };
        try_join(listed, there).await?;
        let keys = [keys::webhooks(organization), keys::organization(organization)];
        let before = instead_of.map_or("", |kept| kept.json.as_str());
        let args = args![webhook.id, to_json(webhook), before, MAX_PER_ORGANIZATION as u64];
        Keeping::read(&self.link().script(&script::KEEP_HOOK, &keys, args).await?)
    }

    async fn drop_webhook(&self, organization: &OrganizationId, id: &WebhookId) -> Result<bool, BusError> {
        Ok(self.drop_webhooks(organization, std::slice::from_ref(id)).await? > 0)
    }

    async fn drop_all_webhooks(&self, organization: &OrganizationId) -> Result<(), BusError> {
        let answer = self.link().call("HKEYS", args![keys::webhooks(organization)]).await?;
        let id = |field: &Flat| WebhookId::parse(field.text()?).ok();
        let ids: Vec<WebhookId> = answer.iter().filter_map(id).collect();
        for some in ids.chunks(LOOKED_AT) {
            self.drop_webhooks(organization, some).await?;
        }
        Ok(())
    }

    async fn hook_states(
        &self,
        organization: &OrganizationId,
        ids: &[WebhookId],
    ) -> Result<Vec<HookState>, BusError> {
        let mut states = Vec::with_capacity(ids.len());
        for some in ids.chunks(LOOKED_AT) {
            let keys: Vec<String> = some
                .iter()
                .flat_map(|id| {
                    [
                        keys::hook(organization, id),
                        keys::hook_dead(organization, id),
                        keys::hook_again(organization, id),
                    ]
                })
                .collect();
            let answer = self.link().script(&script::LOOK_HOOKS, &keys, args![]).await?;
            states.extend(hooks::states(&answer));
        }
        Ok(states)
    }

    async fn dead_letters(
        &self,
        organization: &OrganizationId,
        id: &WebhookId,
        before: Option<EntryId>,
        count: u32,
    ) -> Result<Vec<(EntryId, DeadLetter)>, BusError> {
        hooks::records(&self.newest(keys::hook_dead(organization, id), before, count).await?)
    }

    async fn deliveries(
        &self,
        organization: &OrganizationId,
        id: &WebhookId,
        before: Option<EntryId>,
        count: u32,
    ) -> Result<Vec<(EntryId, Delivery)>, BusError> {
        hooks::records(&self.newest(keys::hook_log(organization, id), before, count).await?)
    }

    async fn replay(
        &self,
        organization: &OrganizationId,
        id: &WebhookId,
        events: &[String],
    ) -> Result<Replayed, BusError> {
        let dead = keys::hook_dead(organization, id);
        // What dies again meanwhile is behind this.
        let newest = self.newest(dead.clone(), None, 1).await?;
        let to = flat::entries(&newest)?.first().map(|(at, _)| at.to_string());
        let to = to.unwrap_or_else(|| "0-1".into());
        let keys = [keys::webhooks(organization), dead, keys::hook_again(organization, id)];
        let (mut moved, mut from) = (0, "-".to_owned());
        loop {
            let mut args = args![id, from, to, STEP, AGAIN_MOST];
            args.extend(events.iter().map(|event| event.as_bytes().to_vec()));
            let answer = self.link().script(&script::REPLAY_HOOK, &keys, args).await?;
            let Some(step) = hooks::step(&answer)? else { return Ok(Replayed::Gone) };
            moved += step.moved;
            match step.last {
                _ if step.full => return Ok(Replayed::Full(moved)),
                Some(last) if step.looked == STEP => from = format!("({last}"),
                _ => return Ok(Replayed::Moved(moved)),
            }
        }
    }

    async fn ask_deliverer(&self, organization: &OrganizationId, ask: &Ask) -> Result<(), BusError> {
        let key = keys::hook_asks(organization);
        self.link().call("RPUSH", args![key, to_json(ask)]).await?;
        self.link().call("EXPIRE", args![key, ASK_TTL_SECONDS]).await?;
        Ok(())
    }

    async fn tried(&self, organization: &OrganizationId, ask: &RequestId) -> Result<Option<Tried>, BusError> {
        let key = keys::hook_answer(organization, ask);
        flat::json("an answer", &self.link().call("GET", args![key]).await?)
    }
}

impl SpinBus {
    /// Forgets webhooks and all that is theirs. How many there were.
    pub(super) async fn drop_webhooks(
        &self,
        organization: &OrganizationId,
        ids: &[WebhookId],
    ) -> Result<i64, BusError> {
        let mut keys = vec![keys::webhooks(organization)];
        let mut named = args![];
        for id in ids {
            keys.push(keys::hook(organization, id));
            keys.push(keys::hook_dead(organization, id));
            keys.push(keys::hook_again(organization, id));
            keys.push(keys::hook_log(organization, id));
            named.extend(args![id]);
        }
        let answer = self.link().script(&script::DROP_HOOKS, &keys, named).await?;
        Ok(answer.first().and_then(Flat::number).unwrap_or(0))
    }

    /// Entries of a stream, the newest first.
    pub(super) async fn newest(
        &self,
        key: String,
        before: Option<EntryId>,
        count: u32,
    ) -> Result<Vec<Flat>, BusError> {
        // Redis calls what comes before the first place of all an error.
        if before == Some(EntryId::default()) {
            return Ok(Vec::new());
        }
        let from = before.map_or_else(|| "+".to_owned(), |before| format!("({before}"));
        self.link().call("XREVRANGE", args![key, from, "-", "COUNT", count]).await
    }
}
