//! One message's life on the wire: written, acknowledged (or refused), completed.
//!
//! `sent` is said only after WhatsApp's server acknowledged the stanza. Whatever is unclear (the socket was lost, no
//! acknowledgement came) is tried again with the same message id, by which WhatsApp and the official apps know it.

use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::command::{Action, Mark, MarkKind, SendMessage};
use edgewire_contract::content::Content;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::jid::Jid;
use edgewire_contract::keys;
use edgewire_contract::outcome::MediaReport;
use edgewire_contract::shard::Shard;
use edgewire_store::{DeviceStore, KeptRecord, StoreError, Writes};
use tokio::sync::Semaphore;
use tracing::{Instrument as _, debug, info, info_span, warn};
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;

use super::complete::{Completer, Ending, Sent};
use super::files::{self, FileDesk, FileError};
use super::gather::GatherError;
use super::intake::Delivered;
use super::pace::{Pace, Wait};
use super::{addressed, gather, pace, translate};
use crate::Host;
use crate::events::chats::{self, ChatDeed, Deed};
use crate::events::kept::{Kept, What};
use crate::events::people::{Known, People};
use crate::events::read::{kind, quoted};
use crate::events::tell::{self, Scene, change};
use crate::failpoint::{self, Place};
use crate::sessions::link::Acks;
use crate::wire::{Ack, Identity, Incoming, Outgoing, Wire, WireError};

/// How often a message is tried that fails for reasons that may pass.
const TRIES: u32 = 5;

/// The first pause before a file is tried again that could not be prepared now; each further one is twice as long.
const FILE_PAUSE: Duration = Duration::from_secs(1);

/// How long the trace of a probe stays, if its command does not end before, seconds.
const PROBE_SECONDS: u64 = 24 * 3600;

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
    /// Redis could not keep what it takes: again, once it can.
    Troubled,
    /// Failed for a reason that may pass: again, after a pause.
    Again,
    /// Its file is not ready, and has been waited for: again. Other chats go on meanwhile.
    FileLater,
    /// The session's budget is spent: again, when there is some.
    Spent(Wait),
}

/// What a send needs.
#[derive(Clone)]
pub struct Sender {
    /// The process.
    pub host: Host,
    /// The session's shard.
    pub shard: Shard,
    /// The connection.
    pub wire: Arc<dyn Wire>,
    /// Its keys, and what is kept under them.
    pub store: Arc<DeviceStore>,
    /// Who sends.
    pub me: Identity,
    /// Where acknowledgements arrive.
    pub acks: Arc<Acks>,
    /// Ends the command.
    pub completer: Completer,
    /// How many may be on the wire at once.
    pub turns: Arc<Semaphore>,
    /// Whether the session has a rate.
    pub paced: bool,
    /// Who is who.
    pub people: Arc<People>,
}

/// Why a message is not ready for the wire.
enum NotReady {
    /// It never will be.
    Failed(Fault),
    /// Not now.
    Later(Tried),
}

/// A message that is ready for the wire.
struct Ready {
    outgoing: Outgoing,
    report: Option<MediaReport>,
    /// What is kept of the message that it is about.
    target: Option<KeptRecord>,
    /// Who is who of those that it names.
    known: Known,
}

impl Sender {
    /// Tries a command once: a send or a receipt.
    pub async fn run(self, delivered: Delivered) -> Tried {
        let command = delivered.command.clone();
        let span = info_span!("send", command.id = %command.id, request.id = %command.request_id, session = %command.session);
        async {
            match &command.action {
                Action::Send(send) => self.attempt(&delivered, send).await,
                Action::Mark(mark) => self.mark(&delivered, mark).await,
                Action::Session(_) | Action::Live(_) => Tried::Completed,
            }
        }
        .instrument(span)
        .await
    }

    /// A receipt. WhatsApp says nothing to it that matters.
    async fn mark(&self, delivered: &Delivered, mark: &Mark) -> Tried {
        let (chat, sender) = match self.marked(mark).await {
            Ok(addresses) => addresses,
            Err(e) => {
                debug!(error = %e, "a receipt waits for Redis");
                return Tried::NotConnected;
            }
        };
        let ids: Vec<String> = mark.message_ids.iter().map(ToString::to_string).collect();
        match self.wire.mark(mark.mark, &chat, sender.as_deref(), &ids).await {
            Ok(()) => {
                self.was_read(mark, ids).await;
                self.completer.end(delivered, Ending::Done(None)).await;
                Tried::Completed
            }
            Err(e) => self.not_written(delivered, e).await,
        }
    }

