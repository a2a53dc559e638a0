//! Quote and mentions: the context that most kinds can carry.

use edgewire_contract::command::Quoted;
use edgewire_contract::jid::JidKind;
use whatsapp_rust::buffa::MessageField;
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::waproto::whatsapp as wa;

use super::given::{Given, other_chat};
use crate::commands::material::KeptMessage;

/// The largest thumbnail that goes along in a quote, bytes. It is drawn as large as a fingernail, and a link's can be
/// ten times that.
const LARGEST_QUOTED_THUMBNAIL: usize = 16 << 10;

/// Puts the command's quote and mentions into `message`, beside what its context says already. A kind that carries none
/// stays as it is.
pub(super) fn attach(given: &Given<'_>, message: &mut wa::Message) {
    if given.send.reply_to.is_none() && given.send.mentions.is_empty() {
        return;
    }
    let Some(context) = of(message) else { return };
    context.mentioned_jid = given.send.mentions.iter().map(ToString::to_string).collect();
    if let Some(quoted) = &given.send.reply_to {
        quote(given, quoted, context);
    }
}

/// The fields of a message whose kind carries a context: hands them to the macro `$then`.
macro_rules! with_carriers {
    ($then:ident!($message:ident)) => {
        $then!($message:
            extended_text_message,
            image_message,
            video_message,
            ptv_message,
            audio_message,
            document_message,
            sticker_message,
            sticker_pack_message,
            location_message,
            live_location_message,
            contact_message,
            contacts_array_message,
            poll_creation_message,
            poll_creation_message_v2,
            poll_creation_message_v3,
            buttons_message,
            buttons_response_message,
            list_message,
            list_response_message,
            interactive_message,
            interactive_response_message,
            template_message,
            template_button_reply_message,
            product_message,
            order_message,
            group_invite_message,
            event_message,
            newsletter_admin_invite_message,
            newsletter_follower_invite_message_v2,
        )
    };
}

/// The context of `message`, made if need be: a plain text becomes an extended one. `None` for a kind that has none.
pub(super) fn of(message: &mut wa::Message) -> Option<&mut wa::ContextInfo> {
    if let Some(text) = message.conversation.take() {
        let extended = wa::message::ExtendedTextMessage { text: Some(text), ..Default::default() };
        message.extended_text_message = MessageField::some(extended);
    }
    macro_rules! first {
        ($m:ident: $($field:ident),+ $(,)?) => {$(
            if let Some(inner) = $m.$field.as_option_mut() {
                return Some(inner.context_info.get_or_insert_default());
            }
        )+};
    }
    with_carriers!(first!(message));
    None
}

/// The context that `message` has.
pub(crate) fn look(message: &wa::Message) -> Option<&wa::ContextInfo> {
    macro_rules! first {
        ($m:ident: $($field:ident),+ $(,)?) => {$(
            if let Some(inner) = $m.$field.as_option() {
                return inner.context_info.as_option();
            }
        )+};
    }
    with_carriers!(first!(message));
    None
}

/// Takes the context of `message` away. Whether it is of a kind that can have one.
fn drop_context(message: &mut wa::Message) -> bool {
    macro_rules! first {
        ($m:ident: $($field:ident),+ $(,)?) => {$(
            if let Some(inner) = $m.$field.as_option_mut() {
                inner.context_info = MessageField::none();
                return true;
            }
        )+};
    }
    with_carriers!(first!(message));
    message.conversation.is_some()
}

fn quote(given: &Given<'_>, quoted: &Quoted, context: &mut wa::ContextInfo) {
    let to = &given.send.to;
    let kept = given.material.quoted.as_ref();
    let elsewhere = kept.map(|kept| kept.chat.as_str()).filter(|chat| other_chat(chat, to.as_str()));
    context.stanza_id = Some(quoted.message_id.to_string());
    context.remote_jid = elsewhere.map(str::to_owned);
    context.participant = writer(given, quoted, kept, elsewhere);
    let message = kept.and_then(quotable).unwrap_or_else(|| wa::Message {
        // Clients show a quote only if there is a message in it.
        conversation: Some(String::new()),
        ..Default::default()
    });
    context.quoted_message = MessageField::some(message);
}

