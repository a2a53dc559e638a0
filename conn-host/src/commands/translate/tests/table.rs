//! Every kind's documented example, field by field. The `match` below fails to compile when a kind is not in it.

use edgewire_contract::content::Kind;
use serde_json::{Value, json};
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::wacore::send::{media_type_from_message, stanza_type_from_message};
use whatsapp_rust::waproto::whatsapp as wa;

use super::*;
use crate::wire::Stanza;

/// The stanza's type, the media type in it, how it is put together, and what the message says.
type Expected = (&'static str, Option<&'static str>, Stanza, Value);

/// The recipient of the examples.
const TO: &str = "628123456789@s.whatsapp.net";

fn expected(kind: Kind) -> Expected {
    let key = |id: &str, from_me: bool| json!({"remote_jid": TO, "from_me": from_me, "id": id});
    let text = |value: Value| ("text", None, Stanza::Plain, value);
    let overridden = |value: Value| ("text", None, Stanza::Text, value);
    let media = |media_type, value: Value| ("media", Some(media_type), Stanza::Plain, value);
    match kind {
        Kind::Text => text(json!({"conversation": "Hello from Edgewire!"})),
        Kind::Image => media(
            "image",
            json!({"image_message": with_file(json!({
                "caption": "Check this out!", "width": 640, "height": 480, "jpeg_thumbnail": [5, 6],
            }))}),
        ),
        Kind::Video => media(
            "video",
            json!({"video_message": with_file(json!({
                "caption": "Watch this!", "width": 640, "height": 480, "seconds": 7, "jpeg_thumbnail": [5, 6],
            }))}),
        ),
        Kind::Audio => media(
            "ptt",
            json!({"audio_message": with_file(json!({"ptt": true, "seconds": 7, "waveform": vec![8; 64]}))}),
        ),
        Kind::Document => media(
            "document",
            json!({"document_message": with_file(json!({
                "title": "report.pdf", "file_name": "report.pdf", "page_count": 3, "jpeg_thumbnail": [5, 6],
                "thumbnail_width": 640, "thumbnail_height": 480,
            }))}),
        ),
        Kind::Sticker => media(
            "sticker",
            json!({"sticker_message": with_file(json!({
                "width": 640, "height": 480, "is_animated": true, "png_thumbnail": [5, 6],
            }))}),
        ),
        Kind::Location => media(
            "location",
            json!({"location_message": {
                "degrees_latitude": -6.2088, "degrees_longitude": 106.8456, "name": "Jakarta",
                "address": "Jakarta, Indonesia",
            }}),
        ),
        Kind::Contact => media(
            "vcard",
            json!({"contact_message": {
                "display_name": "John Doe",
                "vcard": "BEGIN:VCARD\nVERSION:3.0\nN:;John Doe;;;\nFN:John Doe\n\
                          TEL;type=CELL;type=VOICE;waid=628123456789:+628123456789\nEND:VCARD",
            }}),
        ),
        Kind::Poll => (
            "poll",
            None,
            Stanza::Plain,
            json!({"poll_creation_message_v3": {
                "name": "What is your favorite color?", "selectable_options_count": 1,
                "options": [
                    {"option_name": "Red"}, {"option_name": "Blue"}, {"option_name": "Green"}, {"option_name": "Yellow"},
                ],
            }}),
        ),
        Kind::Buttons => overridden(json!({"buttons_message": {
            "content_text": "Please choose an option", "footer_text": "Powered by Edgewire", "header_type": "TEXT",
            "header": {"Text": "Main Menu"},
            "buttons": [
                {"button_id": "btn_1", "button_text": {"display_text": "Option 1"}, "type": "RESPONSE"},
                {"button_id": "btn_2", "button_text": {"display_text": "Option 2"}, "type": "RESPONSE"},
            ],
        }})),
        Kind::List => (
            "media",
            Some("list"),
            Stanza::List,
            json!({"list_message": {
                "title": "Main Menu", "description": "Please select an option", "button_text": "View Options",
                "footer_text": "Powered by Edgewire", "list_type": "SINGLE_SELECT",
                "sections": [{"title": "Category 1", "rows": [
                    {"row_id": "row_1", "title": "Item 1", "description": "Description for item 1"},
                    {"row_id": "row_2", "title": "Item 2", "description": "Description for item 2"},
                ]}],
            }}),
        ),
        Kind::Interactive => text(json!({"interactive_message": {
            "body": {"text": "Choose an action"}, "footer": {"text": "Powered by Edgewire"},
            "interactive_message": {"NativeFlowMessage": {
                "message_version": 1,
                "buttons": [{
                    "name": "quick_reply", "button_params_json": r#"{"display_text":"Click Me","id":"btn1"}"#,
                }],
            }},
        }})),
        Kind::NewsletterAdminInvite => text(json!({"newsletter_admin_invite_message": {
            "newsletter_jid": "120363000000000000@newsletter", "newsletter_name": "My Newsletter",
            "caption": "Join as admin!", "invite_expiration": 1_700_000_000,
        }})),
        Kind::NewsletterFollowerInvite => text(json!({"newsletter_follower_invite_message_v2": {
            "newsletter_jid": "120363000000000000@newsletter", "newsletter_name": "My Newsletter",
            "caption": "Follow this newsletter!",
        }})),
        Kind::Order => media(
            "order",
            json!({"order_message": {
                "order_id": "ORD-001", "item_count": 3, "status": "INQUIRY", "surface": "CATALOG",
                "message": "I'd like to order these items", "order_title": "My Order", "seller_jid": ME,
                "total_amount1000": 50_000_000, "total_currency_code": "USD",
            }}),
        ),
        Kind::Invoice => overridden(json!({"invoice_message": {
            "note": "Invoice for services rendered", "token": "inv-token-123", "attachment_type": "PDF",
            "attachment_mimetype": "application/pdf",
        }})),
        Kind::PaymentInvite => text(json!({"payment_invite_message": {"service_type": "UNKNOWN"}})),
        Kind::Pin => text(json!({
            "pin_in_chat_message": {
                "key": key("3EB0ABC123", false), "type": "PIN_FOR_ALL", "sender_timestamp_ms": NOW,
            },
            "message_context_info": {"message_add_on_duration_in_secs": 86_400},
        })),
        Kind::Forward => text(json!({"extended_text_message": {
            "text": "Forwarded content here", "context_info": {"is_forwarded": true, "forwarding_score": 1},
        }})),
        Kind::Edit => text(json!({"protocol_message": {
            "type": "MESSAGE_EDIT", "key": key("3EB0ABC123", true), "timestamp_ms": NOW,
            "edited_message": {"conversation": "Edited message text"},
        }})),
        Kind::React => (
            "reaction",
            None,
            Stanza::Plain,
            json!({"reaction_message": {
                "key": key("3EB0ABC123", false), "text": "👍", "sender_timestamp_ms": NOW,
            }}),
        ),
        Kind::Revoke => text(json!({"protocol_message": {"type": "REVOKE", "key": key("3EB0ABC123", true)}})),
        Kind::PollUpdate => (
            "poll",
            None,
            Stanza::Plain,
            json!({"poll_update_message": {
                "poll_creation_message_key": key("3EB0ABC123", false), "sender_timestamp_ms": NOW, "vote": "sealed",
            }}),
        ),
        Kind::ButtonsResponse => media(
            "buttons_response",
            json!({"buttons_response_message": {
                "selected_button_id": "btn_1", "type": "DISPLAY_TEXT", "response": {"SelectedDisplayText": "Option 1"},
                "context_info": quote_of("3EB0ABC123"),
            }}),
        ),
        Kind::ListResponse => media(
            "list_response",
            json!({"list_response_message": {
                "title": "Category 1", "list_type": "SINGLE_SELECT", "single_select_reply": {"selected_row_id": "row_1"},
                "description": "Description for the selection",
            }}),
        ),
        Kind::InteractiveResponse => media(
            "native_flow_response",
            json!({"interactive_response_message": {
                "body": {"text": "Response body", "format": "DEFAULT"},
                "interactive_response_message": {"NativeFlowResponseMessage": {
                    "name": "quick_reply", "params_json": r#"{"id":"btn1"}"#, "version": 3,
                }},
            }}),
        ),
        Kind::HighlyStructured => overridden(json!({"highly_structured_message": {
            "namespace": "your_namespace", "element_name": "template_name", "params": ["param1", "param2"],
            "fallback_lg": "en", "fallback_lc": "US",
        }})),
        Kind::TemplateButtonReply => text(json!({"template_button_reply_message": {
            "selected_id": "btn_1", "selected_display_text": "Option 1", "selected_index": 0,
        }})),
        Kind::Comment => overridden(json!({"comment_message": {
            "message": {"conversation": "This is my comment"},
            "target_message_key": {
                "remote_jid": "120363000000000000@g.us", "from_me": false, "id": "3EB0ABC123",
            },
        }})),
        Kind::ScheduledCall => overridden(json!({"scheduled_call_creation_message": {
            "scheduled_timestamp_ms": 1_700_000_000_000_i64, "call_type": "VOICE", "title": "Weekly Team Sync",
        }})),
        Kind::ScheduledCallEdit => overridden(json!({"scheduled_call_edit_message": {
            "edit_type": "CANCEL",
            "key": {"remote_jid": "120363000000000000@g.us", "from_me": true, "id": "3EB0ABC123"},
        }})),
        Kind::SendPayment => text(json!({"send_payment_message": {
            "note_message": {"extended_text_message": {"text": "Payment for services"}},
            "request_message_key": key("3EB0ABC123", false), "transaction_data": r#"{"key":"value"}"#,
        }})),
        Kind::RequestPayment => text(json!({"request_payment_message": {
            "note_message": {"extended_text_message": {"text": "Payment for invoice #123"}},
            "currency_code_iso4217": "USD", "amount1000": 50_000_000, "request_from": TO,
            "expiry_timestamp": 1_700_086_400,
            "amount": {"value": 50_000_000, "offset": 1000, "currency_code": "USD"},
        }})),
        Kind::CancelPayment => {
            text(json!({"cancel_payment_request_message": {"key": key("3EB0ABC123", true)}}))
        }
        Kind::DeclinePayment => {
            text(json!({"decline_payment_request_message": {"key": key("3EB0ABC123", false)}}))
        }
        Kind::NewsletterForward => text(json!({"extended_text_message": {
            "text": "Check out this newsletter post",
            "context_info": {
                "is_forwarded": true, "forwarding_score": 1,
                "forwarded_newsletter_message_info": {
                    "newsletter_jid": "120363000000000000@newsletter", "server_message_id": 42,
                    "newsletter_name": "My Newsletter", "content_type": "UPDATE",
                },
            },
        }})),
    }
}

