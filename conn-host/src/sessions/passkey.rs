//! A pairing that a passkey secures: WhatsApp asks for it, its owner's authenticator signs, both sides show a code, and a
//! person confirms that it is the same.

use std::time::Duration;

use edgewire_contract::command::PasskeyAssertion;
use edgewire_contract::event::{AuthPasskeyPayload, EventBody, PasskeyStep};
use edgewire_contract::fault::{Fault, FaultCode};
use tokio::time::Instant;
use tracing::debug;

use super::actor::Actor;
use super::state::Happening;
use super::work::{Finished, Work};
use crate::commands::complete::Ending;
use crate::commands::intake::Delivered;
use crate::wire::WireError;

/// How long the next step of a handshake may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// How far the handshake is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// No passkey is asked for.
    #[default]
    None,
    /// One is asked for.
    Asked,
    /// It was answered; the phone's part is waited for.
    Answered,
    /// Both sides show a code.
    Compared,
    /// Whoever compared them has confirmed it; the phone's part is waited for.
    Confirmed,
}

/// What the owner of a session does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Turn {
    /// Gives what his authenticator signed.
    Answer(Box<PasskeyAssertion>),
    /// Says that the codes are the same.
    Confirm,
}

impl Turn {
    /// The stage that it belongs to, and the one that it leads to.
    fn stages(&self) -> (Stage, Stage) {
        match self {
            Self::Answer(_) => (Stage::Asked, Stage::Answered),
            Self::Confirm => (Stage::Compared, Stage::Confirmed),
        }
    }
}

impl Actor {
    /// A step of the handshake. Where there is no code to compare, it goes on by itself.
    pub(super) async fn passkey(&mut self, step: AuthPasskeyPayload) {
        self.pairing.passkey = match step.step {
            PasskeyStep::Request => Stage::Asked,
            PasskeyStep::Confirmation => Stage::Compared,
            PasskeyStep::Error => return self.passkey_failed(step).await,
        };
        self.pairing.hold_code(Instant::now() + PATIENCE);
        self.happened(Happening::PasskeyAsked, None, &[]).await;
        let by_itself = step.step == PasskeyStep::Confirmation && step.code.is_none();
        self.tell(EventBody::AuthPasskey(step)).await;
        if by_itself {
            self.do_passkey(None, Turn::Confirm);
        }
    }

    async fn passkey_failed(&mut self, step: AuthPasskeyPayload) {
        self.pairing.passkey = Stage::None;
        // Another code is asked for: this one was typed.
        self.pairing.hold_code(Instant::now());
        let qr = self.pairing.has_qr(self.shared.host.clock.now_ms());
        let why = step.error.as_ref().map(|why| format!("the passkey did not work: {why}"));
        self.happened(Happening::PasskeyFailed { qr }, why, &[]).await;
        self.tell(EventBody::AuthPasskey(step)).await;
    }

    /// Does what the session's owner asks for, if it is its time.
    pub(super) async fn passkey_command(&mut self, delivered: Delivered, turn: Turn) {
        let message = match (self.pairing.passkey, &turn) {
            (stage, turn) if stage == turn.stages().0 && self.link.is_some() => {
                return self.do_passkey(Some(delivered), turn.clone());
            }
            (Stage::None, _) => "the session does not wait for a passkey",
            (_, Turn::Answer(_)) => "the passkey was answered already",
            (Stage::Confirmed, Turn::Confirm) => "the code was confirmed already",
            (_, Turn::Confirm) => "there is no code to confirm yet",
        };
        let fault = Fault::new(FaultCode::Conflict, message).with("status", self.record.status.as_str());
        self.shared.completer.end(&delivered, Ending::Failed(fault)).await;
    }

    fn do_passkey(&mut self, delivered: Option<Delivered>, turn: Turn) {
        let Some(link) = &self.link else { return };
        self.pairing.passkey = turn.stages().1;
        let (wire, work) = (link.wire.clone(), Work::Passkey(delivered.clone()));
        let handle = self.running.spawn(async move {
            let result = match &turn {
                Turn::Answer(signed) => wire.answer_passkey(signed).await,
                Turn::Confirm => wire.confirm_passkey().await,
            };
            Finished::Passkey { delivered, turn, result }
        });
        self.works.insert(handle.id(), work);
    }

    /// WhatsApp took what was done, or did not.
    pub(super) async fn passkey_done(
        &mut self,
        delivered: Option<Delivered>,
        turn: Turn,
        result: Result<(), WireError>,
    ) {
        let ending = match result {
            Ok(()) => Ending::Done(None),
            Err(error) => {
                debug!(session = %self.record.id, %error, "a step of a passkey's handshake failed");
                let fault = self.passkey_fault(&turn, &error);
                self.passkey_refused(turn, error).await;
                Ending::Failed(fault)
            }
        };
        if let Some(delivered) = delivered {
            self.shared.completer.end(&delivered, ending).await;
        }
    }

    /// WhatsApp did not take it. It waits for another answer; a confirmation cannot be repeated.
    async fn passkey_refused(&mut self, turn: Turn, error: WireError) {
        let (before, meanwhile) = turn.stages();
        if self.pairing.passkey != meanwhile {
            return;
        }
        match turn {
            Turn::Answer(_) => self.pairing.passkey = before,
            Turn::Confirm => {
                let (step, error) = (PasskeyStep::Error, Some(error.to_string()));
                self.passkey_failed(AuthPasskeyPayload { step, options: None, code: None, error }).await;
            }
        }
    }

    fn passkey_fault(&self, turn: &Turn, error: &WireError) -> Fault {
        match error {
            WireError::Refused(why) => {
                let what = match turn {
                    Turn::Answer(_) => "what the passkey signed",
                    Turn::Confirm => "the confirmation",
                };
                let message = format!("WhatsApp does not take {what}: {why}");
                Fault::new(FaultCode::RecipientUnavailable, message)
            }
            WireError::NotConnected | WireError::Rejected(_) | WireError::Failed(_) => {
                let message = "the connection was lost; the pairing begins anew";
                Fault::new(FaultCode::SessionNotConnected, message)
                    .with("status", self.record.status.as_str())
            }
        }
    }
}