/// Who wrote the quoted message.
fn writer(
    given: &Given<'_>,
    quoted: &Quoted,
    kept: Option<&KeptMessage>,
    elsewhere: Option<&str>,
) -> Option<String> {
    let to = &given.send.to;
    let chat = elsewhere.unwrap_or(to.as_str());
    if chat.ends_with("@newsletter") {
        return Some(chat.to_owned());
    }
    let said = quoted.sender.as_ref().map(ToString::to_string);
    let of_two = elsewhere.is_none() && matches!(to.kind(), JidKind::Phone | JidKind::Lid);
    match kept {
        Some(kept) if kept.from_me() => given.own_here(),
        // In a chat of two, what is not ours is the other's, by the address that the chat is named with.
        Some(_) if of_two => Some(to.to_string()),
        Some(kept) => kept.sender.clone(),
        None => said.or_else(|| of_two.then(|| to.to_string())),
    }
}

/// A kept message as it is shown within another one: without context, secrets and large thumbnails. `None` for what has
/// nothing to show, or may be shown once only.
fn quotable(kept: &KeptMessage) -> Option<wa::Message> {
    let message = kept.message.as_ref()?;
    if message.is_view_once() {
        return None;
    }
    let mut base = bare(message);
    if !drop_context(&mut base) {
        return None;
    }
    as_plain_text(&mut base);
    macro_rules! small_thumbnails {
        ($($field:ident),+) => {$(
            if let Some(inner) = base.$field.as_option_mut()
                && inner.jpeg_thumbnail.as_ref().is_some_and(|bytes| bytes.len() > LARGEST_QUOTED_THUMBNAIL)
            {
                inner.jpeg_thumbnail = None;
            }
        )+};
    }
    small_thumbnails!(
        extended_text_message,
        image_message,
        video_message,
        document_message,
        location_message
    );
    Some(base)
}

/// What a kept message says, out of its wrappers, and without what was for its own delivery only.
pub(super) fn bare(message: &wa::Message) -> wa::Message {
    let mut base = message.get_base_message().clone();
    base.message_context_info = MessageField::none();
    base.sender_key_distribution_message = MessageField::none();
    base.fast_ratchet_key_sender_key_distribution_message = MessageField::none();
    base
}

