//! Groups and their members as they are told.

use edgewire_contract::answer::{Group, Member, Role};
use edgewire_contract::jid::Jid as OurJid;
use futures::{StreamExt as _, stream};
use whatsapp_rust::{Client, GroupMetadata, GroupParticipant, Jid, ParticipantType};

use super::jids::{digits, lid_of, must, ours, phone_of};
use crate::wire::AskError;

/// How many unknown addresses of members are looked up side by side.
const LOOKUPS: usize = 16;

/// A group without its members.
pub(super) fn group(meta: &GroupMetadata) -> Result<Group, AskError> {
    let counted = u32::try_from(meta.participants.len()).unwrap_or(u32::MAX);
    Ok(Group {
        group_jid: must(&meta.id)?,
        subject: meta.subject.clone(),
        description: meta.description.clone().filter(|text| !text.is_empty()),
        owner: meta.creator_pn.as_ref().or(meta.creator.as_ref()).and_then(ours),
        created_at: meta.creation_time.and_then(millis),
        size: meta.size.unwrap_or(counted),
        locked: meta.is_locked,
        announce: meta.is_announcement,
        ephemeral_seconds: meta.ephemeral.as_ref().and_then(|it| it.expiration).unwrap_or(0),
        parent: meta.parent_group_jid.as_ref().and_then(ours),
        members: None,
    })
}

/// A group with its members.
pub(super) async fn with_members(client: &Client, meta: &GroupMetadata) -> Result<Group, AskError> {
    let described = group(meta)?;
    let lookups: Vec<_> =
        meta.participants.iter().map(|one| found(client, &described.group_jid, one)).collect();
    let members: Vec<Option<Member>> = stream::iter(lookups).buffered(LOOKUPS).collect().await;
    let members = Some(members.into_iter().flatten().collect());
    Ok(Group { members, ..described })
}

async fn found(client: &Client, group: &OurJid, one: &GroupParticipant) -> Option<Member> {
    let (mut phone, mut lid) = addresses(one);
    if phone.is_none() {
        phone = phone_of(client, &one.jid).await;
    }
    if lid.is_none() {
        lid = lid_of(client, &one.jid).await;
    }
    member(group, one, phone.as_ref(), lid.as_ref())
}

/// Unix seconds as milliseconds.
pub(super) fn millis(seconds: u64) -> Option<i64> {
    i64::try_from(seconds).ok().filter(|seconds| *seconds > 0).and_then(|seconds| seconds.checked_mul(1000))
}

/// Phone and LID of a participant, as far as the group itself tells them.
fn addresses(one: &GroupParticipant) -> (Option<Jid>, Option<Jid>) {
    let itself = |is: bool| is.then(|| one.jid.clone());
    let phone = one.phone_number.clone().or_else(|| itself(one.jid.is_pn()));
    let lid = one.lid.clone().or_else(|| itself(one.jid.is_lid()));
    (phone, lid)
}

/// `None` for what has no address of a kind that we have.
fn member(group: &OurJid, one: &GroupParticipant, phone: Option<&Jid>, lid: Option<&Jid>) -> Option<Member> {
    Some(Member {
        group_jid: group.clone(),
        jid: ours(&one.jid)?,
        lid: lid.and_then(ours),
        phone: phone.and_then(digits),
        role: match one.participant_type {
            ParticipantType::Member => Role::Member,
            ParticipantType::Admin => Role::Admin,
            ParticipantType::SuperAdmin => Role::SuperAdmin,
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use whatsapp_rust::GroupEphemeralSettings;

    use super::*;

    fn meta() -> GroupMetadata {
        GroupMetadata {
            id: Jid::group("120363000000000000"),
            subject: "Club".into(),
            description: Some("We meet".into()),
            creator: Some(Jid::lid("100000000000001")),
            creator_pn: Some(Jid::pn("4917012345678")),
            creation_time: Some(1_781_000_000),
            size: Some(3),
            is_locked: true,
            ephemeral: Some(GroupEphemeralSettings { expiration: Some(86_400), trigger: None }),
            ..GroupMetadata::default()
        }
    }

    #[test]
    fn a_group_is_told_as_the_contract_has_it() {
        let told = serde_json::to_value(group(&meta()).unwrap()).unwrap();
        let expected = json!({
            "groupJid": "120363000000000000@g.us", "subject": "Club", "description": "We meet",
            "owner": "4917012345678@s.whatsapp.net", "createdAt": 1_781_000_000_000_i64, "size": 3, "locked": true,
            "announce": false, "ephemeralSeconds": 86_400, "parent": null,
        });
        assert_eq!(told, expected);
        let bare = GroupMetadata { id: meta().id, ..GroupMetadata::default() };
        let told = serde_json::to_value(group(&bare).unwrap()).unwrap();
        for unknown in ["description", "owner", "createdAt", "parent"] {
            assert!(told[unknown].is_null(), "{unknown}: {told}");
        }
        assert_eq!((&told["size"], &told["ephemeralSeconds"]), (&json!(0), &json!(0)));
    }

    #[test]
    fn a_member_is_told_by_the_address_that_the_group_uses() {
        let one = |jid: Jid, participant_type| GroupParticipant {
            jid,
            phone_number: None,
            lid: None,
            username: None,
            participant_type,
            details: None,
        };
        let group = ours(&meta().id).unwrap();
        let by_lid = GroupParticipant {
            phone_number: Some(Jid::pn("4917012345678")),
            ..one("100000000000001:2@lid".parse().unwrap(), ParticipantType::SuperAdmin)
        };
        let (phone, lid) = addresses(&by_lid);
        let told = serde_json::to_value(member(&group, &by_lid, phone.as_ref(), lid.as_ref())).unwrap();
        let expected = json!({
            "groupJid": "120363000000000000@g.us", "jid": "100000000000001@lid", "lid": "100000000000001@lid",
            "phone": "4917012345678", "role": "superadmin",
        });
        assert_eq!(told, expected);
        let by_phone = one(Jid::pn("4917012345678"), ParticipantType::Member);
        let (phone, lid) = addresses(&by_phone);
        let told = serde_json::to_value(member(&group, &by_phone, phone.as_ref(), lid.as_ref())).unwrap();
        assert_eq!(told["jid"], "4917012345678@s.whatsapp.net");
        assert_eq!(
            (&told["phone"], &told["lid"], &told["role"]),
            (&json!("4917012345678"), &json!(null), &json!("member"))
        );
        assert!(
            member(&group, &one("8670@bot".parse().unwrap(), ParticipantType::Member), None, None).is_none()
        );
    }
}
