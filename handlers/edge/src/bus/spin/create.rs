//! What of a session's beginning and end is outside its shard: the organization's index and its webhooks.
//!
//! The index entry comes before the record and goes after it, so that a crash in between leaves an entry without a
//! record, which the list leaves out, and never a session that no list shows.

use edgewire_contract::ids::{OrganizationId, SessionId, WebhookId};
use edgewire_contract::webhook::Webhook;
use edgewire_contract::{keys, script};
use serde_json::Value;

use super::access::found_keys;
use super::link::args;
use super::{SpinBus, to_json};
use crate::bus::flat::{self, Flat};
use crate::bus::{Bus as _, BusError, NewSession};
use crate::env::Env as _;
use crate::env::spin::SpinEnv;

impl SpinBus {
    pub(super) async fn create(&self, session: &NewSession) -> Result<bool, BusError> {
        let (organization, id) = (&session.organization, &session.id);
        let shard = self.shard_of(id).await?;
        let index = keys::organization_sessions(organization);
        let [record, audit, aside] = found_keys(organization, SpinEnv.now_ms());
        let keys = [record, audit, aside, index.clone()];
        let indexed =
            self.link().script(&script::INDEX_SESSION, &keys, args![id, session.created_at]).await?;
        // Behind the script, as in `add_organization`.
        self.enlist(organization).await?;
        if let Some(webhook) = &session.webhook {
            self.keep_webhook(organization, webhook).await?;
        }
        let keys = [keys::session(shard, id), keys::shard_sessions(shard), keys::commands(shard)];
        let start = session.start.as_ref().map(to_json).unwrap_or_default();
        let mut args = args![id, start];
        for (field, value) in &session.fields {
            args.extend(args![*field, value]);
        }
        let answer = self.link().script_once(&script::CREATE_SESSION, &keys, args).await?;
        if answer.first().and_then(Flat::text) == Some("created") {
            return Ok(true);
        }
        // Taken. Undo what was ours alone: the index entry may have been there for the session that has the id.
        if let Some(webhook) = &session.webhook {
            self.link().call("HDEL", args![keys::webhooks(organization), webhook.id]).await?;
        }
        let newly_indexed = indexed.first().and_then(Flat::number) == Some(1);
        if newly_indexed && self.look_at(organization, id, shard).await?.is_none() {
            self.link().call("ZREM", args![index, id]).await?;
        }
        Ok(false)
    }

    async fn keep_webhook(&self, organization: &OrganizationId, webhook: &Webhook) -> Result<(), BusError> {
        self.link().call("SADD", args![keys::hook_organizations(), organization]).await?;
        self.link().call("HSET", args![keys::webhooks(organization), webhook.id, to_json(webhook)]).await?;
        Ok(())
    }

    pub(super) async fn forget(
        &self,
        organization: &OrganizationId,
        session: &SessionId,
    ) -> Result<(), BusError> {
        let key = keys::webhooks(organization);
        let answer = self.link().call("HGETALL", args![&key]).await?;
        for pair in answer.chunks_exact(2) {
            let Some(id) = pair[0].text().and_then(|id| WebhookId::parse(id).ok()) else { continue };
            let webhook: Option<Value> = flat::json("a webhook", &pair[1..]).ok().flatten();
            let bound_to = webhook.as_ref().and_then(|webhook| webhook.get("session_id")?.as_str());
            if bound_to == Some(session.as_str()) {
                self.drop_webhooks(organization, &[id]).await?;
            }
        }
        let index = keys::organization_sessions(organization);
        self.link().call("ZREM", args![index, session]).await?;
        Ok(())
    }
}
