//! Texts, cards and menus: messages that stand for themselves.

use serde_json::json;

use super::super::scene::Scene;
use super::Case;

pub fn texts(scene: &Scene) -> Vec<Case> {
    let to = scene.recipient.jid();
    let phone = scene.recipient.phone();
    vec![
        Case::new(
            "text",
            json!({ "to": phone, "text": "Hello, 世界" }),
            json!({ "conversation": "Hello, 世界" }),
        ),
        Case::new(
            "text",
            json!({ "to": to, "text": "so @you", "reply_to": scene.theirs, "mentions": [phone] }),
            json!({ "extended_text_message": {
                "text": "so @you",
                "context_info": {
                    "stanza_id": scene.theirs,
                    "participant": to,
                    "mentioned_jid": [to],
                    "quoted_message": { "conversation": "something of theirs" },
                },
            } }),
        )
        .variant("a reply that mentions"),
        Case::new(
            "forward",
            json!({ "to": to, "text": "as I heard" }),
            json!({ "extended_text_message": {
                "text": "as I heard", "context_info": { "is_forwarded": true, "forwarding_score": 1 },
            } }),
        ),
        Case::new(
            "newsletter-forward",
            json!({
                "to": to, "text": "a post", "newsletter_jid": "120363000000000009@newsletter",
                "server_message_id": 142, "newsletter_name": "News", "content_type": "link_card",
            }),
            json!({ "extended_text_message": { "text": "a post", "context_info": {
                "is_forwarded": true,
                "forwarded_newsletter_message_info": {
                    "newsletter_jid": "120363000000000009@newsletter", "server_message_id": 142,
                    "newsletter_name": "News", "content_type": "LINK_CARD",
                },
            } } }),
        ),
    ]
}

pub fn cards(scene: &Scene) -> Vec<Case> {
    let to = scene.recipient.jid();
    vec![
        Case::new(
            "location",
            json!({ "to": to, "latitude": -6.2088, "longitude": 106.8456, "name": "Jakarta", "address": "Indonesia" }),
            json!({ "location_message": {
                "degrees_latitude": -6.2088, "degrees_longitude": 106.8456, "name": "Jakarta", "address": "Indonesia",
            } }),
        )
        .attrs(json!({ "type": "media" })),
        Case::new(
            "contact",
            json!({ "to": to, "contact": {
                "display_name": "John; Doe", "organization": "ACME, Inc.", "email": "john@example.com",
                "phones": [{ "number": "+62 812 3456 789", "phone_type": "CELL" }, { "number": "4915100000001" }],
            } }),
            json!({ "contact_message": { "display_name": "John; Doe", "vcard": "*" } }),
        )
        .attrs(json!({ "type": "media" })),
        Case::new(
            "poll",
            json!({ "to": to, "name": "Colour?", "options": ["Red", "Blue", "Green"], "selectable_count": 2 }),
            json!({
                "poll_creation_message": {
                    "name": "Colour?", "selectable_options_count": 2,
                    "options": [{ "option_name": "Red" }, { "option_name": "Blue" }, { "option_name": "Green" }],
                },
                "message_context_info": { "message_secret": "*" },
            }),
        )
        .attrs(json!({ "type": "poll" })),
        Case::new(
            "poll",
            json!({ "to": to, "name": "One?", "options": ["Yes", "No"] }),
            json!({ "poll_creation_message_v3": { "name": "One?", "selectable_options_count": 1 } }),
        )
        .variant("a single choice")
        .attrs(json!({ "type": "poll" })),
        Case::new(
            "newsletter-admin-invite",
            json!({
                "to": to, "newsletter_jid": "120363000000000009@newsletter", "newsletter_name": "News",
                "caption": "Join", "invite_expiration": 1_900_000_000,
            }),
            json!({ "newsletter_admin_invite_message": {
                "newsletter_jid": "120363000000000009@newsletter", "newsletter_name": "News", "caption": "Join",
                "invite_expiration": 1_900_000_000,
            } }),
        ),
        Case::new(
            "newsletter-follower-invite",
            json!({
                "to": to, "newsletter_jid": "120363000000000009@newsletter", "newsletter_name": "News",
                "caption": "Follow", "reply_to": scene.theirs,
            }),
            json!({ "newsletter_follower_invite_message_v2": {
                "newsletter_jid": "120363000000000009@newsletter", "newsletter_name": "News", "caption": "Follow",
                "context_info": { "stanza_id": scene.theirs },
            } }),
        ),
    ]
}

