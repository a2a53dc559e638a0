//! Votes. The library hands them on encrypted; the poll's secret and its options are in what is kept of the poll.

use edgewire_contract::event::{EventBody, Party, VotePayload};
use edgewire_contract::token::hex;
use edgewire_store::KeptRecord;
use whatsapp_rust::buffa::Message as _;
use whatsapp_rust::wacore::poll::{PollVoteCiphertext, compute_option_hash, decrypt_poll_vote_with_secret};
use whatsapp_rust::waproto::whatsapp as wa;

use super::Scene;
use super::change::secret;
use super::message::target;
use crate::events::read::parts;
use crate::events::told::Told;
use wa::message::PollUpdateMessage;

/// A vote in the poll of which `kept` is kept.
pub fn tell(scene: Scene<'_>, vote: &PollUpdateMessage, kept: Option<&KeptRecord>) -> Option<Told> {
    let poll = target(scene, vote.poll_creation_message_key.as_option()?)?;
    let asked =
        kept.and_then(|kept| kept.body.as_deref()).and_then(|body| wa::Message::decode_from_slice(body).ok());
    let creator = match kept {
        Some(KeptRecord { sender: Some(sender), .. }) => Some(scene.known.party(sender)),
        Some(_) => scene.me.party(),
        None => None,
    };
    let hashes = asked.as_ref().zip(creator).and_then(|(asked, creator)| {
        chosen(vote, secret(asked)?, &poll.message_id, &creator, &scene.sender())
    });
    let question = asked.as_ref().and_then(parts::poll);
    let options = hashes.as_ref().zip(question.as_ref()).map(|(hashes, poll)| {
        let chosen = |option: &&String| hashes.iter().any(|hash| *hash == compute_option_hash(option));
        poll.options.iter().filter(chosen).cloned().collect()
    });
    let payload = VotePayload {
        origin: scene.origin(),
        poll,
        poll_name: question.map(|poll| poll.name),
        options,
        option_hashes: hashes.map(|hashes| hashes.iter().map(|hash| hex(hash)).collect()),
    };
    let timestamp = scene.incoming.timestamp.saturating_mul(1000);
    Some(Told { timestamp, body: EventBody::PollVote(payload), mark: Some(scene.mark("m")), kept: None })
}

/// The hashes of what was chosen. Both addresses go into the key: both LIDs or both phone numbers, as the voter's app had
/// them.
fn chosen(
    vote: &PollUpdateMessage,
    secret: &[u8],
    poll: &str,
    creator: &Party,
    voter: &Party,
) -> Option<Vec<Vec<u8>>> {
    let vote = vote.vote.as_option()?;
    let (payload, iv) = (vote.enc_payload.as_deref()?, vote.enc_iv.as_deref()?);
    let ciphertext = PollVoteCiphertext { enc_payload: payload, enc_iv: iv };
    let pairs = [
        creator.lid.clone().zip(voter.lid.clone()),
        phone(creator).zip(phone(voter)),
        // Somebody whose other address is not known.
        Some((creator.jid.clone(), voter.jid.clone())),
        creator.lid.clone().zip(phone(voter)),
        phone(creator).zip(voter.lid.clone()),
    ];
    pairs.into_iter().flatten().find_map(|(creator, voter)| {
        decrypt_poll_vote_with_secret(ciphertext, secret, poll, &creator, &voter).ok()
    })
}

fn phone(party: &Party) -> Option<String> {
    party.phone.as_ref().map(|digits| format!("{digits}@s.whatsapp.net"))
}
