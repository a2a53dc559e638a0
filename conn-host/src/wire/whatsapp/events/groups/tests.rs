use whatsapp_rust::NodeBuilder;
use whatsapp_rust::wacore::stanza::groups::MembershipRequestMethod;

use super::super::tests::{at, jid, know, tell};
use super::*;

const BOB: &str = "15550002@s.whatsapp.net";
const BOBS_LID: &str = "2000@lid";

fn member(lid: &str) -> GroupParticipantInfo {
    GroupParticipantInfo {
        jid: jid(lid),
        phone_number: None,
        display_name: None,
        r#type: None,
        lid: None,
        username: None,
        join_time: None,
        group_history_sent_state: None,
    }
}

fn update(action: Action) -> GroupUpdate {
    GroupUpdate::builder()
        .group_jid(jid("1@g.us"))
        .notification_id("77".into())
        .action_index(2)
        .participant(jid(BOBS_LID))
        .participant_pn(jid(BOB))
        .timestamp(at(5))
        .is_lid_addressing_mode(true)
        .action(action)
        .build()
}

fn told(action: Action) -> Option<Told> {
    tell(group(&update(action))?, &know(BOBS_LID, BOB))
}

fn changed(action: Action) -> GroupUpdatePayload {
    match told(action).unwrap().body {
        EventBody::GroupUpdate(payload) => payload,
        other => panic!("{}", other.kind()),
    }
}

fn moved(action: Action) -> GroupParticipantsPayload {
    match told(action).unwrap().body {
        EventBody::GroupParticipants(payload) => payload,
        other => panic!("{}", other.kind()),
    }
}

#[test]
fn a_change_says_who_made_it_and_is_told_once() {
    let told = told(Action::Announce).unwrap();
    assert_eq!((told.mark.as_deref(), told.timestamp), (Some("g 1@g.us 77 2"), 5000));
    let EventBody::GroupUpdate(payload) = told.body else { panic!("another event") };
    assert_eq!((payload.group.as_str(), payload.change.as_str()), ("1@g.us", "announce"));
    assert_eq!((payload.announce, payload.locked, payload.timestamp), (Some(true), None, 5));
    assert_eq!(payload.by.unwrap(), Party::of(BOB, Some(BOBS_LID)));
    let notice = group(&update(Action::Announce)).unwrap();
    assert_eq!(notice.people, [(BOBS_LID.to_owned(), Some(BOB.to_owned()))]);
}

#[test]
fn every_setting_has_its_field() {
    assert_eq!(changed(Action::Unlocked).locked, Some(false));
    assert_eq!(changed(Action::NotAnnounce).announce, Some(false));
    let gone = changed(Action::Description { id: "1".into(), description: None });
    assert_eq!((gone.change.as_str(), gone.description.as_deref()), ("description", Some("")));
    let ephemeral = changed(Action::Ephemeral { expiration: 86_400, trigger: None });
    assert_eq!((ephemeral.change.as_str(), ephemeral.ephemeral_seconds), ("ephemeral", Some(86_400)));
    let mode = |mode: &str| changed(Action::MemberAddMode { mode: mode.into() }).member_add_mode.unwrap();
    assert_eq!((mode("all_member_add"), mode("admin_add")), ("all".into(), "admins".into()));
    assert_eq!(changed(Action::MembershipApprovalMode { enabled: true }).join_approval, Some(true));
    assert_eq!(changed(Action::Unknown { tag: "member_link_mode".into() }).change, "member_link_mode");
    assert_eq!(changed(Action::GrowthUnlocked).change, "other");
    assert!(told(Action::GroupSafetyCheck).is_none());
}

#[test]
fn a_new_group_has_its_subject_and_a_community_its_groups() {
    let inner = NodeBuilder::new("group").attr("subject", "Lunch").attr("id", "1").build();
    let created = changed(Action::Create { raw: NodeBuilder::new("create").children([inner]).build() });
    assert_eq!((created.change.as_str(), created.subject.as_deref()), ("created", Some("Lunch")));
    let inner = NodeBuilder::new("group").attr("jid", "2@g.us").build();
    let raw = NodeBuilder::new("link").children([inner]).build();
    let linked = changed(Action::Link { link_type: "sub_group".into(), raw });
    assert_eq!((linked.change.as_str(), linked.groups), ("linked", vec!["2@g.us".to_owned()]));
}

#[test]
fn who_removes_himself_leaves() {
    let remove = |who: &[&str]| Action::Remove {
        participants: who.iter().map(|lid| member(lid)).collect(),
        reason: None,
    };
    assert_eq!(moved(remove(&["2000:3@lid"])).action, GroupAction::Leave);
    // By the other address too.
    assert_eq!(moved(remove(&[BOB])).action, GroupAction::Leave);
    assert_eq!(moved(remove(&["3000@lid"])).action, GroupAction::Remove);
    assert_eq!(moved(remove(&[BOBS_LID, "3000@lid"])).participants.len(), 2);
}

#[test]
fn who_asks_to_be_let_in_is_who_did_it() {
    let asked = moved(Action::MembershipApprovalRequest {
        request_method: MembershipRequestMethod::InviteLink,
        parent_group_jid: None,
    });
    assert_eq!((asked.action, asked.reason.as_deref()), (GroupAction::Request, Some("invite_link")));
    assert_eq!(asked.participants, [Party::of(BOB, Some(BOBS_LID))]);
    let withdrawn = moved(Action::RevokedMembershipRequests { participants: vec![jid(BOBS_LID)] });
    assert_eq!(withdrawn.action, GroupAction::RequestRevoked);
    let added = moved(Action::Add { participants: vec![member("3000@lid")], reason: Some("invite".into()) });
    assert_eq!((added.action, added.reason.as_deref()), (GroupAction::Add, Some("invite")));
}

#[test]
fn a_picture_is_there_or_removed() {
    let update = |id: Option<&str>| {
        PictureUpdate::builder()
            .jid(jid("1@g.us"))
            .author(jid(BOBS_LID))
            .timestamp(at(5))
            .removed(id.is_none())
            .maybe_picture_id(id.map(str::to_owned))
            .build()
    };
    for (id, mark) in [(Some("9"), "g 1@g.us picture 5 9"), (None, "g 1@g.us picture 5 ")] {
        let told = tell(picture(&update(id)), &know(BOBS_LID, BOB)).unwrap();
        assert_eq!(told.mark.as_deref(), Some(mark));
        let EventBody::GroupUpdate(payload) = told.body else { panic!("another event") };
        assert_eq!((payload.change.as_str(), payload.picture_id.as_deref()), ("picture", id));
        assert_eq!(payload.by.unwrap().jid, BOB);
    }
}