/// The fields of the file that every material has, and `more`.
fn with_file(mut more: Value) -> Value {
    let file = json!({
        "url": "https://mmg.whatsapp.net/v/new?x=1", "direct_path": "/v/new", "media_key": [1, 1], "file_sha256": [2, 2],
        "file_enc_sha256": [3, 3], "file_length": 12_345, "media_key_timestamp": 1_700_000_000, "mimetype": "a/b",
    });
    more.as_object_mut().unwrap().extend(file.as_object().unwrap().clone());
    more
}

/// The quote of a message of the recipient that is not kept.
fn quote_of(id: &str) -> Value {
    json!({"stanza_id": id, "participant": TO, "quoted_message": {"conversation": ""}})
}

/// A poll of the recipient, for the vote.
fn poll() -> Material {
    let option = |name: &str| wa::message::poll_creation_message::Option {
        option_name: Some(name.into()),
        ..Default::default()
    };
    let poll = wa::message::PollCreationMessage {
        options: vec![option("Red"), option("Blue")],
        ..Default::default()
    };
    let message = wa::Message { poll_creation_message: MessageField::some(poll), ..Default::default() };
    about(kept(TO, Some(TO), message))
}

#[test]
fn every_kinds_example_is_what_whatsapp_expects() {
    for &kind in Kind::ALL {
        let body: Value = serde_json::from_str(kind.about().example).unwrap();
        let material = if kind == Kind::PollUpdate { poll() } else { material() };
        let outgoing = outgoing(kind, &body, &material).unwrap();
        let (kind_of_stanza, media_type, stanza, says) = expected(kind);
        let mut seen = seen(&outgoing.message);
        if kind == Kind::PollUpdate {
            // Encrypted; `poll_update` opens it.
            seen["poll_update_message"]["vote"] = json!("sealed");
        }
        assert_eq!(seen, says, "{kind:?}");
        assert_eq!(outgoing.stanza, stanza, "{kind:?}");
        assert_eq!(
            (outgoing.id.as_str(), outgoing.to.as_str()),
            ("3EB0AA", command(kind, &body).to.as_str())
        );
        let inferred = match outgoing.stanza {
            Stanza::Text => "text",
            _ => stanza_type_from_message(&outgoing.message),
        };
        assert_eq!(inferred, kind_of_stanza, "{kind:?}");
        assert_eq!(media_type_from_message(&outgoing.message), media_type, "{kind:?}");
        assert!(inferred != "media" || media_type.is_some(), "{kind:?}: WhatsApp drops media of no type");
    }
}

