//! What the fake answers: what the commands and scripts do, on the maps of [`State`](super::State).

use edgewire_contract::command::{Action, Command, Mode};
use edgewire_contract::ids::{BlobId, CommandId, EntryId, MessageId, OrganizationId, SessionId};
use edgewire_contract::keys::Pointer;
use edgewire_contract::media::BlobRef;
use edgewire_contract::outcome::Outcome;
use edgewire_contract::session::{SessionRecord, SessionStatus, Wanted, field};
use edgewire_contract::token::TokenRecord;

use super::{FakeBus, stored};
use crate::bus::feeds::{Following, Wants};
use crate::bus::{
    Admission, Admitted, Binding, Bus, BusError, FeedEntry, MessageView, NewSession, SessionView, Stored,
    queued_outcome,
};
use crate::env::Env as _;

impl FakeBus {
    /// What the conn-host says of a command, if that is `enough`.
    fn waited(
        &self,
        command: CommandId,
        until_ms: i64,
        enough: impl FnOnce(&Outcome) -> bool,
    ) -> Option<Outcome> {
        let now = self.env.now_ms();
        let told = self.with(|state| {
            let host = state.host?;
            let command = state.commands.iter().find(|c| c.id == command)?.clone();
            let ending = host(&command);
            Some(state.end(&command, ending, now))
        });
        let told = told.filter(enough);
        if told.is_none() {
            self.env.pass(until_ms - now);
        }
        told
    }
}

impl Bus for FakeBus {
    type Follow = Following<Self>;

    async fn token(&self, hash: &str) -> Result<Option<Stored<TokenRecord>>, BusError> {
        self.up()?;
        self.env.pass(self.with(|state| state.slow_ms));
        if self.with(|state| state.unreadable.contains(hash)) {
            return Err(BusError::Broken("a token cannot be read".into()));
        }
        Ok(self.with(|state| state.tokens.get(hash).map(stored)))
    }

    async fn swap_token(
        &self,
        hash: &str,
        before: &Stored<TokenRecord>,
        after: &TokenRecord,
    ) -> Result<bool, BusError> {
        self.meanwhile(|state| state.before_swap.take());
        self.up()?;
        Ok(self.with(|state| match state.tokens.get_mut(hash) {
            Some(now) if stored(now).json == before.json => {
                *now = after.clone();
                true
            }
            now => now.is_some_and(|now| now == after),
        }))
    }

    async fn shards(&self) -> Result<u16, BusError> {
        self.up()?;
        Ok(64)
    }

    async fn bind(
        &self,
        organization: &OrganizationId,
        key_hash: &str,
        binding: &Binding,
    ) -> Result<Binding, BusError> {
        self.up()?;
        let key = (organization.to_string(), key_hash.to_owned());
        Ok(self.with(|state| state.bindings.entry(key).or_insert_with(|| binding.clone()).clone()))
    }

    async fn admit(&self, admission: &Admission) -> Result<Admitted, BusError> {
        self.up()?;
        let (command, now) = (&admission.command, self.env.now_ms());
        self.with(|state| {
            let view = state.sessions.get(&command.session);
            let Some(view) = view.filter(|view| view.record.organization == command.organization) else {
                return Ok(Admitted::UnknownSession);
            };
            if let Some(known) = state.outcomes.get(&command.id) {
                return Ok(Admitted::Known(known.clone()));
            }
            let record = &view.record;
            let refuses = matches!(
                record.status,
                SessionStatus::Stopped
                    | SessionStatus::LoggedOut
                    | SessionStatus::Banned
                    | SessionStatus::Failed
            );
            if !record.paired || record.wanted != Wanted::Run || refuses {
                let (status, reason) = (record.status.as_str().to_owned(), record.reason.clone());
                return Ok(Admitted::NotReady { status, reason });
            }
            let connected = record.status == SessionStatus::Connected && view.owner.is_some();
            if matches!(command.action, Action::Live(_)) && !connected {
                let status = if view.owner.is_some() { record.status.as_str() } else { "reconnecting" };
                return Ok(Admitted::NotReady { status: status.into(), reason: record.reason.clone() });
            }
            if state.full {
                return Ok(Admitted::Full);
            }
            if let (Some((limit, wait_ms)), Mode::Sync, Action::Send(_)) =
                (&state.over, command.mode, &command.action)
            {
                return Ok(Admitted::Over { limit: limit.clone(), wait_ms: *wait_ms });
            }
            let gone = |blob: &BlobRef| !state.blobs.own(&command.session, &blob.blob, now);
            if command.action.blob().is_some_and(gone) {
                return Ok(Admitted::NoBlob);
            }
            if let Action::Send(send) = &command.action {
                let key = (command.session.clone(), send.message_id.clone());
                let view =
                    MessageView::read([Some(send.to.as_str()), None, None, None, None, Some("")], false);
                state.messages.extend(view.map(|view| (key, view)));
            }
            state.outcomes.insert(command.id, queued_outcome(command));
            state.queued_events.extend(admission.queued_event.clone());
            match admission.due {
                Some(due) => drop(state.scheduled.insert(command.id, (due, command.clone()))),
                None => state.commands.push(command.clone()),
            }
            Ok(Admitted::Admitted)
        })
    }

