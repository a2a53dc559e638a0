//! A vote. It is encrypted under the poll's secret, unless the caller did that himself.

use edgewire_contract::content::PollUpdate;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::jid::JidKind;
use edgewire_contract::media::Uploaded;
use whatsapp_rust::buffa::{Message as _, MessageField};
use whatsapp_rust::wacore::poll::compute_option_hash;
use whatsapp_rust::wacore::proto_helpers::MessageExt as _;
use whatsapp_rust::wacore::secret_enc_addon::ModificationType;
use whatsapp_rust::waproto::whatsapp as wa;

use super::addon::{self, Addon};
use super::given::{Author, Given};
use super::{bad, poll};
use wa::message::{PollCreationMessage, PollEncValue, PollUpdateMessage, PollVoteMessage};

/// A vote as WhatsApp carries it.
pub(super) fn message(given: &Given<'_>, vote: &PollUpdate) -> Result<wa::Message, Fault> {
    if given.send.to.kind() == JidKind::Newsletter {
        return Err(Fault::new(FaultCode::NotImplemented, "votes in a newsletter's poll are not supported"));
    }
    let author = given.known_author(vote.poll_sender.as_ref(), "poll_sender")?;
    let value = match (&vote.enc_iv, &vote.enc_payload) {
        (Some(iv), Some(payload)) => {
            PollEncValue { enc_iv: Some(Uploaded::bytes(iv)), enc_payload: Some(Uploaded::bytes(payload)) }
        }
        _ => encrypted(given, vote, &author)?,
    };
    let poll_update_message = MessageField::some(PollUpdateMessage {
        poll_creation_message_key: MessageField::some(given.key(&vote.poll_message_id, Some(&author))),
        vote: MessageField::some(value),
        // WhatsApp's own clients never set it, and an empty one is not nothing.
        metadata: MessageField::none(),
        sender_timestamp_ms: Some(given.send.timestamp),
    });
    Ok(wa::Message { poll_update_message, ..Default::default() })
}

fn encrypted(given: &Given<'_>, vote: &PollUpdate, author: &Author) -> Result<PollEncValue, Fault> {
    let kept = given.target()?.and_then(|kept| kept.message.as_ref());
    let selected_options = hashes(&vote.selected_options, kept.and_then(|m| poll::of(m.get_base_message())))?;
    let secret = given.target_secret().ok_or_else(|| Fault::not_found("poll"))?;
    let (author, actor) = addon::pair(given, author)?;
    let id = vote.poll_message_id.as_str();
    let what = Addon { what: ModificationType::PollVote, id, author: &author, actor: &actor };
    let plain = PollVoteMessage { selected_options }.encode_to_vec();
    let sealed = addon::seal(given, &what, secret, &plain)?;
    Ok(PollEncValue { enc_iv: Some(sealed.iv), enc_payload: Some(sealed.payload) })
}

/// The chosen options' hashes. What is neither an option's text nor a hash is an option that does not exist.
fn hashes(chosen: &[String], poll: Option<&PollCreationMessage>) -> Result<Vec<Vec<u8>>, Fault> {
    let most = poll.and_then(|poll| poll.selectable_options_count).filter(|most| *most > 0);
    if let Some(most) = most.filter(|most| chosen.len() > *most as usize) {
        return Err(bad(
            "selected_options",
            format!("must have at most {most} items: the poll takes no more"),
        ));
    }
    let options = poll.map(|poll| &poll.options);
    let is_option = |text: &str| {
        options
            .is_some_and(|options| options.iter().any(|option| option.option_name.as_deref() == Some(text)))
    };
    let one = |(i, text): (usize, &String)| match hash(text) {
        // A text that looks like a hash is a text, if it is one of the options.
        Some(hash) if !is_option(text) => Ok(hash),
        None if options.is_some() && !is_option(text) => {
            Err(bad(&format!("selected_options[{i}]"), "is not an option of the poll"))
        }
        _ => Ok(compute_option_hash(text).to_vec()),
    };
    chosen.iter().enumerate().map(one).collect()
}

