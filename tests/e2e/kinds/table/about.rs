//! What is done to messages that are there.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::super::scene::Scene;
use super::Case;

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

pub fn about_others(scene: &Scene) -> Vec<Case> {
    let to = scene.recipient.jid();
    vec![
        Case::new(
            "read",
            json!({ "chat_jid": to, "message_ids": [scene.theirs] }),
            json!({}),
        ),
        Case::new(
            "react",
            json!({ "to": to, "message_id": scene.theirs, "emoji": "👍" }),
            json!({ "reaction_message": { "text": "👍", "key": { "id": scene.theirs, "from_me": false } } }),
        )
        .attrs(json!({ "type": "reaction" })),
        Case::new(
            "react",
            json!({ "to": to, "message_id": scene.ours, "emoji": "" }),
            json!({ "reaction_message": { "text": "", "key": { "id": scene.ours, "from_me": true } } }),
        )
        .variant("taken back, on ours")
        .attrs(json!({ "type": "reaction", "edit": "7" })),
        Case::new(
            "poll-update",
            json!({ "to": to, "poll_message_id": scene.poll, "selected_options": ["red", "blue"] }),
            json!({ "poll_update_message": {
                "poll_creation_message_key": { "id": scene.poll, "from_me": false },
                "vote": { "enc_payload": "*", "enc_iv": "*" },
            } }),
        )
        .attrs(json!({ "type": "poll" })),
        Case::new(
            "poll-update",
            json!({
                "to": to, "poll_message_id": scene.poll, "selected_options": [],
                "enc_iv": base64(&[1; 12]), "enc_payload": base64(&[2; 40]),
            }),
            json!({ "poll_update_message": { "vote": { "enc_payload": vec![2; 40], "enc_iv": vec![1; 12] } } }),
        )
        .variant("ready-made")
        .attrs(json!({ "type": "poll" })),
        Case::new(
            "pin",
            json!({ "chat": to, "message_id": scene.theirs, "duration_seconds": 604_800 }),
            json!({
                "pin_in_chat_message": { "key": { "id": scene.theirs, "from_me": false }, "type": "PIN_FOR_ALL" },
                "message_context_info": { "message_add_on_duration_in_secs": 604_800 },
            }),
        )
        .attrs(json!({ "type": "text", "edit": "2" })),
        Case::new(
            "pin",
            json!({ "chat": to, "message_id": scene.theirs, "duration_seconds": 0 }),
            json!({ "pin_in_chat_message": { "key": { "id": scene.theirs }, "type": "UNPIN_FOR_ALL" } }),
        )
        .variant("taken off")
        .attrs(json!({ "type": "text", "edit": "2" })),
        Case::new(
            "edit",
            json!({ "to": to, "message_id": scene.ours, "text": "something else" }),
            json!({ "protocol_message": {
                "type": "MESSAGE_EDIT", "key": { "id": scene.ours, "from_me": true },
                "edited_message": { "conversation": "something else" },
            } }),
        )
        .attrs(json!({ "type": "text", "edit": "1" })),
        Case::new(
            "revoke",
            json!({ "to": to, "message_id": scene.ours }),
            json!({ "protocol_message": { "type": "REVOKE", "key": { "id": scene.ours, "from_me": true } } }),
        )
        .attrs(json!({ "type": "text", "edit": "7" })),
    ]
}

pub fn in_groups(scene: &Scene) -> Vec<Case> {
    let group = &scene.group;
    vec![
        Case::new(
            "react",
            json!({ "to": group, "message_id": scene.in_group, "emoji": "❤️" }),
            json!({ "reaction_message": { "text": "❤️", "key": { "id": scene.in_group, "from_me": false, "participant": "*" } } }),
        )
        .variant("in a group")
        .attrs(json!({ "type": "reaction" })),
        Case::new(
            "revoke",
            json!({ "to": group, "message_id": scene.in_group, "original_sender": scene.third }),
            json!({ "protocol_message": {
                "type": "REVOKE", "key": { "id": scene.in_group, "from_me": false, "participant": "*" },
            } }),
        )
        .variant("as a group's administrator")
        .attrs(json!({ "edit": "8" })),
        Case::new(
            "comment",
            json!({ "to": group, "text": "a comment", "target_message_id": scene.in_group }),
            json!({ "comment_message": {
                "message": { "conversation": "a comment" },
                "target_message_key": { "id": scene.in_group, "remote_jid": group },
            } }),
        ),
        Case::new(
            "scheduled-call",
            json!({ "to": group, "scheduled_timestamp_ms": 1_900_000_000_000_i64, "call_type": "video", "title": "Weekly" }),
            json!({ "scheduled_call_creation_message": {
                "scheduled_timestamp_ms": 1_900_000_000_000_i64, "call_type": "VIDEO", "title": "Weekly",
            } }),
        ),
        Case::new(
            "scheduled-call-edit",
            json!({ "to": group, "scheduled_call_message_id": scene.in_group }),
            json!({ "scheduled_call_edit_message": { "edit_type": "CANCEL", "key": { "id": scene.in_group } } }),
        ),
    ]
}
