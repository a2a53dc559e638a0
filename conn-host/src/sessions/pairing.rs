//! The linking of a session to a phone: QR codes, pair codes, and passkeys on top of either.
//!
//! WhatsApp gives a connection a handful of QR codes, each for a while, and then nothing more: another connection gets
//! others. A pair code is asked for, works for three minutes, and ends with its connection; another is asked for by itself
//! a few times, for as long as somebody may be on his way to the phone. A passkey's handshake ends with its connection too.

use std::time::Duration;

use edgewire_contract::command::PairCode;
use edgewire_contract::event::{AuthCodePayload, AuthQrPayload, EventBody};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::keys;
use edgewire_contract::session::PairingStep;
use edgewire_store::Writes;
use serde_json::json;
use tokio::time::Instant;
use tracing::{debug, warn};

use super::actor::Actor;
use super::passkey::Stage;
use super::state::{self, Happening};
use super::work::{Finished, Work};
use crate::commands::complete::Ending;
use crate::commands::intake::Delivered;
use crate::wire::WireError;

/// How often a set of QR codes is shown before the session gives up: about twelve minutes.
const QR_ROUNDS: u32 = 5;
/// How often another pair code is asked for by itself: with the first, about twelve minutes too.
const MORE_CODES: u32 = 3;

const PASSKEY_TOO_LATE: &str = "nobody answered the passkey in time";

/// How far a session's pairing is.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// The QR code that is shown, and until when it can be scanned (unix ms).
    qr: Option<(String, i64)>,
    /// The connection has no more QR codes.
    qr_spent: bool,
    /// How many connections' QR codes nobody scanned.
    rounds: u32,
    code: Option<Code>,
    /// Counts the requests for pair codes: the answer to an earlier one is of no interest.
    requests: u64,
    /// How far a passkey's handshake is.
    pub(super) passkey: Stage,
    /// Why the pairing begins anew: told until the next QR code is there.
    pub(super) anew: Option<String>,
}

/// A pair code that is waited for, and what it was asked for with.
#[derive(Debug)]
struct Code {
    ask: PairCode,
    state: CodeState,
    /// How many were asked for by itself.
    more: u32,
}

#[derive(Debug)]
enum CodeState {
    /// WhatsApp is being asked for it.
    Asked,
    /// It is shown: the code, until when it works (unix ms), and when it is over for us.
    Shown(String, i64, Instant),
    /// Its connection is gone. Another is asked for on the next one.
    Lost,
}

impl Pairing {
    /// When the pair code that is shown is over.
    pub(super) fn code_until(&self) -> Option<Instant> {
        match self.code.as_ref()?.state {
            CodeState::Shown(.., until) => Some(until),
            CodeState::Asked | CodeState::Lost => None,
        }
    }

    /// Somebody typed the code and is asked for a passkey: he has until then.
    pub(super) fn hold_code(&mut self, until: Instant) {
        if let Some(Code { state: CodeState::Shown(.., over), .. }) = &mut self.code {
            *over = until;
        }
    }

    /// Whether there is a QR code to scan.
    pub(super) fn has_qr(&self, now_ms: i64) -> bool {
        self.qr.as_ref().is_some_and(|(_, expires_at)| *expires_at > now_ms)
    }

    /// The connection is gone, and with it all that was shown.
    pub(super) fn connection_lost(&mut self) {
        (self.qr, self.qr_spent, self.passkey) = (None, false, Stage::None);
        if let Some(code) = &mut self.code {
            code.state = CodeState::Lost;
            self.requests += 1;
        }
    }

    /// What is kept of it for the handlers, and for how long.
    fn step(&self, now_ms: i64) -> Option<(PairingStep, u64)> {
        let code = match self.code.as_ref().map(|code| &code.state) {
            Some(CodeState::Shown(code, expires_at, _)) => Some((code.clone(), *expires_at)),
            _ => None,
        };
        let last = [&self.qr, &code].into_iter().flatten().map(|(_, expires_at)| *expires_at).max()?;
        let ttl = u64::try_from(last.saturating_sub(now_ms)).unwrap_or(0).div_ceil(1000);
        let expires_at = self.qr.as_ref().or(code.as_ref()).map_or(0, |(_, expires_at)| *expires_at);
        let text = |it: Option<(String, i64)>| it.map(|(text, _)| text);
        Some((PairingStep { qr: text(self.qr.clone()), code: text(code), expires_at }, ttl.max(1)))
    }
}