/// The 32 bytes that 64 hex digits or base64 are; `None` for any other text.
fn hash(text: &str) -> Option<Vec<u8>> {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        return (0..32).map(|i| pair(2 * i)).collect();
    }
    let bytes = Uploaded::bytes(text);
    (bytes.len() == 32).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use edgewire_contract::content::Kind;
    use serde_json::{Value, json};
    use whatsapp_rust::wacore::poll::{PollVoteCiphertext, decrypt_poll_vote_with_secret};

    use super::super::tests::*;
    use super::*;
    use crate::commands::material::Material;
    use wa::message::poll_creation_message::Option as PollOption;

    fn asked(chat: &str, sender: Option<&str>, selectable: u32) -> Material {
        let option = |name: &str| PollOption { option_name: Some(name.into()), ..Default::default() };
        let poll = PollCreationMessage {
            options: vec![option("Red"), option("Blue")],
            selectable_options_count: Some(selectable),
            ..Default::default()
        };
        let message =
            wa::Message { poll_creation_message_v3: MessageField::some(poll), ..Default::default() };
        about(kept(chat, sender, message))
    }

    fn body(to: &str, chosen: Value) -> Value {
        json!({"to": to, "poll_message_id": "3EB0BB", "selected_options": chosen})
    }

    fn opened(body: &Value, material: &Material, creator: &str, voter: &str) -> Vec<Vec<u8>> {
        let message = outgoing(Kind::PollUpdate, body, material).unwrap().message;
        let vote = message.poll_update_message.as_option().unwrap().vote.as_option().unwrap();
        let sealed = PollVoteCiphertext {
            enc_payload: vote.enc_payload.as_ref().unwrap(),
            enc_iv: vote.enc_iv.as_ref().unwrap(),
        };
        decrypt_poll_vote_with_secret(sealed, &TARGET_SECRET, "3EB0BB", creator, voter).unwrap()
    }

    #[test]
    fn texts_and_hashes_are_the_same_vote() {
        let hash = compute_option_hash("Red").to_vec();
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let base64 =
            serde_json::to_value(edgewire_contract::command::MessageSecret(compute_option_hash("Red")));
        for chosen in [json!("Red"), json!(hex), json!(hex.to_uppercase()), base64.unwrap()] {
            let votes = opened(&body(BOB, json!([chosen])), &asked(BOB, Some(BOB), 1), BOB, ME);
            assert_eq!(votes, std::slice::from_ref(&hash), "{chosen}");
        }
        assert!(opened(&body(BOB, json!([])), &asked(BOB, Some(BOB), 1), BOB, ME).is_empty());
    }

    #[test]
    fn both_are_named_by_addresses_of_one_kind() {
        let chosen = json!(["Blue"]);
        let blue = [compute_option_hash("Blue").to_vec()];
        assert_eq!(
            opened(&body(GROUP, chosen.clone()), &asked(GROUP, Some(BOBS_LID), 0), BOBS_LID, MY_LID),
            blue
        );
        assert_eq!(opened(&body(GROUP, chosen.clone()), &asked(GROUP, Some(BOB), 0), BOB, ME), blue);
        assert_eq!(opened(&body(GROUP, chosen.clone()), &asked(GROUP, None, 0), MY_LID, MY_LID), blue);
        assert_eq!(opened(&body(BOB, chosen), &asked(BOB, None, 0), ME, ME), blue);
    }

    #[test]
    fn the_polls_secret_is_also_taken_from_the_poll_itself() {
        let mut material = asked(BOB, Some(BOB), 1);
        material.target_secret = None;
        assert_eq!(refused(Kind::PollUpdate, &body(BOB, json!(["Red"])), &material), ["not_found"]);
        let poll = material.target.as_mut().unwrap().message.as_mut().unwrap();
        poll.message_context_info.get_or_insert_default().message_secret = Some(TARGET_SECRET.to_vec());
        assert_eq!(opened(&body(BOB, json!(["Red"])), &material, BOB, ME).len(), 1);
    }

    #[test]
    fn what_the_poll_does_not_have_is_refused() {
        let poll = asked(BOB, Some(BOB), 1);
        assert_eq!(refused(Kind::PollUpdate, &body(BOB, json!(["Green"])), &poll), ["selected_options[0]"]);
        assert_eq!(
            refused(Kind::PollUpdate, &body(BOB, json!(["Red", "Blue"])), &poll),
            ["selected_options"]
        );
        assert_eq!(refused(Kind::PollUpdate, &body(GROUP, json!(["Red"])), &material()), ["poll_sender"]);
        assert_eq!(refused(Kind::PollUpdate, &body(NEWSLETTER, json!([])), &poll), ["not_implemented"]);
    }

    #[test]
    fn a_ready_made_vote_passes_as_it_is() {
        let mut body = body(GROUP, json!([]));
        body["enc_iv"] = json!("AQEB");
        body["enc_payload"] = json!("AgIC");
        body["poll_sender"] = json!(BOB);
        assert_eq!(
            says(Kind::PollUpdate, &body, &material())["poll_update_message"],
            json!({
                "poll_creation_message_key": {
                    "remote_jid": GROUP, "from_me": false, "id": "3EB0BB", "participant": BOB,
                },
                "vote": {"enc_iv": [1, 1, 1], "enc_payload": [2, 2, 2]}, "sender_timestamp_ms": NOW,
            })
        );
    }
}