    /// Chat and writer of the messages that are marked, which are one writer's: by the addresses that the first came by.
    async fn marked(&self, mark: &Mark) -> Result<(String, Option<String>), StoreError> {
        let came = match mark.message_ids.first() {
            Some(first) => {
                let kept = self.store.kept_message(first.as_str()).await?;
                addressed::came(&self.store, kept, &mark.chat, mark.sender.as_ref()).await?
            }
            None => None,
        };
        let sender = mark.sender.as_ref();
        Ok(match came {
            Some(came) => (came.chat, sender.map(|_| came.sender)),
            None => (mark.chat.to_string(), sender.map(Jid::to_string)),
        })
    }

    /// What the account says it has read is not unread. WhatsApp tells that to its other devices only.
    async fn was_read(&self, mark: &Mark, ids: Vec<String>) {
        if mark.mark == MarkKind::Delivered || !self.host.settings.keeps_messages() {
            return;
        }
        let deed = Deed::Read { ids, at: None };
        let did = ChatDeed { chat: (mark.chat.to_string(), None), deed };
        let ttl = self.host.settings.message_ttl_seconds();
        if let Err(e) = chats::keep(&self.store, &self.people, did, ttl).await {
            debug!(error = %e, "a chat that was read still counts as unread");
        }
    }