    async fn outcome(&self, command: CommandId) -> Result<Option<Outcome>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.outcomes.get(&command).cloned()))
    }

    fn reply_list(&self) -> String {
        "ew1:{r:test}:replies".into()
    }

    async fn wait(&self, command: CommandId, until_ms: i64) -> Option<Outcome> {
        self.waited(command, until_ms, |outcome| outcome.status.is_final())
    }

    async fn wait_or_background(&self, command: CommandId, until_ms: i64) -> Option<Outcome> {
        self.waited(command, until_ms, |_| true)
    }

    async fn message(
        &self,
        session: &SessionId,
        message: &MessageId,
    ) -> Result<Option<MessageView>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.messages.get(&(session.clone(), message.clone())).cloned()))
    }

    async fn session(
        &self,
        organization: &OrganizationId,
        session: &SessionId,
    ) -> Result<Option<SessionView>, BusError> {
        self.up()?;
        let found = self.with(|state| state.sessions.get(session).cloned());
        Ok(found.filter(|view| view.record.organization == *organization))
    }

    async fn create_session(&self, session: &NewSession) -> Result<bool, BusError> {
        self.up()?;
        self.with(|state| {
            if state.sessions.contains_key(&session.id) {
                return Ok(false);
            }
            let pairs = session.fields.iter().map(|(name, value)| (*name, value.as_str()));
            let record = SessionRecord::from_pairs(&session.id, pairs)
                .ok_or_else(|| BusError::Broken("a record without an owner".into()))?;
            let organization = session.organization.to_string();
            state.access.found(&session.organization);
            state.index.entry(organization).or_default().insert(session.id.clone(), session.created_at);
            let view = SessionView { record, owner: None, pairing: None, last_event: None };
            state.sessions.insert(session.id.clone(), view);
            state.commands.extend(session.start.clone());
            state.webhooks.extend(session.webhook.clone().map(|hook| (session.organization.clone(), hook)));
            Ok(true)
        })
    }

    async fn change_session(
        &self,
        organization: &OrganizationId,
        session: &SessionId,
        fields: &[(&'static str, String)],
    ) -> Result<bool, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let view = state.sessions.get_mut(session);
            let Some(view) = view.filter(|view| view.record.organization == *organization) else {
                return false;
            };
            for (name, value) in fields {
                match *name {
                    field::NAME => view.record.name = Some(value.clone()),
                    field::RATE => view.record.rate = serde_json::from_str(value).ok(),
                    field::UPDATED_AT => view.record.updated_at = value.parse().expect("a time"),
                    other => panic!("{other} is not changed so"),
                }
            }
            true
        }))
    }

    async fn steer(
        &self,
        command: &Command,
        wanted: Option<Wanted>,
    ) -> Result<Option<SessionStatus>, BusError> {
        self.up()?;
        self.with(|state| {
            let view = state.sessions.get_mut(&command.session);
            let Some(view) = view.filter(|view| view.record.organization == command.organization) else {
                return Ok(None);
            };
            view.record.wanted = wanted.unwrap_or(view.record.wanted);
            let status = view.record.status;
            state.outcomes.insert(command.id, queued_outcome(command));
            state.commands.push(command.clone());
            Ok(Some(status))
        })
    }

    async fn sessions_of(&self, organization: &OrganizationId) -> Result<Vec<(SessionId, i64)>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let index = state.index.get(organization.as_str()).cloned().unwrap_or_default();
            let mut sessions: Vec<_> = index.into_iter().collect();
            sessions.sort_by_key(|(id, at)| (*at, id.clone()));
            sessions
        }))
    }

    async fn forget_session(
        &self,
        organization: &OrganizationId,
        session: &SessionId,
    ) -> Result<(), BusError> {
        self.up()?;
        self.with(|state| {
            state
                .webhooks
                .retain(|(owner, hook)| owner != organization || hook.session_id.as_ref() != Some(session));
            if let Some(index) = state.index.get_mut(organization.as_str()) {
                index.remove(session);
            }
        });
        Ok(())
    }

    async fn hosts_since(&self, _since_ms: i64) -> Result<i64, BusError> {
        self.up()?;
        Ok(self.with(|state| state.hosts))
    }

    async fn put_blob(
        &self,
        session: &SessionId,
        blob: &BlobId,
        chunk: u32,
        bytes: Vec<u8>,
        budget: u64,
    ) -> Result<bool, BusError> {
        self.up()?;
        let now = self.env.now_ms();
        Ok(self.with(|state| state.blobs.put(session, blob, chunk, bytes, budget, now)))
    }

    async fn blob_chunk(
        &self,
        session: &SessionId,
        blob: &BlobId,
        chunk: u32,
    ) -> Result<Option<Vec<u8>>, BusError> {
        self.up()?;
        let now = self.env.now_ms();
        Ok(self.with(|state| state.blobs.chunk(session, blob, chunk, now)))
    }

    async fn drop_blob(&self, session: &SessionId, blob: &BlobId) -> Result<(), BusError> {
        self.up()?;
        self.with(|state| state.blobs.drop(session, blob));
        Ok(())
    }

    fn follow(&self, organization: &OrganizationId, after: EntryId, wants: Wants) -> Self::Follow {
        Following::new(self.clone(), organization.clone(), after, wants)
    }

    async fn feed_end(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.feeds.get(organization.as_str()).and_then(|feed| feed.last()).cloned()))
    }

    async fn feed_gone(&self, organization: &OrganizationId) -> Result<Option<FeedEntry>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.gone.get(organization.as_str()).cloned()))
    }

    async fn feed_from(
        &self,
        organization: &OrganizationId,
        from: EntryId,
        count: u32,
    ) -> Result<Vec<FeedEntry>, BusError> {
        self.up()?;
        Ok(self.with(|state| state.feed_from(organization, from, count)))
    }

    async fn bodies(&self, pointers: &[Pointer]) -> Result<Vec<Option<String>>, BusError> {
        self.up()?;
        Ok(self.with(|state| {
            let body = |p: &Pointer| state.bodies.get(&(p.session.clone(), p.entry)).cloned();
            pointers.iter().map(body).collect()
        }))
    }
}
