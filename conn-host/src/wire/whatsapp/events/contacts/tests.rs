use whatsapp_rust::NodeBuilder;
use whatsapp_rust::waproto::whatsapp::sync_action_value::ContactAction;

use super::super::tests::{at, jid, know, tell};
use super::*;

const BOB: &str = "15550002@s.whatsapp.net";
const BOBS_LID: &str = "2000@lid";

fn payload(told: Told) -> (ContactUpdatePayload, String) {
    match told.body {
        EventBody::ContactUpdate(payload) => (*payload, told.mark.unwrap()),
        other => panic!("{}", other.kind()),
    }
}

fn told(notice: Notice) -> (ContactUpdatePayload, String) {
    payload(tell(notice, &know(BOBS_LID, BOB)).unwrap())
}

#[test]
fn a_name_is_told_but_not_the_whole_address_book() {
    let update = |full: bool| {
        let action = ContactAction {
            full_name: Some("Bob B.".into()),
            first_name: Some("Bob".into()),
            ..Default::default()
        };
        ContactUpdate::builder()
            .jid(jid(BOBS_LID))
            .timestamp(at(5))
            .action(Box::new(action))
            .from_full_sync(full)
            .build()
    };
    assert!(named(&update(true)).is_none());
    let (payload, mark) = told(named(&update(false)).unwrap());
    assert_eq!((payload.change, payload.name.as_deref()), (ContactChange::Name, Some("Bob B.")));
    assert_eq!((payload.who.jid.as_str(), payload.who.lid.as_deref()), (BOB, Some(BOBS_LID)));
    assert_eq!(mark, format!("c {BOB} Name 5 5000 Bob B."));
}

#[test]
fn a_picture_is_there_or_removed() {
    let update = |id: Option<&str>| {
        PictureUpdate::builder()
            .jid(jid(BOB))
            .timestamp(at(5))
            .removed(id.is_none())
            .maybe_picture_id(id.map(str::to_owned))
            .build()
    };
    let (there, _) = told(picture(&update(Some("9"))));
    assert_eq!((there.removed, there.picture_id.as_deref()), (false, Some("9")));
    let (removed, _) = told(picture(&update(None)));
    assert_eq!((removed.removed, removed.picture_id), (true, None));
}

#[test]
fn an_about_text_and_a_disappearing_mode_are_told() {
    let update = UserAboutUpdate::builder().jid(jid(BOB)).status("busy".into()).timestamp(at(5)).build();
    assert_eq!(told(about(&update)).0.about.as_deref(), Some("busy"));
    let update =
        DisappearingModeChanged::builder().from(jid(BOB)).duration(86_400).setting_timestamp(at(5)).build();
    let (payload, _) = told(disappearing(&update));
    assert_eq!((payload.change, payload.ephemeral_seconds), (ContactChange::DisappearingMode, Some(86_400)));
    let update = ContactUpdated::builder().jid(jid(BOB)).timestamp(at(5)).build();
    assert_eq!(told(updated(&update)).0.change, ContactChange::Other);
}

#[test]
fn a_new_number_is_the_same_person() {
    let update = ContactNumberChanged::builder()
        .old_jid(jid(BOB))
        .new_jid(jid("15550009@s.whatsapp.net"))
        .old_lid(jid(BOBS_LID))
        .new_lid(jid(BOBS_LID))
        .timestamp(at(5))
        .build();
    let notice = number(&update);
    assert_eq!(notice.people, [("15550009@s.whatsapp.net".to_owned(), Some(BOBS_LID.to_owned()))]);
    let (payload, _) = told(notice);
    assert_eq!(payload.who, Party::of(BOB, Some(BOBS_LID)));
    assert_eq!(payload.new.unwrap(), Party::of("15550009@s.whatsapp.net", Some(BOBS_LID)));
}

#[test]
fn new_keys_are_told_when_whatsapp_says_so() {
    let change = |implicit| IdentityChange::builder().user(jid(BOB)).implicit(implicit).build();
    assert!(identity(&change(true), 7_200_000).is_none());
    let (payload, mark) = told(identity(&change(false), 7_200_001).unwrap());
    assert_eq!((payload.change, payload.timestamp), (ContactChange::Identity, 7200));
    assert_eq!(mark, format!("c {BOB} identity 2"));
}

#[test]
fn who_is_blocked_is_told() {
    let item = |jid: &str, action: &'static str| {
        NodeBuilder::new("item").attr("jid", jid).attr("action", action).build()
    };
    let list = NodeBuilder::new("blocklist")
        .children([item(BOB, "block"), item("3000@lid", "unblock"), item(BOB, "other")])
        .build();
    let node = NodeBuilder::new("notification").attr("t", "5").attr("id", "77").children([list]).build();
    let notices = blocked(&node.as_node_ref(), 9000);
    let told: Vec<_> = notices.into_iter().map(told).collect();
    assert_eq!(told.len(), 2);
    assert_eq!((told[0].0.change, told[0].0.timestamp), (ContactChange::Blocked, 5));
    assert_eq!((told[1].0.change, told[1].0.who.jid.as_str()), (ContactChange::Unblocked, "3000@lid"));
    let other = NodeBuilder::new("notification").attr("type", "account_sync").build();
    assert!(blocked(&other.as_node_ref(), 0).is_empty());
}
