//! Group invites, and every group call that a gateway makes.

use serde_json::json;
use whatsapp_rust::request::IqError;
use whatsapp_rust::wacore::iq::groups::{
    GroupCreateOptions, GroupDescription, GroupParticipantOptions, GroupSubject, JoinGroupResult,
};
use whatsapp_rust::wacore::stanza::groups::GroupNotificationAction;
use whatsapp_rust::wacore::types::events::Event;
use whatsapp_rust::{GroupError, Jid, PreviousDescription};

use crate::harness::{Person, get, linked, post, sandbox};

fn refused(error: GroupError) -> u16 {
    match error {
        GroupError::Iq(IqError::ServerError { code, .. }) => code,
        other => panic!("not a refusal of the server: {other:?}"),
    }
}

async fn told<T>(person: &Person, what: &str, pick: impl Fn(&GroupNotificationAction) -> Option<T>) -> T {
    person
        .log
        .wait(what, |e| match e {
            Event::GroupUpdate(update) => pick(&update.action),
            _ => None,
        })
        .await
}

async fn group_of(person: &Person, subject: &str, with: &[&str]) -> Jid {
    let participants = with.iter().map(|phone| GroupParticipantOptions::new(Jid::pn(*phone))).collect();
    let options = GroupCreateOptions::new(subject).with_participants(participants);
    person.client.groups().create_group(options).await.expect("the group is made").metadata.id
}