impl Actor {
    /// WhatsApp gave a QR code.
    pub(super) async fn show_qr(&mut self, code: String, timeout: Duration) {
        let expires_at = self.after(timeout);
        (self.pairing.qr, self.pairing.qr_spent) = (Some((code.clone(), expires_at)), false);
        self.write_pairing().await;
        let same =
            state::next(self.record.status, self.record.paired, Happening::QrShown) == self.record.status;
        let reason = self.pairing.anew.take().or_else(|| self.record.reason.clone().filter(|_| same));
        self.happened(Happening::QrShown, reason, &[]).await;
        self.tell(EventBody::AuthQr(AuthQrPayload { code, expires_at })).await;
        if matches!(&self.pairing.code, Some(Code { state: CodeState::Lost, .. })) {
            self.another_code("the connection was lost").await;
        }
    }

    /// Nobody scanned any QR code of the connection. Where it has `ended` with them, another one gets new ones; while a pair
    /// code is waited for, it goes on without.
    pub(super) async fn nobody_scanned(&mut self, ended: bool) {
        self.pairing.qr = None;
        if !ended && self.pairing.code.is_some() {
            self.pairing.qr_spent = true;
            return self.write_pairing().await;
        }
        let why = (self.pairing.passkey != Stage::None).then(|| PASSKEY_TOO_LATE.to_owned());
        self.pair_anew(why).await;
    }

    /// Begins the pairing anew on another connection, unless that was done often enough.
    async fn pair_anew(&mut self, why: Option<String>) {
        self.close_link().await;
        self.pairing.rounds += 1;
        if self.pairing.rounds < QR_ROUNDS {
            self.pairing.anew.clone_from(&why);
            self.reopen_at = Some(Instant::now());
            self.happened(Happening::Opening, why, &[]).await;
            self.write_pairing().await;
        } else {
            self.forget_pairing().await;
            let reason = "nobody paired the session in time; connect again for a new QR code";
            self.happened(Happening::GaveUp, Some(reason.into()), &[]).await;
        }
    }

    /// Somebody asks for a pair code.
    pub(super) async fn pair_by_code(&mut self, delivered: Delivered, ask: PairCode) {
        let conflict = match self.pairing.passkey {
            _ if self.record.paired => Some("the session is already paired"),
            Stage::None => None,
            _ => Some("the session waits for a passkey; restart it to pair it anew"),
        };
        if let Some(message) = conflict {
            let fault = Fault::new(FaultCode::Conflict, message).with("status", self.record.status.as_str());
            self.shared.completer.end(&delivered, Ending::Failed(fault)).await;
            return;
        }
        self.record.wanted = edgewire_contract::session::Wanted::Run;
        if self.link.is_none() {
            // The request waits for the connection that is being opened.
            self.codes_wanted.push((delivered, ask));
            if !self.is_open() {
                self.open().await;
            }
            return;
        }
        self.first_code(delivered, ask);
    }

    /// Asks WhatsApp for the code that somebody waits for. One that was shown before works no more.
    pub(super) fn first_code(&mut self, delivered: Delivered, ask: PairCode) {
        self.pairing.code = Some(Code { ask, state: CodeState::Asked, more: 0 });
        self.ask_code(Some(delivered));
    }

    /// Asks WhatsApp for a pair code in the background.
    fn ask_code(&mut self, delivered: Option<Delivered>) {
        let (Some(link), Some(code)) = (&self.link, &self.pairing.code) else { return };
        let (wire, ask) = (link.wire.clone(), code.ask.clone());
        self.pairing.requests += 1;
        let (request, work) = (self.pairing.requests, Work::Code(delivered.clone()));
        let handle = self.running.spawn(async move {
            let result = wire.pair_code(&ask).await;
            Finished::Code { delivered, request, result }
        });
        self.works.insert(handle.id(), work);
    }

    /// WhatsApp answered the request for a code.
    pub(super) async fn code(
        &mut self,
        delivered: Option<Delivered>,
        request: u64,
        result: Result<(String, Duration), WireError>,
    ) {
        let current = request == self.pairing.requests
            && self.pairing.code.is_some()
            && self.pairing.passkey == Stage::None;
        // One that was asked for on a connection that is gone, or before another, works no more.
        let result = if current { result } else { result.and(Err(WireError::NotConnected)) };
        let ending = match result {
            Ok((code, timeout)) => {
                let code = dashed(&code);
                self.show_code(code.clone(), timeout).await;
                Ending::Done(Some(json!({"code": code, "timeout_seconds": timeout.as_secs()})))
            }
            Err(error) => {
                warn!(session = %self.record.id, %error, "no pair code");
                if current {
                    self.code_over(format!("no pair code: {error}")).await;
                }
                Ending::Failed(self.no_code(error))
            }
        };
        if let Some(delivered) = delivered {
            self.shared.completer.end(&delivered, ending).await;
        }
    }

