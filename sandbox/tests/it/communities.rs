//! Communities: made by clients and by contacts, with their announcements, their general chat and their groups.

use serde_json::json;
use whatsapp_rust::Jid;
use whatsapp_rust::features::{CreateCommunityOptions, GroupType, group_type};
use whatsapp_rust::wacore::types::events::Event;

use crate::harness::{get, linked, post, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_runs_a_community() {
    let sandbox = sandbox().await;
    let (anna, bert) = (linked(&sandbox, "Anna").await, linked(&sandbox, "Bert").await);
    let community = anna.client.community();
    let mut options = CreateCommunityOptions::new("Village");
    options.create_general_chat = true;
    let made = community.create(options).await.unwrap().metadata;
    assert!(matches!(group_type(&made), GroupType::Community));
    let groups = community.get_subgroups(&made.id).await.unwrap();
    assert_eq!(groups.len(), 2);
    assert!(groups[0].is_default_sub_group && groups[1].is_general_chat);

    let body = json!({ "creator": anna.phone(), "subject": "Choir", "participants": [bert.phone()] });
    let choir = post(&sandbox, "groups", body).await;
    let choir: Jid = choir["jid"].as_str().unwrap().parse().unwrap();
    let linked_now = community.link_subgroups(&made.id, std::slice::from_ref(&choir)).await.unwrap();
    assert_eq!((linked_now.linked_jids.len(), linked_now.failed_groups.len()), (1, 0));
    let told = |e: &Event, what: &str| matches!(e, Event::GroupUpdate(u) if u.action.tag_name() == what);
    bert.log.wait("the link", |e| told(e, "link").then_some(())).await;
    let looked = community.query_linked_group(&made.id, &choir).await.unwrap();
    assert_eq!((looked.subject.as_str(), looked.parent_group_jid.as_ref()), ("Choir", Some(&made.id)));
    let counts = community.get_subgroup_participant_counts(&made.id).await.unwrap();
    assert!(counts.contains(&(choir.clone(), 2)), "{counts:?}");
    assert_eq!(community.get_participating().await.unwrap().len(), 1);

    // Bert joins the community, gets its announcements, and joins the general chat by himself.
    let account = get(&sandbox, &format!("accounts/{}", bert.phone())).await;
    let lid: Jid = account["lid"].as_str().unwrap().parse().unwrap();
    anna.client.groups().add_participants(&made.id, &[lid]).await.unwrap();
    let general = groups[1].id.clone();
    let joined = bert.client.community().join_subgroup(&made.id, &general).await.unwrap();
    assert_eq!(joined.participants.len(), 2);
    let announcements = bert.client.groups().get_metadata(&groups[0].id).await.unwrap();
    assert_eq!(announcements.participants.len(), 2);
    assert_eq!(community.get_linked_groups_participants(&made.id).await.unwrap().len(), 2);

    let apart = community.unlink_subgroups(&made.id, std::slice::from_ref(&choir), false).await.unwrap();
    assert_eq!(apart.unlinked_jids, [choir]);
    community.deactivate(&made.id).await.unwrap();
    bert.log.wait("the end", |e| told(e, "delete").then_some(())).await;
    assert!(anna.client.groups().get_metadata(&made.id).await.is_err());
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_founds_a_community() {
    let sandbox = sandbox().await;
    let anna = linked(&sandbox, "Anna").await;
    let carl = post(&sandbox, "accounts", json!({ "push_name": "Carl" })).await;
    let carl = carl["phone"].as_str().unwrap();
    let body = json!({
        "creator": carl, "subject": "Village", "participants": [anna.phone()], "community": true, "general_chat": true,
    });
    let made = post(&sandbox, "groups", body).await;
    assert_eq!(made["place"]["is_parent"], true);
    let jid: Jid = made["jid"].as_str().unwrap().parse().unwrap();
    let groups = anna.client.community().get_subgroups(&jid).await.unwrap();
    assert_eq!(groups.len(), 2);
    let body = json!({ "creator": carl, "subject": "Choir", "participants": [anna.phone()], "parent": jid.to_string() });
    let choir = post(&sandbox, "groups", body).await;
    assert_eq!(choir["place"]["parent"], jid.user.as_str());
    let send = format!("accounts/{carl}/send");
    post(&sandbox, &send, json!({ "to": groups[0].id.to_string(), "text": "hear ye" })).await;
    anna.hears("hear ye").await;
    post(&sandbox, &format!("groups/{jid}/dissolve"), json!({ "by": carl })).await;
    assert!(anna.client.groups().get_metadata(&jid).await.is_err());
    sandbox.stop().await.unwrap();
}