#[test]
fn a_second_try_is_the_same_message_to_the_byte() {
    use whatsapp_rust::buffa::Message as _;
    for &kind in Kind::ALL {
        let mut body: Value = serde_json::from_str(kind.about().example).unwrap();
        body["reply_to"] = json!("3EB0BB");
        body["mentions"] = json!([BOB]);
        let material = if kind == Kind::PollUpdate { poll() } else { material() };
        let bytes = || outgoing(kind, &body, &material).unwrap().message.encode_to_vec();
        assert_eq!(bytes(), bytes(), "{kind:?}");
    }
}

#[test]
fn every_kind_that_takes_a_quote_or_mentions_carries_them() {
    for &kind in Kind::ALL {
        let mut body: Value = serde_json::from_str(kind.about().example).unwrap();
        if kind.quotes() {
            body["reply_to"] = json!("3EB0BB");
        }
        if kind.mentions() {
            body["mentions"] = json!([BOB]);
        }
        let material = if kind == Kind::PollUpdate { poll() } else { material() };
        let seen = seen(&outgoing(kind, &body, &material).unwrap().message).to_string();
        assert_eq!(seen.contains(r#""stanza_id":"3EB0BB""#), kind.quotes(), "{kind:?}");
        assert_eq!(seen.contains(&format!(r#""mentioned_jid":["{BOB}"]"#)), kind.mentions(), "{kind:?}");
    }
}

#[test]
fn a_status_is_not_posted_but_reacted_to() {
    let status = "status@broadcast";
    assert_eq!(refused(Kind::Text, &json!({"to": status, "text": "hi"}), &material()), ["not_implemented"]);
    let reaction = json!({"to": status, "message_id": "3EB0BB", "emoji": "👍", "sender": BOB});
    let seen = says(Kind::React, &reaction, &material());
    assert_eq!(
        seen["reaction_message"]["key"],
        json!({"remote_jid": status, "from_me": false, "id": "3EB0BB", "participant": BOB})
    );
}
