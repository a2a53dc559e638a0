//! Groups: clients and contacts together.

use serde_json::json;
use whatsapp_rust::wacore::iq::groups::{GroupCreateOptions, GroupParticipantOptions};
use whatsapp_rust::wacore::types::presence::ReceiptType;
use whatsapp_rust::{Jid, wacore::types::events::Event};

use crate::harness::{Person, eventually, get, linked, post, sandbox};

async fn told_of_group(person: &Person, group: &str) {
    person
        .log
        .wait("the group's notification", |e| match e {
            Event::GroupUpdate(update) if update.group_jid.to_string() == group => Some(()),
            _ => None,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_members_write_to_a_group() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();

    let options = GroupCreateOptions::new("Lunch").with_participants(vec![
        GroupParticipantOptions::new(Jid::pn(bert.phone().as_str())),
        GroupParticipantOptions::new(Jid::pn(carl)),
    ]);
    let group = anna.client.groups().create_group(options).await.expect("the group is made");
    let group = group.metadata.id.to_string();
    told_of_group(&bert, &group).await;

    let first = anna.text(&group, "who is hungry?").await;
    bert.hears("who is hungry?").await;
    anna.receipt(&first, ReceiptType::Delivered).await;
    bert.text(&group, "I am").await;
    anna.hears("I am").await;
    anna.text(&group, "one o'clock").await;
    bert.hears("one o'clock").await;

    let read = eventually(&sandbox, &format!("accounts/{carl}/received"), |r| {
        let all = r.as_array()?;
        (all.len() == 3)
            .then(|| all.iter().map(|m| m["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
    })
    .await;
    assert_eq!(read, ["who is hungry?", "I am", "one o'clock"]);

    for text in ["me too", "and thirsty"] {
        post(&sandbox, &format!("accounts/{carl}/send"), json!({ "to": group, "text": text })).await;
        anna.hears(text).await;
        bert.hears(text).await;
    }
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_and_go() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let group = post(
        &sandbox,
        "groups",
        json!({ "creator": carl, "subject": "Club", "participants": [anna.phone()] }),
    )
    .await;
    let jid = group["jid"].as_str().unwrap().to_owned();
    told_of_group(&anna, &jid).await;
    let group_jid: Jid = jid.parse().unwrap();

    // Anna is no admin: she may not add.
    let bert_jid = Jid::pn(bert.phone().as_str());
    anna.client
        .groups()
        .add_participants(&group_jid, std::slice::from_ref(&bert_jid))
        .await
        .expect_err("refused");
    let path = format!("groups/{jid}/participants");
    post(&sandbox, &path, json!({ "by": carl, "action": "promote", "participants": [anna.phone()] })).await;
    anna.client.groups().add_participants(&group_jid, std::slice::from_ref(&bert_jid)).await.expect("added");
    told_of_group(&bert, &jid).await;

    anna.text(&jid, "welcome").await;
    bert.hears("welcome").await;

    let code = anna.client.groups().get_invite_link(&group_jid, false).await.expect("a link");
    bert.client.groups().leave(&group_jid).await.expect("left");
    let state = get(&sandbox, "groups").await;
    assert!(state[0]["members"].get(bert.phone()).is_none());
    bert.client.groups().join_with_invite_code(&code).await.expect("joined");
    anna.client.groups().set_subject(&group_jid, "New Club".parse_subject()).await.expect("renamed");
    let state = get(&sandbox, "groups").await;
    assert_eq!(state[0]["subject"], "New Club");
    assert_eq!(state[0]["members"][bert.phone()], "member");
    sandbox.stop().await.unwrap();
}

trait Subject {
    fn parse_subject(&self) -> whatsapp_rust::wacore::iq::groups::GroupSubject;
}

impl Subject for str {
    fn parse_subject(&self) -> whatsapp_rust::wacore::iq::groups::GroupSubject {
        whatsapp_rust::wacore::iq::groups::GroupSubject::new(self).expect("short enough")
    }
}
