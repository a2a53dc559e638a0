//! Settings that an account's devices share, over the control surface: its phone writes and reads them.

use buffa::MessageField;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wacore_appstate::schemas::{self, Schema};
use wacore_binary::Server;
use waproto::whatsapp as wa;
use waproto::whatsapp::sync_action_value as value;

use super::{Outcome, Refusal, parse, phone_number};
use crate::areas::app_state;
use crate::phone::{history, outbox};
use crate::server::Hub;
use crate::state::app_state::push_name_setting;
use crate::state::{Addr, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    action: String,
    chat: Option<String>,
    addressing: Option<String>,
    #[serde(default = "yes")]
    on: bool,
    id: Option<String>,
    until_ms: Option<i64>,
    name: Option<String>,
    first_name: Option<String>,
    label: Option<String>,
    color: Option<i32>,
}

fn yes() -> bool {
    true
}

/// What is written where.
type Change = (&'static Schema, Vec<String>, wa::SyncActionValue);

/// `POST /admin/accounts/{phone}/app-state`: something is done on the phone, and its clients see it.
pub fn act(hub: &Hub, phone: &str, body: &Bytes) -> Outcome {
    let action: Action = parse(body)?;
    let own = Addr::new(phone_number(hub, phone)?, 0);
    let mut world = hub.lock();
    let (schema, index, mut content) = change(&mut world, &own, action)?;
    content.timestamp = Some(world.now() * 1000);
    let index: Vec<&str> = index.iter().map(String::as_str).collect();
    let written = app_state::write(&mut world, &own, schema, &index, &content);
    let (collection, version) = written.ok_or_else(|| Refusal::not_found("no such account"))?;
    Ok(json!({ "collection": collection, "version": version }))
}

fn change(world: &mut World, own: &Addr, asked: Action) -> Result<Change, Refusal> {
    let on = asked.on;
    let name = asked.action.as_str();
    let mut content = wa::SyncActionValue::default();
    let needed = |what: &str| Refusal::bad_request(format!("{what} is needed"));
    if name == "push_name" {
        let name = asked.name.ok_or_else(|| needed("name"))?;
        if let Some(account) = world.accounts.get_mut(&own.phone) {
            account.push_name.clone_from(&name);
        }
        return Ok((&schemas::SETTING_PUSH_NAME, Vec::new(), push_name_setting(&name, world.now())));
    }
    if name == "label_edit" {
        content.label_edit_action = MessageField::some(value::LabelEditAction {
            name: asked.name,
            color: asked.color,
            deleted: Some(!on),
            ..Default::default()
        });
        return Ok((&schemas::LABEL_EDIT, vec![asked.label.ok_or_else(|| needed("label"))?], content));
    }
    let lid = super::lid(asked.addressing.as_deref())?;
    if matches!(name, "star" | "delete_for_me") {
        let id = asked.id.ok_or_else(|| needed("id"))?;
        let index = message_index(world, own, &id, lid)?;
        if name == "star" {
            content.star_action = MessageField::some(value::StarAction { starred: Some(on) });
            return Ok((&schemas::STAR, index, content));
        }
        content.delete_message_for_me_action = MessageField::some(value::DeleteMessageForMeAction {
            delete_media: Some(true),
            ..Default::default()
        });
        return Ok((&schemas::DELETE_MESSAGE_FOR_ME, index, content));
    }
    let chat = asked.chat.as_deref().ok_or_else(|| needed("chat"))?;
    let chat = address(world, &outbox::parse_target(chat)?.to_string(), lid)?;
    let zero = || "0".to_owned();
    Ok(match name {
        "archive" => {
            let archived = Some(on);
            content.archive_chat_action =
                MessageField::some(value::ArchiveChatAction { archived, ..Default::default() });
            (&schemas::ARCHIVE, vec![chat], content)
        }
        "pin" => {
            content.pin_action = MessageField::some(value::PinAction { pinned: Some(on) });
            (&schemas::PIN, vec![chat], content)
        }
        "mute" => {
            content.mute_action = MessageField::some(value::MuteAction {
                muted: Some(on),
                mute_end_timestamp: Some(if on { asked.until_ms.unwrap_or(-1) } else { 0 }),
                ..Default::default()
            });
            (&schemas::MUTE, vec![chat], content)
        }
        "read" => {
            content.mark_chat_as_read_action =
                MessageField::some(value::MarkChatAsReadAction { read: Some(on), ..Default::default() });
            (&schemas::MARK_CHAT_AS_READ, vec![chat], content)
        }
        "delete_chat" => {
            content.delete_chat_action = MessageField::some(value::DeleteChatAction::default());
            (&schemas::DELETE_CHAT, vec![chat, zero()], content)
        }
        "clear_chat" => {
            content.clear_chat_action = MessageField::some(value::ClearChatAction::default());
            (&schemas::CLEAR_CHAT, vec![chat, zero(), zero()], content)
        }
        "status_mute" => {
            content.user_status_mute_action =
                MessageField::some(value::UserStatusMuteAction { muted: Some(on) });
            (&schemas::USER_STATUS_MUTE, vec![chat], content)
        }
        "contact" => {
            content.contact_action = MessageField::some(value::ContactAction {
                full_name: asked.name,
                first_name: asked.first_name,
                ..Default::default()
            });
            (&schemas::CONTACT, vec![chat], content)
        }
        "label" => {
            content.label_association_action =
                MessageField::some(value::LabelAssociationAction { labeled: Some(on), ..Default::default() });
            (&schemas::LABEL_JID, vec![asked.label.ok_or_else(|| needed("label"))?, chat], content)
        }
        _ => return Err(Refusal::bad_request("no such action")),
    })
}

/// A chat in the address space that is wanted; groups have but one.
fn address(world: &World, chat: &str, lid: bool) -> Result<String, Refusal> {
    let chat = outbox::parse_target(chat)?;
    Ok(match world.account_of(&chat) {
        Some(account) if lid => account.lid_jid().to_string(),
        Some(account) => account.pn_jid().to_string(),
        None => chat.to_string(),
    })
}

/// Chat, id, whether it is one's own, and who wrote it in a group.
fn message_index(world: &World, own: &Addr, id: &str, lid: bool) -> Result<Vec<String>, Refusal> {
    let past = history::find(world, own, id).ok_or_else(|| Refusal::not_found("no such message"))?;
    let chat = address(world, &past.chat, lid)?;
    let from_me = if past.from_me { "1" } else { "0" };
    let author = match past.chat.ends_with("@g.us") && !past.from_me {
        true => world.jid_like(&Addr::new(&*past.author, 0), Server::Lid).to_string(),
        false => "0".to_owned(),
    };
    Ok(vec![chat, id.to_owned(), from_me.to_owned(), author])
}

/// `GET /admin/accounts/{phone}/app-state`: the collections as the phone reads them.
pub fn read(hub: &Hub, phone: &str) -> Outcome {
    let phone = phone_number(hub, phone)?;
    let world = hub.lock();
    let state = &world.accounts.get(&phone).ok_or_else(|| Refusal::not_found("no such account"))?.app_state;
    let collections = state.collections.iter().map(|(name, collection)| {
        let entries: Vec<Value> = state
            .entries(name)
            .iter()
            .map(|(index, value)| json!({ "index": index, "value": said(value) }))
            .collect();
        (name.clone(), json!({ "version": collection.version(), "entries": entries }))
    });
    Ok(Value::Object(collections.collect::<Map<_, _>>()))
}

/// What is set in a value; the many things that are not are left out.
fn said(value: &wa::SyncActionValue) -> Value {
    let mut said = serde_json::to_value(value).unwrap_or_default();
    if let Some(fields) = said.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
    said
}
