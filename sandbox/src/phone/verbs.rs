//! What a contact does to a message: react, vote, answer an invitation, edit, take back, pin, comment.

use anyhow::{Context, Result, bail};
use buffa::{Message, MessageField};
use wacore::proto_helpers::MessageExt;
use wacore::{comment, event, poll, reaction};
use wacore_binary::{Jid, Server};
use waproto::whatsapp as wa;
use waproto::whatsapp::message::protocol_message::Type;

use super::history;
use super::outbox::parse_target;
use crate::state::history::Past;
use crate::state::{Addr, World};

/// A message that its phone knows, as seen by the one who acts.
pub struct Target {
    /// Where it is.
    pub chat: Jid,
    /// The message itself.
    pub content: wa::Message,
    past: Past,
    author: Jid,
    own: Jid,
}

/// A message by its id; `space` is the address space that is written in. Groups are LID-addressed.
pub fn target(world: &World, own: &Addr, id: &str, space: Server) -> Result<Target> {
    let past = history::find(world, own, id).context("this account's phone knows no such message")?;
    let mut chat = parse_target(&past.chat)?;
    let mut space = space;
    match chat.server {
        Server::Group => space = Server::Lid,
        _ => chat = world.jid_like(&Addr::new(&*past.chat, 0), space),
    }
    let author = world.jid_like(&Addr::new(&*past.author, 0), space);
    let own = world.jid_like(own, space);
    let content = wa::Message::decode_from_slice(past.content.0.as_slice())?;
    Ok(Target { chat, content, past, author, own })
}

impl Target {
    fn key(&self) -> MessageField<wa::MessageKey> {
        let in_group = self.chat.server == Server::Group;
        MessageField::some(wa::MessageKey {
            remote_jid: Some(self.chat.to_string()),
            from_me: Some(self.past.from_me),
            id: Some(self.past.id.clone()),
            participant: (in_group && !self.past.from_me).then(|| self.author.to_string()),
        })
    }

    fn secret(&self) -> Result<&[u8]> {
        let context = self.content.message_context_info.as_option();
        context.and_then(|context| context.message_secret.as_deref()).context("the message has no secret")
    }

    fn names(&self) -> (String, String) {
        (self.author.to_string(), self.own.to_string())
    }
}

/// A reaction; an empty text takes it away. Encrypted as in a community's announcement group.
pub fn react(target: &Target, text: &str, now_ms: i64, encrypted: bool) -> Result<wa::Message> {
    if !encrypted {
        let reaction = wa::message::ReactionMessage {
            key: target.key(),
            text: Some(text.to_owned()),
            sender_timestamp_ms: Some(now_ms),
            ..Default::default()
        };
        return Ok(wa::Message { reaction_message: MessageField::some(reaction), ..Default::default() });
    }
    let (author, own) = target.names();
    let (payload, iv) = reaction::encrypt_reaction_with_secret(
        text,
        now_ms,
        target.secret()?,
        &target.past.id,
        &author,
        &own,
    )?;
    let reaction = wa::message::EncReactionMessage {
        target_message_key: target.key(),
        enc_payload: Some(payload),
        enc_iv: Some(iv.to_vec()),
    };
    Ok(wa::Message { enc_reaction_message: MessageField::some(reaction), ..Default::default() })
}

/// The names of a poll's options; empty when it is no poll.
pub fn options(content: &wa::Message) -> Vec<String> {
    let base = content.get_base_message();
    let polls = [
        &base.poll_creation_message,
        &base.poll_creation_message_v2,
        &base.poll_creation_message_v3,
        &base.poll_creation_message_v5,
    ];
    let poll = polls.into_iter().find_map(|poll| poll.as_option());
    let options = poll.map(|poll| poll.options.iter().filter_map(|option| option.option_name.clone()));
    options.map(Iterator::collect).unwrap_or_default()
}

