//! Contacts change groups, and clients are told.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use whatsapp_rust::Jid;
use whatsapp_rust::wacore::stanza::groups::GroupNotificationAction as Action;
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{Person, get, linked, post, sandbox};

async fn told(person: &Person, what: &str) -> Action {
    person
        .log
        .wait(what, |e| match e {
            Event::GroupUpdate(update) if update.action.tag_name() == what => Some(update.action.clone()),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_change_a_group_and_its_members_are_told() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let dora = post(&sandbox, "accounts", json!({ "push_name": "Dora" })).await;
    let emil = post(&sandbox, "accounts", json!({ "push_name": "Emil" })).await;
    let phone = |account: &Value| account["phone"].as_str().unwrap().to_owned();
    let (carl, dora, emil) = (phone(&carl), phone(&dora), phone(&emil));
    let body = json!({ "creator": carl, "subject": "Club", "participants": [anna.phone(), dora] });
    let group = post(&sandbox, "groups", body).await;
    let path = format!("groups/{}", group["jid"].as_str().unwrap());
    told(&anna, "create").await;

    let settings = format!("{path}/settings");
    let body = json!({
        "by": carl, "subject": "Society", "description": "We meet", "locked": true, "announcement": true,
        "ephemeral": 86400, "approval": true, "add_mode": "all_member_add",
        "picture_base64": BASE64_STANDARD.encode(b"a picture"),
    });
    let changed = post(&sandbox, &settings, body).await;
    assert_eq!((&changed["subject"], &changed["description"]), (&json!("Society"), &json!("We meet")));
    assert!(matches!(told(&anna, "subject").await, Action::Subject { subject, .. } if subject == "Society"));
    let described = told(&anna, "description").await;
    assert!(matches!(described, Action::Description { description: Some(text), .. } if text == "We meet"));
    for what in ["locked", "announcement", "ephemeral", "membership_approval_mode", "member_add_mode"] {
        told(&anna, what).await;
    }
    anna.log.wait("a picture", |e| matches!(e, Event::PictureUpdate(_)).then_some(())).await;
    post(
        &sandbox,
        &settings,
        json!({ "by": carl, "locked": false, "announcement": false, "description": "" }),
    )
    .await;
    told(&anna, "unlocked").await;
    told(&anna, "not_announcement").await;

    // Somebody asks to join; admins decide.
    let change = async |action: &str, who: &str| {
        let body = json!({ "by": carl, "action": action, "participants": [who] });
        post(&sandbox, &format!("{path}/participants"), body).await
    };
    change("promote", &anna.phone()).await;
    told(&anna, "promote").await;
    let asked = post(&sandbox, &format!("{path}/join"), json!({ "by": emil })).await;
    assert!(asked["requests"][&emil].is_i64());
    let Action::CreatedMembershipRequests { requests, .. } = told(&anna, "created_membership_requests").await
    else {
        panic!("no request");
    };
    assert_eq!(requests[0].phone_number.as_ref().map(|jid| jid.user.to_string()), Some(emil.clone()));
    post(&sandbox, &format!("{path}/requests"), json!({ "by": carl, "reject": [emil] })).await;
    told(&anna, "revoked_membership_requests").await;
    post(&sandbox, &format!("{path}/join"), json!({ "by": emil })).await;
    post(&sandbox, &format!("{path}/requests"), json!({ "by": carl, "approve": [emil] })).await;
    told(&anna, "add").await;

    change("demote", &anna.phone()).await;
    told(&anna, "demote").await;
    let reset = post(&sandbox, &format!("{path}/invite"), json!({ "by": carl })).await;
    assert!(matches!(told(&anna, "invite").await, Action::Invite { code } if reset["invite"] == code));
    post(&sandbox, &format!("{path}/leave"), json!({ "by": dora })).await;
    told(&anna, "remove").await;
    change("remove", &anna.phone()).await;
    let group = get(&sandbox, "groups").await;
    let members: Vec<&String> = group[0]["members"].as_object().unwrap().keys().collect();
    assert!(members.len() == 2 && members.contains(&&carl) && members.contains(&&emil));
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_to_be_asked_is_not_added() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    post(&sandbox, &format!("accounts/{carl}"), json!({ "privacy": { "groupadd": "contacts" } })).await;
    let group = post(&sandbox, "groups", json!({ "creator": anna.phone(), "subject": "Club" })).await;
    let group: Jid = group["jid"].as_str().unwrap().parse().unwrap();
    let added = anna.client.groups().add_participants(&group, &[Jid::pn(carl)]).await.unwrap();
    assert_eq!(added[0].error.as_deref(), Some("403"));
    assert!(added[0].add_request.as_ref().is_some_and(|request| !request.code.is_empty()));
    sandbox.stop().await.unwrap();
}
