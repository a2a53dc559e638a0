//! Answers of senders who were asked for a file again: where it is now, or why it is nowhere.

use edgewire_contract::event::{EventBody, MediaRetryPayload, MediaRetryStatus as Status};
use edgewire_contract::keys::message_field;
use edgewire_contract::media::Uploaded;
use edgewire_store::KeptRecord;
use whatsapp_rust::buffa::Message as _;
use whatsapp_rust::wacore::media_retry::{MediaRetryResult, parse_media_retry_notification};
use whatsapp_rust::wacore_binary::NodeRef;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::clock::{Clock as _, SystemClock};
use crate::events::kept::{Kept, What};
use crate::events::read::file;
use crate::events::told::Told;
use crate::wire::Found;

/// What the stanza says of the message that is kept. `None` when none is: nobody here can have asked.
pub fn tell(node: &NodeRef<'_>, found: Found<'_>) -> Option<Told> {
    let id = node.get_attr("id")?.as_str();
    let kept = found.kept?;
    let (status, moved) = answer(node, kept);
    let media = moved.as_ref().and_then(file::of);
    let sealed =
        found.store.zip(moved).and_then(|(store, body)| store.seal_message(&id, &body.encode_to_vec()).ok());
    let kept_change =
        sealed.and_then(|body| Kept::change(&id, What::Change, vec![(message_field::BODY, body)]));
    let path = media.as_ref().and_then(|media| media.uploaded.as_ref()).map(|it| it.direct_path.clone());
    let stamp = node.get_attr("t").map(|t| t.as_str().into_owned()).unwrap_or_default();
    let timestamp = stamp.parse().map_or_else(|_| SystemClock.now_ms(), |t: i64| t.saturating_mul(1000));
    let mark = format!("mr {id} {status:?} {stamp} {}", path.unwrap_or_default());
    let chat = found.known.party(&kept.chat);
    let payload = MediaRetryPayload {
        message_id: id.into_owned(),
        chat: chat.jid,
        chat_phone: chat.phone,
        chat_lid: chat.lid,
        status,
        media,
    };
    Some(Told { timestamp, body: EventBody::MediaRetry(payload), mark: Some(mark), kept: kept_change })
}

/// How it ended; and the message with its file where it is now.
fn answer(node: &NodeRef<'_>, kept: &KeptRecord) -> (Status, Option<wa::Message>) {
    let message =
        kept.body.as_deref().and_then(|body| wa::Message::decode_from_slice(body).ok()).unwrap_or_default();
    let key = file::of(&message).and_then(|file| file.uploaded).map(|file| Uploaded::bytes(&file.media_key));
    match parse_media_retry_notification(node, &key.unwrap_or_default()) {
        Ok(MediaRetryResult::Success { direct_path }) => match file::moved(message, &direct_path) {
            Some(message) => (Status::Available, Some(message)),
            None => (Status::Undecryptable, None),
        },
        Ok(MediaRetryResult::NotFound) => (Status::NotFound, None),
        Ok(MediaRetryResult::GeneralError) => (Status::Failed, None),
        Ok(MediaRetryResult::DecryptionError) | Err(_) => (Status::Undecryptable, None),
    }
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::NodeBuilder;
    use whatsapp_rust::buffa::MessageField;

    use super::*;
    use crate::events::people::{Known, Me};

    fn kept() -> KeptRecord {
        let image = wa::message::ImageMessage {
            url: Some("https://old".into()),
            direct_path: Some("/old".into()),
            media_key: Some(vec![3; 32]),
            ..Default::default()
        };
        let message = wa::Message { image_message: MessageField::some(image), ..Default::default() };
        KeptRecord {
            chat: "15550002@s.whatsapp.net".into(),
            sender: None,
            at: 1,
            body: Some(message.encode_to_vec()),
            view: None,
            device: None,
            server_id: None,
        }
    }

    fn told(children: Vec<whatsapp_rust::wacore_binary::Node>, kept: Option<&KeptRecord>) -> Option<Told> {
        let node =
            NodeBuilder::new("notification").attr("id", "3EB0AA").attr("t", "5").children(children).build();
        let (me, known) = (Me::default(), Known::default());
        tell(&node.as_node_ref(), Found { me: &me, known: &known, kept, store: None })
    }

    #[test]
    fn a_file_that_is_nowhere_says_why() {
        let error = |code: &'static str| NodeBuilder::new("error").attr("code", code).build();
        for (children, status) in [
            (vec![error("2")], Status::NotFound),
            (vec![error("3")], Status::Undecryptable),
            (vec![error("1")], Status::Failed),
            (vec![], Status::Undecryptable),
        ] {
            let told = told(children, Some(&kept())).unwrap();
            assert_eq!((told.timestamp, told.kept.is_none()), (5000, true));
            let EventBody::MediaRetry(payload) = told.body else { panic!("another event") };
            assert_eq!((payload.status, payload.media), (status, None));
            assert_eq!(payload.chat, "15550002@s.whatsapp.net");
        }
        assert!(told(vec![error("2")], None).is_none());
    }
}