/// A vote for these options of a poll; none takes the vote back.
pub fn vote(target: &Target, chosen: &[String], now_ms: i64) -> Result<wa::Message> {
    let known = options(&target.content);
    if let Some(unknown) = chosen.iter().find(|name| !known.contains(name)) {
        bail!("the poll has no option {unknown:?}");
    }
    let hashes: Vec<Vec<u8>> = chosen.iter().map(|name| poll::compute_option_hash(name).to_vec()).collect();
    let (author, own) = target.names();
    let (payload, iv) =
        poll::encrypt_poll_vote_with_secret(&hashes, target.secret()?, &target.past.id, &author, &own)?;
    let update = wa::message::PollUpdateMessage {
        poll_creation_message_key: target.key(),
        vote: MessageField::some(wa::message::PollEncValue {
            enc_payload: Some(payload),
            enc_iv: Some(iv.to_vec()),
        }),
        sender_timestamp_ms: Some(now_ms),
        ..Default::default()
    };
    Ok(wa::Message { poll_update_message: MessageField::some(update), ..Default::default() })
}

/// An answer to an invitation to an event.
pub fn respond(
    target: &Target,
    response: wa::message::event_response_message::EventResponseType,
    now_ms: i64,
) -> Result<wa::Message> {
    let inner = wa::message::EventResponseMessage {
        response: Some(response),
        timestamp_ms: Some(now_ms),
        ..Default::default()
    };
    let (author, own) = target.names();
    let (payload, iv) =
        event::encrypt_event_response_with_secret(&inner, target.secret()?, &target.past.id, &author, &own)?;
    let response = wa::message::EncEventResponseMessage {
        event_creation_message_key: target.key(),
        enc_payload: Some(payload),
        enc_iv: Some(iv.to_vec()),
    };
    Ok(wa::Message { enc_event_response_message: MessageField::some(response), ..Default::default() })
}

fn protocol(protocol: wa::message::ProtocolMessage) -> wa::Message {
    wa::Message { protocol_message: MessageField::some(protocol), ..Default::default() }
}

/// Another content for a message of one's own.
pub fn edit(target: &Target, content: wa::Message, now_ms: i64) -> wa::Message {
    protocol(wa::message::ProtocolMessage {
        key: target.key(),
        r#type: Some(Type::MESSAGE_EDIT),
        edited_message: MessageField::some(content),
        timestamp_ms: Some(now_ms),
        ..Default::default()
    })
}

/// A message is taken back; somebody else's in a group by an admin.
pub fn revoke(target: &Target) -> wa::Message {
    protocol(wa::message::ProtocolMessage {
        key: target.key(),
        r#type: Some(Type::REVOKE),
        ..Default::default()
    })
}