#[tokio::test(flavor = "multi_thread")]
async fn people_join_by_link() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let group = group_of(&anna, "Lunch", &[]).await;
    let link = anna.client.groups().get_invite_link(&group, false).await.expect("a link");
    assert!(link.starts_with("https://chat.whatsapp.com/"));
    assert_eq!(anna.client.groups().get_invite_link(&group, false).await.expect("a link"), link);

    let info = bert.client.groups().get_invite_info(&link).await.expect("info");
    assert_eq!((info.id.clone(), info.subject.as_str(), info.size), (group.clone(), "Lunch", Some(1)));
    assert_eq!(refused(bert.client.groups().get_metadata(&group).await.expect_err("no member")), 403);
    let joined = bert.client.groups().join_with_invite_code(&link).await.expect("joined");
    assert_eq!(joined, JoinGroupResult::Joined(group.clone()));
    let reason = told(&anna, "Bert's joining", |action| match action {
        GroupNotificationAction::Add { participants, reason } => {
            assert_eq!(
                participants[0].phone_number.as_ref().map(|pn| pn.user.to_string()),
                Some(bert.phone())
            );
            Some(reason.clone())
        }
        _ => None,
    })
    .await;
    assert_eq!(reason.as_deref(), Some("invite"));
    anna.text(&group.to_string(), "welcome").await;
    bert.hears("welcome").await;
    assert_eq!(
        refused(bert.client.groups().join_with_invite_code(&link).await.expect_err("in already")),
        409
    );

    // Only admins see the link; a new one makes the old one useless.
    assert_eq!(
        refused(bert.client.groups().get_invite_link(&group, false).await.expect_err("no admin")),
        401
    );
    let newer = anna.client.groups().get_invite_link(&group, true).await.expect("a new link");
    assert_ne!(newer, link);
    let code = told(&bert, "the new link", |action| match action {
        GroupNotificationAction::Invite { code } => Some(code.clone()),
        _ => None,
    })
    .await;
    assert!(newer.ends_with(&code));
    bert.client.groups().leave(&group).await.expect("left");
    assert_eq!(refused(bert.client.groups().join_with_invite_code(&link).await.expect_err("revoked")), 410);
    assert_eq!(refused(bert.client.groups().get_invite_info(&link).await.expect_err("revoked")), 410);
    let wrong = "AbCdEfGhIjKlMnOpQrStUv";
    assert_eq!(refused(bert.client.groups().join_with_invite_code(wrong).await.expect_err("unknown")), 406);
    assert_eq!(refused(bert.client.groups().get_invite_info(wrong).await.expect_err("unknown")), 406);
    bert.client.groups().join_with_invite_code(&newer).await.expect("joined again");
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_group_call_works() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = Jid::pn(carl["phone"].as_str().unwrap());
    let group = group_of(&anna, "Lunch", &[&bert.phone()]).await;
    let groups = anna.client.groups();
    told(&bert, "the group", |a| matches!(a, GroupNotificationAction::Create { .. }).then_some(())).await;

    groups.set_subject(&group, GroupSubject::new("Dinner").unwrap()).await.expect("renamed");
    let subject = told(&bert, "the new subject", |a| match a {
        GroupNotificationAction::Subject { subject, .. } => Some(subject.clone()),
        _ => None,
    });
    assert_eq!(subject.await, "Dinner");

    let about = |text: &str| Some(GroupDescription::new(text).unwrap());
    groups.set_description(&group, about("at eight"), PreviousDescription::Resolve).await.expect("described");
    let conflict = groups.set_description(&group, about("at nine"), PreviousDescription::Absent).await;
    assert!(matches!(conflict, Err(GroupError::DescriptionConflict)));
    groups.set_description(&group, about("at ten"), PreviousDescription::Resolve).await.expect("changed");
    let seen = bert.client.groups().get_metadata(&group).await.expect("metadata");
    assert_eq!(seen.description.as_deref(), Some("at ten"));
    assert_eq!(seen.description_owner_pn.map(|jid| jid.user.to_string()), Some(anna.phone()));
    groups.set_description(&group, None, PreviousDescription::Resolve).await.expect("removed");
    told(&bert, "the removed text", |a| match a {
        GroupNotificationAction::Description { description: None, .. } => Some(()),
        _ => None,
    })
    .await;

    groups.set_locked(&group, true).await.expect("locked");
    groups.set_announce(&group, true).await.expect("announcements only");
    groups.set_ephemeral(&group, 86_400).await.expect("disappearing");
    groups.set_no_frequently_forwarded(&group, true).await.expect("set");
    let seen = bert.client.groups().get_metadata(&group).await.expect("metadata");
    assert!(seen.is_locked && seen.is_announcement && seen.no_frequently_forwarded);
    assert_eq!(seen.ephemeral.and_then(|e| e.expiration), Some(86_400));
    assert_eq!(seen.description, None);
    let subject = GroupSubject::new("Mine").unwrap();
    assert_eq!(refused(bert.client.groups().set_subject(&group, subject).await.expect_err("locked")), 403);
    groups.set_locked(&group, false).await.expect("unlocked");
    groups.set_announce(&group, false).await.expect("open");
    groups.set_ephemeral(&group, 0).await.expect("staying");

    let added = groups.add_participants(&group, std::slice::from_ref(&carl)).await.expect("added");
    assert!(added[0].is_ok());
    let nobody = groups.add_participants(&group, &[Jid::pn("4915559999")]).await.expect("answered");
    assert_eq!(nobody[0].error.as_deref(), Some("404"));
    groups.promote_participants(&group, &[Jid::pn(bert.phone().as_str())]).await.expect("promoted");
    told(&bert, "the promotion", |a| matches!(a, GroupNotificationAction::Promote { .. }).then_some(()))
        .await;
    let seen = bert.client.groups().get_metadata(&group).await.expect("metadata");
    assert_eq!(seen.participants.iter().filter(|p| p.is_admin()).count(), 2);
    groups.demote_participants(&group, &[Jid::pn(bert.phone().as_str())]).await.expect("demoted");
    groups.remove_participants(&group, std::slice::from_ref(&carl)).await.expect("removed");
    let mine = bert.client.groups().get_participating().await.expect("listed");
    assert_eq!(mine.keys().cloned().collect::<Vec<_>>(), std::slice::from_ref(&group));
    assert_eq!(mine[&group].participants.len(), 2);

    bert.client.groups().leave(&group).await.expect("left");
    assert_eq!(refused(bert.client.groups().get_metadata(&group).await.expect_err("out")), 403);
    let missing: Jid = "120363000000000000@g.us".parse().unwrap();
    assert_eq!(refused(bert.client.groups().get_metadata(&missing).await.expect_err("none")), 404);
    groups.set_profile_picture(&group, vec![0xff, 0xd8, 1, 2]).await.expect("a picture");
    let picture = anna.client.contacts().get_profile_picture(&group, false).await.expect("answered");
    assert!(picture.is_some());
    assert_eq!(get(&sandbox, "state").await["unknown_iqs"], json!({}));
    sandbox.stop().await.unwrap();
}
