//! The session's life as WhatsApp tells it: pairing, connected, lost, banned, unlinked; and the writing of its status.

use std::time::Duration;

use edgewire_contract::command::Live;
use edgewire_contract::event::{EventBody, SessionStatusPayload};
use edgewire_contract::session::{SessionStatus, field};
use edgewire_store::StoreError;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::actor::Actor;
use super::passkey::Stage;
use super::state::{self, Happening};
use super::work::Finished;
use crate::clock::Clock;
use crate::commands::watch;
use crate::events::blocked::BlockList;
use crate::events::told::Told;
use crate::wire::{Wire, WireEvent};

/// A connection that another one replaced is opened again after this pause, so that two never take turns.
const REPLACED_PAUSE: Duration = Duration::from_secs(30);
/// How often whom the account blocks is read anew, because it changed meanwhile.
const READINGS: u32 = 3;
/// How long an unlinked device's keys are kept, seconds.
pub(super) const QUARANTINE_SECONDS: u64 = 7 * 24 * 3600;

impl Actor {
    /// Something changed in the connection's life.
    pub(super) async fn life_event(&mut self, event: WireEvent) {
        match event {
            WireEvent::Qr { code, timeout } => self.show_qr(code, timeout).await,
            WireEvent::CodeGone { why, another } => self.code_gone(why, another).await,
            WireEvent::Passkey(step) => self.passkey(step).await,
            WireEvent::Paired => {
                self.forget_pairing().await;
                self.record.paired = true;
                self.forget_account().await;
                self.happened(Happening::Linked, None, &[(field::PAIRED, "1".into())]).await;
            }
            WireEvent::PairFailed(why) => {
                self.happened(Happening::Opening, Some(format!("the phone refused the pairing: {why}")), &[])
                    .await;
            }
            WireEvent::Connected => self.connected().await,
            WireEvent::Renamed => self.learn_identity().await,
            WireEvent::Disconnected(why) => {
                self.shared.host.metrics.reconnects.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                self.pairing_lost().await;
                self.happened(Happening::SocketLost, Some(why), &[]).await;
            }
            WireEvent::Refused(why) => {
                self.happened(
                    Happening::SocketLost,
                    Some(format!("WhatsApp refuses the connection: {why}")),
                    &[],
                )
                .await;
            }
            WireEvent::Silent => self.give_link_up("WhatsApp does not answer").await,
            WireEvent::Away => {
                self.happened(Happening::SocketLost, Some("WhatsApp does not answer".into()), &[]).await;
            }
            WireEvent::Replaced => {
                warn!(session = %self.record.id, "another connection with this session's keys took over");
                self.close_link().await;
                let reason = "another connection with this device's keys took over";
                self.happened(Happening::SocketLost, Some(reason.into()), &[]).await;
                self.reopen_at = Some(Instant::now() + REPLACED_PAUSE);
            }
            WireEvent::Banned { reason, expires } => {
                self.close_link().await;
                let reason = format!("{reason} (for {} more)", humane(expires));
                self.happened(Happening::Banned, Some(reason), &[]).await;
                self.reopen_at = Instant::now().checked_add(expires);
            }
            WireEvent::LoggedOut(why) => self.unlinked(&why).await,
            WireEvent::QrExhausted { ended } => self.nobody_scanned(ended).await,
            WireEvent::Ended => self.link_ended().await,
            WireEvent::Acked(_) => {}
        }
    }

    async fn connected(&mut self) {
        self.reopen.reset();
        let now = self.shared.host.clock.now_ms();
        self.record.paired = true;
        self.record.last_connected_at = Some(now);
        self.read_identity().await;
        let fields = [(field::PAIRED, "1".to_owned()), (field::LAST_CONNECTED_AT, now.to_string())];
        self.happened(Happening::LoggedIn, None, &fields).await;
        self.forget_pairing().await;
        self.catch_up();
        info!(session = %self.record.id, "connected");
    }

    /// WhatsApp has forgotten whose presence the session watches; and whom the account blocks may have changed meanwhile.
    fn catch_up(&mut self) {
        let Some(link) = &self.link else { return };
        let (redis, wire, store) = (self.shared.host.redis.clone(), link.wire.clone(), link.store.clone());
        let (list, clock) = (link.blocked.clone(), self.shared.host.clock.clone());
        self.running.spawn(async move {
            tokio::join!(watch::renew(&redis, &store, &*wire), blocked(&*wire, &list, &*clock));
            Finished::Asked
        });
    }

    /// Another account may have been linked: what the last one did is not its own.
    async fn forget_account(&self) {
        let Some(link) = &self.link else { return };
        if let Err(e) = link.store.forget_account(self.shared.host.clock.now_ms()).await {
            debug!(session = %self.record.id, error = %e, "what the last account did could not be forgotten");
        }
    }

    async fn read_identity(&mut self) {
        let Some(link) = &self.link else { return };
        let identity = link.wire.identity().await;
        self.record.phone = identity.phone.or(self.record.phone.take());
        self.record.lid = identity.lid.or(self.record.lid.take());
        self.record.device = identity.device.or(self.record.device.take());
        self.record.push_name = identity.push_name.or(self.record.push_name.take());
    }

    /// The socket is gone, and with it what can be scanned or typed. A passkey's handshake cannot be taken up on the next one.
    async fn pairing_lost(&mut self) {
        if self.record.paired {
            return;
        }
        if self.pairing.passkey != Stage::None {
            self.close_link().await;
            self.reopen_at = Some(Instant::now());
            self.pairing.anew = Some("the connection was lost before the passkey was confirmed".into());
        }
        self.pairing.connection_lost();
        self.write_pairing().await;
    }