/// A message is pinned for everybody, for so many seconds; none takes the pin away.
pub fn pin(target: &Target, seconds: Option<u32>, now_ms: i64) -> wa::Message {
    use wa::message::pin_in_chat_message::Type as Pin;
    wa::Message {
        pin_in_chat_message: MessageField::some(wa::message::PinInChatMessage {
            key: target.key(),
            r#type: Some(if seconds.is_some() { Pin::PIN_FOR_ALL } else { Pin::UNPIN_FOR_ALL }),
            sender_timestamp_ms: Some(now_ms),
        }),
        message_context_info: MessageField::some(wa::MessageContextInfo {
            message_add_on_duration_in_secs: seconds,
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// A message that would disappear is kept, or not any more.
pub fn keep(target: &Target, keep: bool, now_ms: i64) -> wa::Message {
    let keep_type = if keep { wa::KeepType::KEEP_FOR_ALL } else { wa::KeepType::UNDO_KEEP_FOR_ALL };
    wa::Message {
        keep_in_chat_message: MessageField::some(wa::message::KeepInChatMessage {
            key: target.key(),
            keep_type: Some(keep_type),
            timestamp_ms: Some(now_ms),
        }),
        ..Default::default()
    }
}

/// A comment on a message; encrypted as in a community's announcement group.
pub fn comment(target: &Target, content: wa::Message, encrypted: bool) -> Result<wa::Message> {
    if !encrypted {
        let comment = wa::message::CommentMessage {
            message: MessageField::some(content),
            target_message_key: target.key(),
        };
        return Ok(wa::Message { comment_message: MessageField::some(comment), ..Default::default() });
    }
    let (author, own) = target.names();
    let (payload, iv) =
        comment::encrypt_comment_with_secret(&content, target.secret()?, &target.past.id, &author, &own)?;
    let comment = wa::message::EncCommentMessage {
        target_message_key: target.key(),
        enc_payload: Some(payload),
        enc_iv: Some(iv.to_vec()),
    };
    Ok(wa::Message { enc_comment_message: MessageField::some(comment), ..Default::default() })
}

/// A poll with a secret of its own, as votes need it.
pub fn poll(name: String, options: Vec<String>, selectable: u32) -> wa::Message {
    use wa::message::poll_creation_message::Option as Choice;
    let choice = |name: String| Choice { option_name: Some(name), ..Default::default() };
    let poll = MessageField::some(wa::message::PollCreationMessage {
        name: Some(name),
        options: options.into_iter().map(choice).collect(),
        selectable_options_count: Some(selectable),
        ..Default::default()
    });
    let context = MessageField::some(wa::MessageContextInfo {
        message_secret: Some(rand::random::<[u8; 32]>().to_vec()),
        ..Default::default()
    });
    // A poll for one choice is the third kind of poll message.
    match selectable {
        1 => wa::Message {
            poll_creation_message_v3: poll,
            message_context_info: context,
            ..Default::default()
        },
        _ => wa::Message { poll_creation_message: poll, message_context_info: context, ..Default::default() },
    }
}

/// Messages of a chat disappear after so many seconds; 0 turns that off.
pub fn disappear(seconds: u32, now: i64) -> wa::Message {
    protocol(wa::message::ProtocolMessage {
        r#type: Some(Type::EPHEMERAL_SETTING),
        ephemeral_expiration: Some(seconds),
        ephemeral_setting_timestamp: Some(now),
        ..Default::default()
    })
}

/// What a voter chose in a poll that this phone knows: the newest vote of each, by phone number.
pub fn votes(world: &World, own: &Addr, id: &str) -> Result<Vec<(String, Vec<String>, i64)>> {
    let poll = target(world, own, id, Server::Lid)?;
    let names = options(&poll.content);
    let secret = poll.secret()?;
    let mut votes: Vec<(String, Vec<String>, i64)> = Vec::new();
    for past in history::all(world, own) {
        let Ok(content) = wa::Message::decode_from_slice(past.content.0.as_slice()) else { continue };
        let Some(update) = content.poll_update_message.as_option() else { continue };
        let of = update.poll_creation_message_key.as_option().and_then(|key| key.id.as_deref());
        let (Some(value), true) = (update.vote.as_option(), of == Some(id)) else { continue };
        let sealed = poll::PollVoteCiphertext {
            enc_payload: value.enc_payload.as_deref().unwrap_or_default(),
            enc_iv: value.enc_iv.as_deref().unwrap_or_default(),
        };
        let in_space = |space| {
            let name = |phone: &str| world.jid_like(&Addr::new(phone, 0), space).to_string();
            (name(&poll.past.author), name(&past.author))
        };
        let (lid, pn) = (in_space(Server::Lid), in_space(Server::Pn));
        fn addressing(names: &(String, String)) -> poll::PollVoteAddressing<'_> {
            poll::PollVoteAddressing { poll_creator_jid: &names.0, voter_jid: &names.1 }
        }
        let hashes = poll::decrypt_poll_vote_with_fallback(
            sealed,
            secret,
            id,
            addressing(&lid),
            Some(addressing(&pn)),
        )?;
        let chosen =
            names.iter().filter(|name| hashes.iter().any(|hash| hash == &poll::compute_option_hash(name)));
        let chosen = chosen.cloned().collect();
        votes.retain(|(voter, ..)| *voter != past.author);
        votes.push((past.author, chosen, past.timestamp));
    }
    Ok(votes)
}
