//! Groups.

use edgewire_contract::answer::{Group, Invite, Joined, ParticipantResult};
use edgewire_contract::command::{
    CreateGroup, GroupChange, GroupInvite, ParticipantChange, Participants, UpdateGroup,
};
use edgewire_contract::jid::Jid;
use whatsapp_rust::wacore::iq::groups::GroupParticipatingIq;
use whatsapp_rust::{
    Client, GroupCreateOptions, GroupDescription, GroupError, GroupMetadata, GroupParticipantOptions,
    GroupSubject, Jid as TheirJid, JoinGroupResult, ParticipantChangeResponse, PreviousDescription,
};

use super::errors::{GROUP, INVITE};
use super::jids::{must, ours, phone_of, theirs};
use super::{Told, describe, told};
use crate::wire::AskError;

/// What an invite's link begins with.
const LINK: &str = "https://chat.whatsapp.com/";

/// All groups of the session, by their JIDs. Not by the library's own call, which looks up every member of every group.
pub(super) async fn list(client: &Client) -> Told {
    let found = client.execute(GroupParticipatingIq::new()).await.map_err(|e| GROUP.chain(&e))?;
    let found = found.groups.into_iter().map(GroupMetadata::from);
    let mut groups = found.map(|meta| describe::group(&meta)).collect::<Result<Vec<Group>, _>>()?;
    groups.sort_by(|one, other| one.group_jid.as_str().cmp(other.group_jid.as_str()));
    told(&groups)
}

/// One group with its members.
pub(super) async fn get(client: &Client, group: &Jid) -> Told {
    told(&look(client, &theirs(group)?).await?)
}

async fn look(client: &Client, group: &TheirJid) -> Result<Group, AskError> {
    let meta = client.groups().get_metadata(group).await.map_err(|e| GROUP.group(e))?;
    describe::with_members(client, &meta).await
}

/// Makes a group, its description with it.
pub(super) async fn create(client: &Client, it: &CreateGroup) -> Told {
    let mut options = GroupCreateOptions::new(it.subject.clone());
    for participant in &it.participants {
        options = options.with_participant(GroupParticipantOptions::new(theirs(participant)?));
    }
    options.description = it.description.as_deref().map(description).transpose()?;
    let made = client.groups().create_group(options).await.map_err(|e| match e {
        GroupError::InvalidRequest(_) => {
            AskError::Invalid("participants", "has a LID whose phone number is not known here".into())
        }
        other => GROUP.at("participants").group(other),
    })?;
    // The answer to the making leaves things out. The group is made, so that it does not fail any more.
    match look(client, &made.metadata.id).await {
        Ok(group) => told(&group),
        Err(_) => told(&describe::with_members(client, &made.metadata).await?),
    }
}

/// Changes what is given, one after the other; gives the group as it is then.
pub(super) async fn update(client: &Client, it: &UpdateGroup) -> Told {
    let group = theirs(&it.group)?;
    let GroupChange { subject, description, locked, announce, ephemeral_seconds } = &it.change;
    let groups = client.groups();
    if let Some(subject) = subject {
        let subject =
            GroupSubject::new(subject.as_str()).map_err(|e| AskError::Invalid("subject", e.to_string()))?;
        let done = groups.set_subject(group.clone(), subject).await;
        done.map_err(|e| GROUP.at("subject").group(e))?;
    }
    if let Some(text) = description {
        describe_anew(client, &group, text).await?;
    }
    if let Some(locked) = locked {
        groups.set_locked(group.clone(), *locked).await.map_err(|e| GROUP.at("locked").group(e))?;
    }
    if let Some(announce) = announce {
        groups.set_announce(group.clone(), *announce).await.map_err(|e| GROUP.at("announce").group(e))?;
    }
    if let Some(seconds) = ephemeral_seconds {
        let done = groups.set_ephemeral(group.clone(), *seconds).await;
        done.map_err(|e| GROUP.at("ephemeralSeconds").group(e))?;
    }
    told(&look(client, &group).await?)
}

/// Sets the description, or takes it away when it is empty. Whoever was quicker is written over: so the caller wants it.
async fn describe_anew(client: &Client, group: &TheirJid, text: &str) -> Result<(), AskError> {
    let description = (!text.is_empty()).then(|| description(text)).transpose()?;
    let mut last = false;
    loop {
        let (group, description) = (group.clone(), description.clone());
        match client.groups().set_description(group, description, PreviousDescription::Resolve).await {
            Err(GroupError::DescriptionConflict) if !last => last = true,
            done => return done.map_err(|e| GROUP.at("description").group(e)),
        }
    }
}

fn description(text: &str) -> Result<GroupDescription, AskError> {
    GroupDescription::new(text).map_err(|e| AskError::Invalid("description", e.to_string()))
}

/// Adds, removes, promotes or demotes; gives what became of each, in the order asked.
pub(super) async fn participants(client: &Client, it: &Participants) -> Told {
    let group = theirs(&it.group)?;
    let asked = it.participants.iter().map(theirs).collect::<Result<Vec<_>, _>>()?;
    let groups = client.groups();
    let done = match it.change {
        ParticipantChange::Add => groups.add_participants(group, &asked).await,
        ParticipantChange::Remove => groups.remove_participants(group, &asked).await,
        ParticipantChange::Promote => groups.promote_participants(group, &asked).await,
        ParticipantChange::Demote => groups.demote_participants(group, &asked).await,
    };
    let answers = done.map_err(|e| GROUP.at("participants").group(e))?;
    let mut named = Vec::with_capacity(answers.len());
    for answer in &answers {
        // WhatsApp may answer for a phone number with its LID.
        let phone = match &answer.phone_number {
            Some(phone) => Some(phone.to_non_ad()),
            None => phone_of(client, &answer.jid).await,
        };
        named.push((answer, phone));
    }
    told(&results(&asked, &named))
}