pub fn menus(scene: &Scene) -> Vec<Case> {
    let to = scene.recipient.jid();
    let as_media = json!({ "type": "media" });
    vec![
        Case::new(
            "buttons",
            json!({
                "to": to, "content_text": "Choose", "footer": "Foot", "header_text": "Head",
                "buttons": [{ "button_id": "a", "display_text": "A" }, { "button_id": "b", "display_text": "B" }],
            }),
            json!({ "buttons_message": {
                "content_text": "Choose", "footer_text": "Foot", "header_type": "TEXT",
                "buttons": [
                    { "button_id": "a", "button_text": { "display_text": "A" }, "type": "RESPONSE" },
                    { "button_id": "b", "button_text": { "display_text": "B" }, "type": "RESPONSE" },
                ],
            } }),
        ),
        Case::new(
            "list",
            json!({
                "to": to, "title": "Menu", "description": "Take one", "button_text": "Open", "footer": "Foot",
                "sections": [{ "title": "S", "rows": [{ "row_id": "r1", "title": "One", "description": "first" }, { "row_id": "r2", "title": "Two" }] }],
            }),
            json!({ "list_message": {
                "title": "Menu", "description": "Take one", "button_text": "Open", "footer_text": "Foot",
                "list_type": "SINGLE_SELECT",
                "sections": [{ "title": "S", "rows": [
                    { "row_id": "r1", "title": "One", "description": "first" }, { "row_id": "r2", "title": "Two" },
                ] }],
            } }),
        )
        .attrs(as_media.clone()),
        Case::new(
            "interactive",
            json!({
                "to": to, "body_text": "Do", "footer_text": "Foot", "header_text": "Head",
                "buttons": [{ "name": "quick_reply", "button_params_json": "{\"id\":\"x\"}" }],
            }),
            json!({ "interactive_message": { "body": { "text": "Do" }, "footer": { "text": "Foot" } } }),
        ),
        Case::new(
            "buttons-response",
            json!({ "to": to, "selected_button_id": "a", "selected_display_text": "A", "reply_to": scene.theirs }),
            json!({ "buttons_response_message": {
                "selected_button_id": "a", "type": "DISPLAY_TEXT", "context_info": { "stanza_id": scene.theirs },
            } }),
        )
        .attrs(as_media.clone()),
        Case::new(
            "list-response",
            json!({ "to": to, "title": "One", "selected_row_id": "r1", "description": "first", "reply_to": scene.theirs }),
            json!({ "list_response_message": {
                "title": "One", "description": "first", "list_type": "SINGLE_SELECT",
                "single_select_reply": { "selected_row_id": "r1" }, "context_info": { "stanza_id": scene.theirs },
            } }),
        )
        .attrs(as_media.clone()),
        Case::new(
            "interactive-response",
            json!({ "to": to, "body_text": "Done", "name": "quick_reply", "params_json": "{\"id\":\"x\"}", "reply_to": scene.theirs }),
            json!({ "interactive_response_message": {
                "body": { "text": "Done" }, "context_info": { "stanza_id": scene.theirs },
            } }),
        )
        .attrs(as_media),
        Case::new(
            "highly-structured",
            json!({
                "to": to, "namespace": "ns", "element_name": "el", "params": ["1", "2"], "fallback_lg": "en", "fallback_lc": "US",
            }),
            json!({ "highly_structured_message": {
                "namespace": "ns", "element_name": "el", "params": ["1", "2"], "fallback_lg": "en", "fallback_lc": "US",
            } }),
        ),
        Case::new(
            "template-button-reply",
            json!({ "to": to, "selected_id": "a", "selected_display_text": "A", "selected_index": 2, "reply_to": scene.theirs }),
            json!({ "template_button_reply_message": {
                "selected_id": "a", "selected_display_text": "A", "selected_index": 2,
                "context_info": { "stanza_id": scene.theirs },
            } }),
        ),
    ]
}

pub fn business(scene: &Scene) -> Vec<Case> {
    let to = scene.recipient.jid();
    vec![
        Case::new(
            "order",
            json!({
                "to": to, "order_id": "O-1", "item_count": 3, "status": "accepted", "message": "these", "order_title": "Mine",
                "seller_jid": "4915100000002", "token": "tok", "total_amount_1000": 50_000_000, "total_currency_code": "USD",
            }),
            json!({ "order_message": {
                "order_id": "O-1", "item_count": 3, "status": "ACCEPTED", "message": "these", "order_title": "Mine",
                "seller_jid": "4915100000002@s.whatsapp.net", "token": "tok", "total_amount1000": 50_000_000,
                "total_currency_code": "USD",
            } }),
        )
        .attrs(json!({ "type": "media" })),
        Case::new(
            "invoice",
            json!({ "to": to, "note": "for you", "token": "tok", "attachment_type": "pdf", "attachment_mimetype": "application/pdf" }),
            json!({ "invoice_message": {
                "note": "for you", "token": "tok", "attachment_type": "PDF", "attachment_mimetype": "application/pdf",
            } }),
        ),
        Case::new(
            "payment-invite",
            json!({ "to": to, "service_type": 3 }),
            json!({ "payment_invite_message": { "service_type": "UPI" } }),
        ),
        Case::new(
            "request-payment",
            json!({ "to": to, "currency_code": "EUR", "amount1000": 1_000, "note": "please", "expiry_timestamp": 1_900_000_000 }),
            json!({ "request_payment_message": {
                "currency_code_iso4217": "EUR", "amount1000": 1_000, "expiry_timestamp": 1_900_000_000,
                "note_message": { "extended_text_message": { "text": "please" } },
            } }),
        ),
        Case::new(
            "send-payment",
            json!({ "to": to, "note": "thanks", "request_message_id": scene.theirs, "transaction_data": "{\"k\":1}" }),
            json!({ "send_payment_message": {
                "transaction_data": "{\"k\":1}", "note_message": { "extended_text_message": { "text": "thanks" } },
                "request_message_key": { "id": scene.theirs, "from_me": false },
            } }),
        ),
        Case::new(
            "cancel-payment",
            json!({ "to": to, "request_message_id": scene.ours }),
            json!({ "cancel_payment_request_message": { "key": { "id": scene.ours, "from_me": true } } }),
        ),
        Case::new(
            "decline-payment",
            json!({ "to": to, "request_message_id": scene.theirs }),
            json!({ "decline_payment_request_message": { "key": { "id": scene.theirs, "from_me": false } } }),
        ),
    ]
}