    async fn learn_identity(&mut self) {
        self.read_identity().await;
        self.write_status(&[]).await;
    }

    /// WhatsApp unlinked the device. Its keys are set aside, not deleted: a mistake of a server must not cost them.
    async fn unlinked(&mut self, why: &str) {
        warn!(session = %self.record.id, reason = %why, "WhatsApp unlinked the device");
        let store = self.link.as_ref().map(|l| l.store.clone());
        self.close_link().await;
        if let Some(store) = store
            && let Err(e) = store.quarantine(QUARANTINE_SECONDS).await
        {
            warn!(session = %self.record.id, error = %e, "the device's keys could not be set aside");
        }
        self.record.paired = false;
        let reason = format!("WhatsApp unlinked the device ({why}); pair it again");
        self.happened(Happening::Unlinked, Some(reason), &[(field::PAIRED, "0".into())]).await;
        self.fail_waiting().await;
    }

    async fn link_ended(&mut self) {
        // Ends that were explained before (logout, ban, no scan) have taken the link away already.
        if self.link.is_none() {
            return;
        }
        self.close_link().await;
        self.happened(Happening::SocketLost, Some("the connection ended".into()), &[]).await;
        self.reopen_at = Some(Instant::now() + self.reopen.pause());
    }

    /// There is nobody at the connection's other end: it lets go of it and opens another.
    pub(super) async fn give_link_up(&mut self, why: &str) {
        let Some(wire) = self.link.as_ref().map(|link| link.wire.clone()) else { return };
        self.acks.lose_all();
        // First the truth: a socket without another end takes its time to close.
        self.happened(Happening::SocketLost, Some(why.into()), &[]).await;
        wire.reconnect().await;
    }

    /// Closes the connection, if there is one.
    pub(super) async fn close_link(&mut self) {
        self.lose_acks();
        self.pairing.connection_lost();
        if let Some(link) = self.link.take() {
            link.wire.close().await;
        }
    }

    /// Moves the state machine, and writes what changed, with its event.
    pub(super) async fn happened(
        &mut self,
        what: Happening,
        reason: Option<String>,
        fields: &[(&str, String)],
    ) {
        let before = self.record.status;
        let after = state::next(before, self.record.paired, what);
        let changed = after != before || reason != self.record.reason;
        self.record.status = after;
        self.record.reason = reason;
        if after != before {
            self.shared.host.metrics.session_moved(Some(before.as_str()), Some(after.as_str()));
        }
        if changed || !fields.is_empty() {
            self.write_status(fields).await;
        }
    }

    /// Writes the record and the event of its status.
    pub(super) async fn write_status(&mut self, more: &[(&str, String)]) {
        let now = self.shared.host.clock.now_ms();
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let mut fields = vec![
            (field::STATUS, self.record.status.as_str().to_owned()),
            (field::REASON, text(&self.record.reason)),
            (field::PAIRED, if self.record.paired { "1" } else { "0" }.to_owned()),
            (field::PHONE, text(&self.record.phone)),
            (field::LID, text(&self.record.lid)),
            (field::DEVICE, text(&self.record.device)),
            (field::PUSH_NAME, text(&self.record.push_name)),
            (field::UPDATED_AT, now.to_string()),
        ];
        fields.extend_from_slice(more);
        let event = self.publisher.stored(
            now,
            EventBody::SessionStatus(SessionStatusPayload {
                status: self.record.status,
                reason: self.record.reason.clone(),
                phone_number: self.record.phone.clone(),
                push_name: self.record.push_name.clone(),
            }),
        );
        let written =
            self.records.set(&self.record.organization, &self.record.id, Some(event), &fields).await;
        self.unwritten = match written {
            Ok(()) => false,
            Err(StoreError::Fenced) => false,
            Err(e) => {
                debug!(session = %self.record.id, error = %e, "the status is written later");
                true
            }
        };
        self.shared.bell.notify_one();
    }

    pub(super) async fn tell(&self, body: EventBody) {
        let timestamp = self.shared.host.clock.now_ms();
        let event = Told::new(timestamp, body, None);
        if let Err(e) = self.publisher.append(vec![event]).await {
            debug!(session = %self.record.id, error = %e, "a pairing step was not announced");
        }
    }

    /// Whether the device is linked and the session may hold what is to be sent.
    pub(super) fn can_send_later(&self) -> bool {
        self.record.paired && !matches!(self.record.status, SessionStatus::LoggedOut | SessionStatus::Failed)
    }
}

/// Reads whom the account blocks, and tells what is new.
async fn blocked(wire: &dyn Wire, list: &BlockList, clock: &dyn Clock) {
    for _ in 0..READINGS {
        let changes = list.changes();
        let answer = match wire.ask(&Live::Blocked).await {
            Ok(answer) => answer.and_then(|answer| serde_json::from_value::<Vec<String>>(answer).ok()),
            Err(e) => return debug!(error = %e, "whom the account blocks could not be read"),
        };
        let Some(answer) = answer else { return debug!("whom the account blocks could not be understood") };
        match list.compare(&answer, changes, clock.now_ms()).await {
            Ok(true) => return,
            Ok(false) => debug!("whom the account blocks has changed meanwhile, and is read again"),
            Err(e) => return debug!(error = %e, "whom the account blocks could not be told"),
        }
    }
}

/// A duration as a person says it.
fn humane(duration: Duration) -> String {
    match duration.as_secs() {
        s if s < 120 => format!("{s} seconds"),
        s if s < 7200 => format!("{} minutes", s / 60),
        s if s < 172_800 => format!("{} hours", s / 3600),
        s => format!("{} days", s / 86_400),
    }
}