/// What became of each: those that were asked for in their order and by the address that they were asked by, then what
/// else WhatsApp tells of.
fn results(
    asked: &[TheirJid],
    answers: &[(&ParticipantChangeResponse, Option<TheirJid>)],
) -> Vec<ParticipantResult> {
    let is = |jid: &TheirJid, (answer, phone): &(&ParticipantChangeResponse, Option<TheirJid>)| {
        answer.jid.to_non_ad() == *jid || phone.as_ref() == Some(jid)
    };
    let result = |jid: &TheirJid, answer: &ParticipantChangeResponse| {
        let code = answer.error.as_ref().map_or(200, |code| code.parse().unwrap_or(500));
        Some(ParticipantResult { jid: ours(jid)?, ok: answer.is_ok(), code })
    };
    let known = asked.iter().filter_map(|jid| {
        let (answer, _) = answers.iter().find(|answer| is(jid, answer))?;
        result(jid, answer)
    });
    let others = answers
        .iter()
        .filter(|answer| !asked.iter().any(|jid| is(jid, answer)))
        .filter_map(|(answer, _)| result(&answer.jid, answer));
    known.chain(others).collect()
}

/// The invite's link, perhaps a new one.
pub(super) async fn invite(client: &Client, it: &GroupInvite) -> Told {
    let link = client.groups().get_invite_link(theirs(&it.group)?, it.reset).await;
    let link = link.map_err(|e| GROUP.group(e))?;
    let code = link.strip_prefix(LINK).unwrap_or(&link).to_owned();
    told(&Invite { group_jid: it.group.clone(), link: format!("{LINK}{code}"), code })
}

/// The group behind an invite, with those of its members that WhatsApp shows.
pub(super) async fn invite_info(client: &Client, code: &str) -> Told {
    let meta = client.groups().get_invite_info(code).await.map_err(|e| INVITE.group(e))?;
    match meta.participants.is_empty() {
        true => told(&describe::group(&meta)?),
        false => told(&describe::with_members(client, &meta).await?),
    }
}

/// Joins by an invite. Who is in the group already is told which it is.
pub(super) async fn join(client: &Client, code: &str) -> Told {
    let (group, pending) = match client.groups().join_with_invite_code(code).await {
        Ok(JoinGroupResult::Joined(group)) => (group, false),
        Ok(JoinGroupResult::PendingApproval(group)) => (group, true),
        Err(e) if is_conflict(&e) => {
            let meta = client.groups().get_invite_info(code).await.map_err(|e| INVITE.group(e))?;
            (meta.id, false)
        }
        Err(e) => return Err(INVITE.group(e)),
    };
    told(&Joined { group_jid: must(&group)?, pending })
}

fn is_conflict(error: &GroupError) -> bool {
    matches!(error, GroupError::Iq(whatsapp_rust::IqError::ServerError { code: 409, .. }))
}

/// Leaves. The library does not read the answer to it, so that it is asked first whether there is such a group; who is
/// not in it has left.
pub(super) async fn leave(client: &Client, group: &Jid) -> Told {
    let group = theirs(group)?;
    match client.groups().get_metadata(&group).await.map_err(|e| GROUP.group(e)) {
        Ok(_) => {}
        Err(AskError::Forbidden(_)) => return Ok(None),
        Err(e) => return Err(e),
    }
    client.groups().leave(group).await.map_err(|e| GROUP.group(e))?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whatsapp_rust::NodeBuilder;
    use whatsapp_rust::wacore::protocol::ProtocolNode as _;

    use super::*;

    fn answer(jid: &TheirJid, error: Option<u16>) -> ParticipantChangeResponse {
        let mut node = NodeBuilder::new("participant").attr("jid", jid);
        if let Some(error) = error {
            node = node.attr("error", error);
        }
        ParticipantChangeResponse::try_from_node_ref(&node.build().as_node_ref()).unwrap()
    }

    #[test]
    fn each_participant_is_told_by_the_address_it_was_asked_by() {
        let (anna, bob) = (TheirJid::pn("4917012345678"), TheirJid::lid("100000000000002"));
        let anna_answers = answer(&TheirJid::lid("100000000000001"), None);
        let bob_answers = answer(&bob, Some(403));
        let other = answer(&TheirJid::pn("4917099999999"), Some(404));
        let answers = [(&other, None), (&bob_answers, None), (&anna_answers, Some(anna.clone()))];
        let told = serde_json::to_value(results(&[anna, bob], &answers)).unwrap();
        let expected = json!([
            {"jid": "4917012345678@s.whatsapp.net", "ok": true, "code": 200},
            {"jid": "100000000000002@lid", "ok": false, "code": 403},
            {"jid": "4917099999999@s.whatsapp.net", "ok": false, "code": 404},
        ]);
        assert_eq!(told, expected);
    }

    #[test]
    fn only_a_conflict_says_that_one_is_in_it_already() {
        let error = |code| {
            GroupError::Iq(whatsapp_rust::IqError::ServerError {
                code,
                text: String::new(),
                error_type: None,
                backoff: None,
            })
        };
        assert!(is_conflict(&error(409)));
        assert!(!is_conflict(&error(410)));
    }
}