    /// What whoever asked is told of it.
    fn no_code(&self, error: WireError) -> Fault {
        match error {
            WireError::Refused(why) => {
                Fault::new(FaultCode::RecipientUnavailable, format!("no pair code: {why}"))
            }
            WireError::NotConnected | WireError::Rejected(_) | WireError::Failed(_) => {
                let message = "WhatsApp cannot be reached for a pair code; try again";
                Fault::new(FaultCode::SessionNotConnected, message)
                    .with("status", self.record.status.as_str())
            }
        }
    }

    /// A pair code was given: shows it.
    async fn show_code(&mut self, text: String, timeout: Duration) {
        // Who types it at its end has a while more to be linked: WhatsApp is still at it.
        let (expires_at, until) = (self.after(timeout), Instant::now() + timeout + timeout / 3);
        if let Some(code) = &mut self.pairing.code {
            code.state = CodeState::Shown(text.clone(), expires_at, until);
        }
        self.write_pairing().await;
        self.happened(Happening::CodeShown, None, &[]).await;
        self.tell(EventBody::AuthCode(AuthCodePayload { code: text, expires_at })).await;
    }

    /// WhatsApp, or the library, says that the code that is shown works no more. A request that just failed has told its
    /// caller so.
    pub(super) async fn code_gone(&mut self, why: String, another: bool) {
        let shown = matches!(&self.pairing.code, Some(Code { state: CodeState::Shown(..), .. }));
        // Who is asked for a passkey has typed it: that time does not count.
        if !shown || self.pairing.passkey != Stage::None {
            return;
        }
        if another { self.another_code(&why).await } else { self.code_over(why).await }
    }

    /// The time of the code that is shown is over.
    pub(super) async fn code_expired(&mut self) {
        if self.pairing.passkey != Stage::None {
            return self.pair_anew(Some(PASSKEY_TOO_LATE.to_owned())).await;
        }
        self.another_code("nobody typed the pair code in time").await;
    }

    /// Asks for another code by itself, unless that was done often enough.
    async fn another_code(&mut self, why: &str) {
        let Some(code) = &mut self.pairing.code else { return };
        if code.more >= MORE_CODES {
            return self.code_over(format!("{why}; ask for another, or scan the QR code")).await;
        }
        (code.more, code.state) = (code.more + 1, CodeState::Asked);
        debug!(session = %self.record.id, why, "another pair code is asked for");
        self.write_pairing().await;
        self.ask_code(None);
    }

    /// No pair code is waited for any more: the QR code is.
    async fn code_over(&mut self, why: String) {
        self.pairing.code = None;
        if self.pairing.qr_spent {
            return self.pair_anew(Some(why)).await;
        }
        self.write_pairing().await;
        let qr = self.pairing.has_qr(self.shared.host.clock.now_ms());
        let waited = self.record.status == edgewire_contract::session::SessionStatus::WaitingForPairCode;
        let reason = if waited { Some(why) } else { self.record.reason.clone() };
        self.happened(Happening::CodeGone { qr }, reason, &[]).await;
    }

    /// `timeout` from now, unix ms.
    fn after(&self, timeout: Duration) -> i64 {
        self.shared.host.clock.now_ms() + i64::try_from(timeout.as_millis()).unwrap_or(0)
    }

    /// Writes what can be scanned or typed now, for the handlers.
    pub(super) async fn write_pairing(&self) {
        let key = keys::pairing(self.shared.fence.shard, &self.record.id);
        let writes = Writes::new(self.shared.fence);
        let step = self.pairing.step(self.shared.host.clock.now_ms());
        let step = step.and_then(|(step, ttl)| Some((serde_json::to_string(&step).ok()?, ttl)));
        let writes = match step {
            Some((json, ttl)) => writes.set_ex(key, json, ttl),
            None => writes.del(key),
        };
        if let Err(e) = writes.commit(&self.shared.host.redis).await {
            debug!(session = %self.record.id, error = %e, "the code could not be shown");
        }
    }

    /// Nothing of the pairing is valid any more.
    pub(super) async fn forget_pairing(&mut self) {
        let requests = self.pairing.requests + 1;
        self.pairing = Pairing { requests, ..Pairing::default() };
        self.write_pairing().await;
    }
}

/// `ABCDEFGH` as it is shown: `ABCD-EFGH`.
fn dashed(code: &str) -> String {
    match code.split_at_checked(4) {
        Some((head, tail)) if code.len() == 8 && code.is_ascii() => format!("{head}-{tail}"),
        _ => code.to_owned(),
    }
}
