//! What the phone and its companions say to each other: app-state keys, data that a companion asks for.

use anyhow::{Context, Result};
use buffa::{Message, MessageField};
use wacore::messages::MessageUtils;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};
use waproto::whatsapp as wa;
use waproto::whatsapp::message::PeerDataOperationRequestType as Operation;
use waproto::whatsapp::message::protocol_message::Type;

use super::history;
use super::outbox::{self, enc, seal};
use crate::areas::messages;
use crate::stanza::StanzaExt;
use crate::state::conduct::{Answering, Placeholder};
use crate::state::{Addr, World};

/// A companion asks its phone for something. True when it was a question.
pub fn asked(world: &mut World, own: &Addr, node: &Node, requester: &Jid, content: &wa::Message) -> bool {
    let Some(protocol) = content.protocol_message.as_option() else { return false };
    let outcome = if let Some(request) = protocol.app_state_sync_key_request.as_option() {
        answer_key_request(world, own, requester, request)
    } else if let Some(request) = protocol.peer_data_operation_request_message.as_option() {
        answer_data_request(world, own, node, requester, request)
    } else {
        return false;
    };
    if let Err(error) = outcome {
        tracing::warn!("answering a companion: {error:#}");
    }
    true
}

fn answer_data_request(
    world: &mut World,
    own: &Addr,
    node: &Node,
    requester: &Jid,
    request: &wa::message::PeerDataOperationRequestMessage,
) -> Result<()> {
    let id = node.text("id").unwrap_or_default();
    let conduct = world.faults.conduct(&own.phone);
    match request.peer_data_operation_request_type {
        Some(Operation::HISTORY_SYNC_ON_DEMAND) if conduct.history == Answering::Answer => {
            let asked = request.history_sync_on_demand_request.as_option().context("nothing asked")?;
            history::on_demand(world, own, requester, &id, asked)
        }
        Some(Operation::PLACEHOLDER_MESSAGE_RESEND) if conduct.placeholder != Placeholder::Never => {
            let only_withheld = conduct.placeholder == Placeholder::Unavailable;
            let withheld = world.accounts.get(&own.phone).map(|a| a.virtual_phone.withheld.clone());
            let withheld = withheld.unwrap_or_default();
            let keys = request.placeholder_message_resend_request.iter();
            let ids = keys.filter_map(|asked| asked.message_key.as_option()?.id.clone());
            let ids: Vec<String> = ids.filter(|id| !only_withheld || withheld.contains(id)).collect();
            ids.iter().try_for_each(|wanted| answer_placeholder(world, own, requester, &id, wanted))
        }
        other => {
            tracing::debug!(?other, "a companion's request stays without an answer");
            Ok(())
        }
    }
}

/// The companion could not read a message that the phone has: it gets the content.
fn answer_placeholder(
    world: &mut World,
    own: &Addr,
    requester: &Jid,
    request_id: &str,
    wanted: &str,
) -> Result<()> {
    use wa::message::peer_data_operation_request_response_message::PeerDataOperationResult;
    use wa::message::peer_data_operation_request_response_message::peer_data_operation_result::PlaceholderMessageResendResponse;
    let Some(past) = history::find(world, own, wanted) else { return Ok(()) };
    // The companion waits for it under the chat's phone number.
    let chat = outbox::parse_target(&past.chat)?;
    let found = history::web_message(world, &chat, &past)?.encode_to_vec();
    let response = wa::message::PeerDataOperationRequestResponseMessage {
        peer_data_operation_request_type: Some(Operation::PLACEHOLDER_MESSAGE_RESEND),
        stanza_id: Some(request_id.to_owned()),
        peer_data_operation_result: vec![PeerDataOperationResult {
            placeholder_message_resend_response: MessageField::some(PlaceholderMessageResendResponse {
                web_message_info_bytes: Some(found),
            }),
            ..Default::default()
        }],
    };
    let protocol = wa::message::ProtocolMessage {
        r#type: Some(Type::PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE),
        peer_data_operation_request_response_message: MessageField::some(response),
        ..Default::default()
    };
    let companion = world.addr_of(requester).context("an unknown requester")?;
    let from = world.jid_like(own, requester.server);
    send(world, own, &companion, from, protocol)
}

/// Gives a new companion the key to the account's app state.
pub fn share_app_state_key(world: &mut World, companion: &Addr) -> Result<()> {
    let own = Addr::new(&*companion.phone, 0);
    let from = own.pn();
    send_key(world, &own, companion, from, None)
}

/// A companion asks for app-state keys by id.
fn answer_key_request(
    world: &mut World,
    own: &Addr,
    requester: &Jid,
    request: &wa::message::AppStateSyncKeyRequest,
) -> Result<()> {
    let companion = world.addr_of(requester).context("an unknown requester")?;
    let from = world.jid_like(own, requester.server);
    let wanted = request.key_ids.iter().filter_map(|id| id.key_id.clone()).collect();
    send_key(world, own, &companion, from, Some(wanted))
}

fn send_key(
    world: &mut World,
    own: &Addr,
    companion: &Addr,
    from: Jid,
    wanted: Option<Vec<Vec<u8>>>,
) -> Result<()> {
    let account = world.accounts.get(&own.phone).context("no account")?;
    let state = &account.app_state;
    let key = wa::message::AppStateSyncKey {
        key_id: MessageField::some(wa::message::AppStateSyncKeyId { key_id: Some(state.key_id.0.clone()) }),
        key_data: MessageField::some(wa::message::AppStateSyncKeyData {
            key_data: Some(state.key.0.clone()),
            fingerprint: MessageField::some(wa::message::AppStateSyncKeyFingerprint {
                raw_id: Some(account.raw_id),
                current_index: Some(u32::from(account.next_device.saturating_sub(1))),
                device_indexes: std::iter::once(0)
                    .chain(account.devices.values().map(|device| device.key_index))
                    .collect(),
            }),
            timestamp: Some(state.key_time),
        }),
    };
    let known = wanted.as_ref().is_none_or(|ids| ids.contains(&state.key_id.0));
    let protocol = wa::message::ProtocolMessage {
        r#type: Some(Type::APP_STATE_SYNC_KEY_SHARE),
        app_state_sync_key_share: MessageField::some(wa::message::AppStateSyncKeyShare {
            keys: if known { vec![key] } else { Vec::new() },
        }),
        ..Default::default()
    };
    send(world, own, companion, from, protocol)
}

/// Sends a peer message to one companion.
pub fn send(
    world: &mut World,
    own: &Addr,
    companion: &Addr,
    from: Jid,
    protocol: wa::message::ProtocolMessage,
) -> Result<()> {
    let content = wa::Message { protocol_message: MessageField::some(protocol), ..Default::default() };
    let sealed = seal(world, own, companion, &MessageUtils::encode_and_pad(&content))?;
    let sealed = sealed.context("the companion has no keys")?;
    let node = NodeBuilder::new("message")
        .attr("from", from)
        .attr("id", outbox::fresh_id())
        .attr("type", "text")
        .attr("category", "peer")
        .attr("t", world.now())
        .children([enc(sealed, &content, None)])
        .build();
    messages::deliver(world, companion, node, None);
    Ok(())
}