    async fn attempt(&self, delivered: &Delivered, send: &SendMessage) -> Tried {
        let mut ready = match self.ready(delivered, send).await {
            Ok(ready) => ready,
            Err(NotReady::Later(tried)) => return tried,
            Err(NotReady::Failed(fault)) => {
                self.completer.end(delivered, Ending::Failed(fault)).await;
                return Tried::Completed;
            }
        };
        pace::delay(&*self.host.clock, delivered, send).await;
        if self.paced
            && let Some(tried) = self.pace(delivered, send).await
        {
            return tried;
        }
        if delivered.troubled && self.probe(delivered).await.is_err() {
            return Tried::Troubled;
        }
        let troubles = self.host.redis.troubles();
        let kept = self.kept(send, &mut ready);
        let changed = self.changed(send, &ready);
        if let Err(e) = self.keep_poll(send, kept.as_ref()).await {
            debug!(error = %e, "a poll waits for Redis");
            return Tried::NotConnected;
        }
        let _turn = self.turns.acquire().await;
        // Not always the command's message id: a newsletter's edit is acknowledged under the post's.
        let id = ready.outgoing.id.clone();
        let ack = self.acks.expect(&id);
        failpoint::pass(Place::BeforeWire);
        if let Err(e) = self.wire.send(ready.outgoing).await {
            self.acks.forget(&id);
            if matches!(e, WireError::Failed(_)) && self.host.redis.troubles() != troubles {
                // The keys could not be read or written: that says nothing about the message.
                info!(error = %e, "the message waits for Redis");
                return Tried::Troubled;
            }
            return self.not_written(delivered, e).await;
        }
        failpoint::pass(Place::AfterWire);
        match tokio::time::timeout(self.host.settings.ack_timeout, ack).await {
            Ok(Ok(ack)) => {
                failpoint::pass(Place::AfterAck);
                if let Some(changed) = changed.filter(|_| ack.refused.is_none()) {
                    self.change(changed).await;
                }
                self.answered(delivered, ack, ready.report, kept).await
            }
            Ok(Err(_)) => {
                debug!("the connection was lost before WhatsApp's acknowledgement");
                Tried::ConnectionLost
            }
            Err(_) => {
                self.acks.forget(&id);
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

    /// Takes the message's share of its session's budget, and keeps to the session's manner. `Some` when it cannot go out now.
    async fn pace(&self, delivered: &Delivered, send: &SendMessage) -> Option<Tried> {
        let ask = || pace::pace(&self.host.redis, self.store.fence(), &delivered.command, send);
        let mut asked = ask().await;
        if let Ok(Pace::Go(manner)) = &asked
            && manner.keep(&*self.wire, send, rand::random).await
        {
            // The share is of the time at which the message goes out.
            asked = ask().await;
        }
        match asked {
            Ok(Pace::Go(_)) => None,
            Ok(Pace::Wait(wait)) => Some(Tried::Spent(wait)),
            Err(e) => {
                debug!(error = %e, "the session's budget could not be asked");
                Some(Tried::NotConnected)
            }
        }
    }

    /// Whether Redis takes writes. Each try encrypts the message anew, and a recipient follows only so many steps that he
    /// does not see.
    async fn probe(&self, delivered: &Delivered) -> Result<(), StoreError> {
        let key = keys::work(delivered.command.id);
        let writes = Writes::new(self.store.fence()).hset(key.clone(), &[("probe", "1")]);
        writes.expire(key, PROBE_SECONDS).commit(&self.host.redis).await
    }

    /// Gathers, uploads and translates.
    async fn ready(&self, delivered: &Delivered, send: &SendMessage) -> Result<Ready, NotReady> {
        let gathered = gather::gather(send, self.me.clone(), &*self.wire, &self.store).await;
        let mut material = match gathered {
            Ok(material) => material,
            Err(GatherError::Store(e)) => {
                debug!(error = %e, "what the message is about could not be read; it is tried again");
                return Err(NotReady::Later(Tried::NotConnected));
            }
            Err(GatherError::Wire(e)) => return Err(self.later(delivered, e)),
        };
        let mut report = None;
        if let Some((kind, media)) = send.content.media() {
            let desk = FileDesk {
                host: &self.host,
                shard: self.shard,
                wire: &*self.wire,
                store: &self.store,
                completer: &self.completer,
            };
            let wish = files::Wish::of(&send.content);
            match desk.ready(delivered, kind, media, wish).await {
                Ok((file, about)) => {
                    material.file = Some(file);
                    report = Some(MediaReport { kind: Some(kind), ptt: wish.ptt, ..about });
                }
                Err(FileError::Fault(fault)) => return Err(NotReady::Failed(fault)),
                // It has been tried several times.
                Err(e @ FileError::Wire(WireError::Failed(_))) => return Err(NotReady::Failed(e.fault())),
                Err(FileError::Wire(e)) => return Err(self.later(delivered, e)),
                Err(FileError::Store(e)) => {
                    debug!(error = %e, "the message's file waits for Redis");
                    return Err(NotReady::Later(Tried::NotConnected));
                }
                Err(FileError::Later(fault)) if delivered.tries + 1 >= TRIES => {
                    return Err(NotReady::Failed(fault));
                }
                Err(FileError::Later(fault)) => {
                    info!(why = %fault.message, "the message's file is tried again");
                    tokio::time::sleep(FILE_PAUSE * 2_u32.pow(delivered.tries)).await;
                    return Err(NotReady::Later(Tried::FileLater));
                }
            }
        }
        let outgoing = translate::message(send, &material).map_err(NotReady::Failed)?;
        let target = material.target_record.take();
        let hints = [send.to.to_string()].into_iter().chain(quoted::addresses(&outgoing.message));
        let known = self.people.know(hints.map(|jid| (jid, None))).await.map_err(|e| {
            debug!(error = %e, "who is who could not be looked up");
            NotReady::Later(Tried::NotConnected)
        })?;
        Ok(Ready { outgoing, report, target, known })
    }

    /// What is kept of a message once it is sent. What is done to another message is not kept itself.
    fn kept(&self, send: &SendMessage, ready: &mut Ready) -> Option<Kept> {
        if !ready.outgoing.stanza.is_message() || is_about_another(&send.content) {
            return None;
        }
        let name = kind::message_name(&ready.outgoing.message)?;
        // It may have megabytes; what is kept borrows it, and then it goes on to the wire.
        let message = Arc::new(std::mem::take(&mut ready.outgoing.message));
        let incoming = Incoming::ours(send, &self.me, message);
        let me = self.me.addresses();
        let scene = Scene { incoming: &incoming, known: &ready.known, me: &me };
        let store = self.host.settings.keeps_messages().then_some(&*self.store);
        let kept = tell::message::tell(scene, name, store).kept;
        ready.outgoing.message = Arc::unwrap_or_clone(incoming.message);
        kept
    }

    /// Votes may come before the poll's own acknowledgement is through: what they need is there before it goes out.
    async fn keep_poll(&self, send: &SendMessage, kept: Option<&Kept>) -> Result<(), StoreError> {
        let (Content::Poll(_), Some(kept)) = (&send.content, kept) else { return Ok(()) };
        self.store
            .change_message(&kept.id, &kept.fields, false, self.host.settings.message_ttl_seconds())
            .await
    }

    /// What an edit or a revoke of ours makes of what is kept of its message.
    fn changed(&self, send: &SendMessage, ready: &Ready) -> Option<Kept> {
        let target = ready.target.as_ref()?;
        match &send.content {
            Content::Edit(it) => {
                let new = ready.outgoing.message.get_base_message();
                let new = new.protocol_message.as_option()?.edited_message.as_option()?;
                change::edited(it.message_id.as_str(), send.timestamp, new, target, Some(&self.store))
            }
            Content::Revoke(it) => change::revoked(it.message_id.as_str(), send.timestamp, target),
            _ => None,
        }
    }

    /// Best effort: WhatsApp has it already.
    async fn change(&self, changed: Kept) {
        let (gone, ttl) = (changed.what == What::Revoke, self.host.settings.message_ttl_seconds());
        if let Err(e) = self.store.change_message(&changed.id, &changed.fields, gone, ttl).await {
            debug!(error = %e, "what is kept of a message could not be changed");
        }
    }

    async fn answered(
        &self,
        delivered: &Delivered,
        ack: Ack,
        report: Option<MediaReport>,
        kept: Option<Kept>,
    ) -> Tried {
        let ending = match ack.refused {
            None => {
                let at = ack.timestamp.unwrap_or_else(|| self.host.clock.now_ms());
                Ending::Sent(Box::new(Sent { at, report, kept: kept.map(|kept| kept.dated(at)) }))
            }
            Some(code) => {
                info!(ack.error = %code, "WhatsApp refused the message");
                Ending::Failed(refusal(&code))
            }
        };
        self.completer.end(delivered, ending).await;
        Tried::Completed
    }

    async fn not_written(&self, delivered: &Delivered, error: WireError) -> Tried {
        match self.later(delivered, error) {
            NotReady::Later(tried) => tried,
            NotReady::Failed(fault) => {
                self.completer.end(delivered, Ending::Failed(fault)).await;
                Tried::Completed
            }
        }
    }

    /// What follows from an error of the wire.
    fn later(&self, delivered: &Delivered, error: WireError) -> NotReady {
        match error {
            WireError::NotConnected => NotReady::Later(Tried::NotConnected),
            WireError::Refused(why) => NotReady::Failed(Fault::new(FaultCode::RecipientUnavailable, why)),
            WireError::Rejected(code) => {
                info!(code, "WhatsApp does not let a message go to its recipient");
                NotReady::Failed(refusal(&code.to_string()))
            }
            WireError::Failed(why) if delivered.tries + 1 < TRIES => {
                warn!(error = %why, try_number = delivered.tries + 1, "the message could not be written; it is tried again");
                NotReady::Later(Tried::Again)
            }
            WireError::Failed(why) => {
                warn!(error = %why, "the message could not be written");
                let message = "the message could not be encrypted for its recipient";
                NotReady::Failed(Fault::new(FaultCode::RecipientUnavailable, message))
            }
        }
    }
}

/// Whether it does something to another message, and says nothing by itself.
fn is_about_another(content: &Content) -> bool {
    matches!(
        content,
        Content::Edit(_) | Content::Revoke(_) | Content::React(_) | Content::Pin(_) | Content::PollUpdate(_)
    )
}

/// A refusal by WhatsApp's server, in words.
fn refusal(code: &str) -> Fault {
    let why = match code {
        "463" => "WhatsApp restricts this account from writing to people who have not written to it (463)",
        "479" | "405" => "WhatsApp does not take this kind of message (malformed or not allowed)",
        "403" => "WhatsApp does not let this account write there: it is no member, or not allowed to (403)",
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
