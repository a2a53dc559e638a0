//! One message's life on the wire: written, acknowledged (or refused), completed.
//!
//! `sent` is said only after WhatsApp's server acknowledged the stanza. Whatever is unclear (the socket was lost, no
//! acknowledgement came) is tried again with the same message id, by which WhatsApp and the official apps know it.

use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::command::{Action, SendMessage};
use edgewire_contract::fault::{Fault, FaultCode};
use tracing::{Instrument as _, debug, info, info_span, warn};

use super::complete::{Completer, Ending};
use super::intake::Delivered;
use super::translate;
use crate::sessions::link::Acks;
use crate::wire::{Ack, Outgoing, Wire, WireError};

/// How often a message is tried that fails for reasons that may pass.
const TRIES: u32 = 5;

/// What a try came to.
#[derive(Debug)]
pub enum Tried {
    /// The command is completed, one way or the other.
    Completed,
    /// The connection was lost before the acknowledgement: again, on the next one.
    ConnectionLost,
    /// There was no connection to write to: again, in a moment.
    NotConnected,
    /// Written, but no acknowledgement came in time: the socket may be dead.
    NoAck,
    /// Failed for a reason that may pass: again, after a pause.
    Again,
}

/// What a send needs.
#[derive(Clone)]
pub struct Sender {
    /// The connection.
    pub wire: Arc<dyn Wire>,
    /// Where acknowledgements arrive.
    pub acks: Arc<Acks>,
    /// Ends the command.
    pub completer: Completer,
    /// How long an acknowledgement may take.
    pub ack_timeout: Duration,
    /// The time, when WhatsApp tells none.
    pub now_ms: i64,
}

impl Sender {
    /// Tries a send command once.
    pub async fn run(self, delivered: Delivered) -> Tried {
        let command = delivered.command.clone();
        let span = info_span!("send", command.id = %command.id, request.id = %command.request_id, session = %command.session);
        let Action::Send(send) = &command.action else { return Tried::Completed };
        self.attempt(&delivered, send).instrument(span).await
    }

    async fn attempt(&self, delivered: &Delivered, send: &SendMessage) -> Tried {
        let id = send.message_id.as_str();
        let ack = self.acks.expect(id);
        let outgoing = Outgoing {
            id: id.to_owned(),
            to: send.to.as_str().to_owned(),
            message: translate::message(send),
        };
        if let Err(e) = self.wire.send(outgoing).await {
            self.acks.forget(id);
            return self.not_written(delivered, e).await;
        }
        match tokio::time::timeout(self.ack_timeout, ack).await {
            Ok(Ok(ack)) => self.answered(delivered, ack).await,
            Ok(Err(_)) => {
                debug!("the connection was lost before WhatsApp's acknowledgement");
                Tried::ConnectionLost
            }
            Err(_) => {
                self.acks.forget(id);
                if delivered.tries + 1 < TRIES {
                    warn!("no acknowledgement in time; the message goes out again on a new connection");
                    return Tried::NoAck;
                }
                let fault = Fault::new(FaultCode::Timeout, "WhatsApp did not acknowledge the message");
                self.completer.end(delivered, Ending::Failed(fault)).await;
                Tried::Completed
            }
        }
    }

    async fn answered(&self, delivered: &Delivered, ack: Ack) -> Tried {
        let ending = match ack.refused {
            None => Ending::Sent(ack.timestamp.unwrap_or(self.now_ms)),
            Some(code) => {
                info!(ack.error = %code, "WhatsApp refused the message");
                Ending::Failed(refusal(&code))
            }
        };
        self.completer.end(delivered, ending).await;
        Tried::Completed
    }

    async fn not_written(&self, delivered: &Delivered, error: WireError) -> Tried {
        let fault = match error {
            WireError::NotConnected => return Tried::NotConnected,
            WireError::Refused(why) => Fault::new(FaultCode::RecipientUnavailable, why),
            WireError::Failed(why) if delivered.tries + 1 < TRIES => {
                warn!(error = %why, try_number = delivered.tries + 1, "the message could not be written; it is tried again");
                return Tried::Again;
            }
            WireError::Failed(why) => {
                warn!(error = %why, "the message could not be written");
                Fault::new(
                    FaultCode::RecipientUnavailable,
                    "the message could not be encrypted for its recipient",
                )
            }
        };
        self.completer.end(delivered, Ending::Failed(fault)).await;
        Tried::Completed
    }
}

/// A refusal by WhatsApp's server, in words.
fn refusal(code: &str) -> Fault {
    let why = match code {
        "463" => "WhatsApp restricts this account from writing to people who have not written to it (463)",
        "479" | "405" => "WhatsApp does not take this kind of message (malformed or not allowed)",
        "404" => "the recipient does not exist on WhatsApp",
        "503" => "WhatsApp could not take the message now",
        _ => "WhatsApp refused the message",
    };
    let fault = Fault::new(FaultCode::RecipientUnavailable, why);
    match code.parse::<i64>() {
        Ok(number) => fault.with("ack_error", number),
        Err(_) => fault.with("ack_error", code),
    }
}