/// Makes an extended text that has nothing but its text a plain one.
fn as_plain_text(message: &mut wa::Message) {
    let Some(extended) = message.extended_text_message.as_option() else { return };
    let plain = wa::message::ExtendedTextMessage { text: extended.text.clone(), ..Default::default() };
    if *extended == plain {
        message.conversation = plain.text;
        message.extended_text_message = MessageField::none();
    }
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::{Value, json};

    use super::super::tests::*;
    use super::*;

    fn context(body: Value, material: &crate::commands::material::Material) -> Value {
        says(Kind::Text, &body, material)["extended_text_message"]["context_info"].clone()
    }

    fn reply(to: &str) -> Value {
        json!({"to": to, "text": "yes", "reply_to": "3EB0BB"})
    }

    #[test]
    fn a_reply_in_a_chat_of_two_quotes_what_is_kept() {
        // Kept under the LID: the chat's own address is what the quote says.
        let material = answering(kept(BOBS_LID, Some(BOBS_LID), text("really?")));
        let seen = context(reply(BOB), &material);
        assert_eq!(
            seen,
            json!({"stanza_id": "3EB0BB", "participant": BOB, "quoted_message": {"conversation": "really?"}})
        );
    }

    #[test]
    fn a_quote_of_ours_is_by_us() {
        let material = answering(kept(BOB, None, text("really?")));
        assert_eq!(context(reply(BOB), &material)["participant"], ME);
        let material = answering(kept(GROUP, None, text("really?")));
        assert_eq!(context(reply(GROUP), &material)["participant"], MY_LID);
    }

    #[test]
    fn in_a_group_the_writer_is_the_kept_one_or_the_one_that_is_said() {
        let material = answering(kept(GROUP, Some(BOBS_LID), text("really?")));
        let mut body = reply(GROUP);
        body["reply_sender"] = json!("15550009");
        assert_eq!(context(body.clone(), &material)["participant"], BOBS_LID);
        let seen = context(body, &super::super::tests::material());
        assert_eq!(seen["participant"], "15550009@s.whatsapp.net");
        assert_eq!(seen["quoted_message"], json!({"conversation": ""}));
        assert_eq!(context(reply(GROUP), &super::super::tests::material()).get("participant"), None);
    }

    #[test]
    fn a_quote_from_elsewhere_says_where() {
        for (chat, sender, participant) in [
            ("status@broadcast", BOB, BOB),
            (GROUP, BOBS_LID, BOBS_LID),
            (NEWSLETTER, NEWSLETTER, NEWSLETTER),
        ] {
            let seen = context(reply(BOB), &answering(kept(chat, Some(sender), text("news"))));
            assert_eq!(seen["remote_jid"], chat);
            assert_eq!(seen["participant"], participant);
        }
    }

    #[test]
    fn a_quote_has_no_context_no_secret_and_no_large_thumbnail() {
        let mut quoted = picture();
        quoted.message_context_info.get_or_insert_default().message_secret = Some(vec![1; 32]);
        quoted.sender_key_distribution_message.get_or_insert_default();
        let seen = context(reply(BOB), &answering(kept(BOB, Some(BOB), quoted.clone())));
        assert_eq!(
            seen["quoted_message"],
            json!({"image_message": {"direct_path": "/v/old", "caption": "old", "jpeg_thumbnail": [1, 2, 3]}})
        );
        let image = quoted.image_message.get_or_insert_default();
        image.jpeg_thumbnail = Some(vec![0; LARGEST_QUOTED_THUMBNAIL + 1]);
        let seen = context(reply(BOB), &answering(kept(BOB, Some(BOB), quoted)));
        assert_eq!(seen["quoted_message"]["image_message"].get("jpeg_thumbnail"), None);
    }

    #[test]
    fn a_quoted_text_is_a_plain_one_again() {
        let context = wa::ContextInfo { stanza_id: Some("3EB0CC".into()), ..Default::default() };
        let quoted = super::super::forward::text("answered", context);
        let body = reply(BOB);
        let message = outgoing(Kind::Text, &body, &answering(kept(BOB, Some(BOB), quoted))).unwrap().message;
        let text = message.extended_text_message.as_option().unwrap();
        let quote = text.context_info.as_option().unwrap();
        let plain = wa::Message { conversation: Some("answered".into()), ..Default::default() };
        assert_eq!(quote.quoted_message.as_option(), Some(&plain));
    }

    #[test]
    fn what_may_be_seen_once_is_not_shown_in_a_quote() {
        let mut quoted = picture();
        quoted.image_message.get_or_insert_default().view_once = Some(true);
        let seen = context(reply(BOB), &answering(kept(BOB, Some(BOB), quoted)));
        assert_eq!(seen["quoted_message"], json!({"conversation": ""}));
    }

    #[test]
    fn a_forward_that_answers_is_both() {
        let body = json!({"to": BOB, "text": "as I heard", "reply_to": "3EB0BB", "mentions": [BOB]});
        let seen = says(Kind::Forward, &body, &material());
        assert_eq!(
            seen["extended_text_message"]["context_info"],
            json!({
                "is_forwarded": true, "forwarding_score": 1, "stanza_id": "3EB0BB", "participant": BOB,
                "quoted_message": {"conversation": ""}, "mentioned_jid": [BOB],
            })
        );
    }
}
