//! What a session asks and tells WhatsApp at once: groups, contacts, presence, newsletters. What a caller is told is
//! compared with what a peer's own client, or the network, says.

use std::sync::Arc;

use harness::{Organization, Peer, Session, World};
use http::Method;
use serde_json::{Value, json};
use whatsapp_rust::wacore::types::events::Event;
use whatsapp_rust::{GroupCreateOptions, Jid, MembershipApprovalMode};

/// A number that nobody has.
const NOBODY: &str = "4915999999999";

async fn get(us: &Organization, session: &Session, path: &str) -> Value {
    us.get(&session.path(path)).send().await.expect(200)
}

async fn post(us: &Organization, session: &Session, path: &str, body: Value) -> Value {
    us.post(&session.path(path)).json(&body).send().await.expect(200)
}

async fn done(us: &Organization, session: &Session, path: &str, body: Value) {
    assert_eq!(post(us, session, path, body).await, json!({ "success": true }));
}

fn jid(text: &Value) -> Jid {
    text.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{text} is no JID"))
}

fn pn(phone: &str) -> String {
    format!("{phone}@s.whatsapp.net")
}

/// A contact without a client.
async fn contact(world: &World, name: &str) -> String {
    let phone = format!("4915200{:05}", world.next_number());
    world.sandbox().contact(&phone, name).await;
    phone
}

/// The role of `phone` among `members`.
fn role<'a>(members: &'a Value, phone: &str) -> Option<&'a str> {
    let all = members.as_array().expect("a list of members");
    all.iter().find(|member| member["phone"] == phone)?["role"].as_str()
}

pub async fn a_group_is_made_changed_and_left(world: Arc<World>) {
    let us = world.organization("group");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Gus").await;
    let carl = contact(&world, "Carl").await;

    let body = json!({ "subject": "Club", "description": "We meet", "participants": [bob.phone] });
    let made = us.post(&session.path("/groups")).json(&body).send().await.expect(201);
    let group = made["groupJid"].as_str().expect("a JID").to_owned();
    assert_eq!((&made["subject"], &made["description"]), (&json!("Club"), &json!("We meet")), "{made}");
    assert_eq!((&made["size"], &made["owner"]), (&json!(2), &json!(pn(&session.phone))), "{made}");
    assert_eq!(role(&made["members"], &session.phone), Some("superadmin"), "{made}");
    assert_eq!(role(&made["members"], &bob.phone), Some("member"), "{made}");
    let theirs = bob.client().groups().get_metadata(&jid(&made["groupJid"])).await.expect("bob is in it");
    assert_eq!((theirs.subject.as_str(), theirs.description.as_deref()), ("Club", Some("We meet")));

    let one = format!("/groups/{group}");
    assert_eq!(get(&us, &session, &one).await["subject"], "Club");
    let listed = get(&us, &session, "/groups").await;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(
        (&listed["data"][0]["groupJid"], &listed["data"][0]["members"]),
        (&json!(group), &Value::Null)
    );

    let patch = json!({ "subject": "Clan", "description": "", "locked": true, "ephemeralSeconds": 86_400 });
    let changed = us.request(Method::PATCH, &session.path(&one)).json(&patch).send().await.expect(200);
    assert_eq!((&changed["subject"], &changed["description"]), (&json!("Clan"), &Value::Null), "{changed}");
    assert_eq!(
        (&changed["locked"], &changed["ephemeralSeconds"]),
        (&json!(true), &json!(86_400)),
        "{changed}"
    );
    // A description replaces another, whichever that was.
    for text in ["We dance", "We sing"] {
        let patch = json!({ "description": text, "announce": true, "ephemeralSeconds": 0 });
        let changed = us.request(Method::PATCH, &session.path(&one)).json(&patch).send().await.expect(200);
        assert_eq!(
            (&changed["description"], &changed["announce"]),
            (&json!(text), &json!(true)),
            "{changed}"
        );
        assert_eq!(
            (&changed["locked"], &changed["ephemeralSeconds"]),
            (&json!(true), &json!(0)),
            "{changed}"
        );
    }
    let theirs = bob.client().groups().get_metadata(&jid(&made["groupJid"])).await.expect("bob is in it");
    assert_eq!((theirs.subject.as_str(), theirs.description.as_deref()), ("Clan", Some("We sing")));
    assert!(theirs.is_locked && theirs.is_announcement && theirs.ephemeral.is_none());

    people_come_and_go(&us, &session, &one, &bob, &carl).await;

    let sent = session.send_text(&group, "to all of you").await;
    assert_eq!(bob.hears("to all of you").await.id, sent["waMessageId"].as_str().unwrap_or_default());
    // Leaving again is no mistake; looking at what one is not in is.
    for _ in 0..2 {
        done(&us, &session, &format!("{one}/leave"), json!({})).await;
    }
    assert_eq!(get(&us, &session, "/groups").await["data"], json!([]));
    us.get(&session.path(&one)).send().await.expect_error(403, "forbidden");
    for nowhere in ["/groups/120363999999999999", "/groups/120363999999999999/members"] {
        us.get(&session.path(nowhere)).send().await.expect_error(404, "not_found");
    }
    let nowhere = session.path("/groups/120363999999999999/leave");
    us.post(&nowhere).json(&json!({})).send().await.expect_error(404, "not_found");
    bob.leave().await;
}

async fn people_come_and_go(us: &Organization, session: &Session, group: &str, bob: &Peer, carl: &str) {
    let people = format!("{group}/participants");
    let added =
        post(us, session, &people, json!({ "participants": [carl, bob.phone.as_str(), NOBODY] })).await;
    let expected = json!([
        { "jid": pn(carl), "ok": true, "code": 200 },
        { "jid": pn(&bob.phone), "ok": false, "code": 409 },
        { "jid": pn(NOBODY), "ok": false, "code": 404 },
    ]);
    assert_eq!(added["data"], expected);
    let members = async || get(us, session, &format!("{group}/members")).await["data"].clone();
    assert_eq!(role(&members().await, carl), Some("member"));
    let only_bob = json!({ "participants": [bob.phone] });
    for (change, is) in [("promote", "admin"), ("demote", "member")] {
        let told = post(us, session, &format!("{people}/{change}"), only_bob.clone()).await;
        assert_eq!(told["data"][0]["ok"], true, "{told}");
        assert_eq!(role(&members().await, &bob.phone), Some(is));
    }
    let only_carl = json!({ "participants": [carl] });
    for (ok, code) in [(true, 200), (false, 404)] {
        let told = us.delete(&session.path(&people)).json(&only_carl).send().await.expect(200);
        assert_eq!(told["data"], json!([{ "jid": pn(carl), "ok": ok, "code": code }]));
    }
    let members = members().await;
    assert_eq!((role(&members, carl), members.as_array().map(Vec::len)), (None, Some(2)));
}

pub async fn a_group_is_joined_by_its_invite(world: Arc<World>) {
    let us = world.organization("invite");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Ivo").await;
    let theirs = bob.client().groups();
    let made = theirs.create_group(GroupCreateOptions::new("Bob's")).await.expect("a group");
    let group = made.metadata.id;
    let link = theirs.get_invite_link(group.clone(), false).await.expect("a link");
    let code = link.rsplit('/').next().expect("a code").to_owned();

    for path in [format!("/groups/invite?code={code}"), format!("/groups/invites/{code}")] {
        let seen = get(&us, &session, &path).await;
        assert_eq!(
            (&seen["groupJid"], &seen["subject"]),
            (&json!(group.to_string()), &json!("Bob's")),
            "{seen}"
        );
    }
    // By the link, by the code, and once more.
    for invite in [&link, &code] {
        let joined = post(&us, &session, "/groups/join", json!({ "invite": invite })).await;
        assert_eq!(joined, json!({ "groupJid": group.to_string() }));
    }
    assert_eq!(get(&us, &session, "/groups").await["data"][0]["subject"], "Bob's");

    let own = format!("/groups/{group}/invite");
    us.get(&session.path(&own)).send().await.expect_error(403, "forbidden");
    let promoted = theirs.promote_participants(group.clone(), &[Jid::pn(&session.phone)]).await;
    assert!(promoted.expect("an answer")[0].is_ok());
    let told = get(&us, &session, &own).await;
    assert_eq!(told, json!({ "groupJid": group.to_string(), "code": code, "link": link }));
    let renewed = post(&us, &session, &format!("{own}/reset"), json!({})).await;
    let new_code = renewed["code"].as_str().expect("a code").to_owned();
    assert_ne!(new_code, code);
    assert_eq!(renewed["link"], format!("https://chat.whatsapp.com/{new_code}"));

    done(&us, &session, &format!("/groups/{group}/leave"), json!({})).await;
    for bad in [code.as_str(), "AbCdEfGhIjKlMnOpQrStUv"] {
        let body = json!({ "invite": bad });
        us.post(&session.path("/groups/join")).json(&body).send().await.expect_bad_fields(&["invite"]);
        let path = session.path(&format!("/groups/invites/{bad}"));
        us.get(&path).send().await.expect_bad_fields(&["invite"]);
    }
    theirs.set_membership_approval(group.clone(), MembershipApprovalMode::On).await.expect("set");
    let asked = post(&us, &session, "/groups/join", json!({ "invite": new_code })).await;
    assert_eq!(asked, json!({ "groupJid": group.to_string(), "pending": true }));
    assert_eq!(get(&us, &session, "/groups").await["data"], json!([]));
    bob.leave().await;
}

pub async fn contacts_are_looked_up_and_blocked(world: Arc<World>) {
    let us = world.organization("contact");
    let session = Session::pair(&us).await;
    let carl = contact(&world, "Carla").await;
    let account = world.sandbox().get(&format!("accounts/{carl}")).await;

    let body = json!({ "phones": [NOBODY, carl, NOBODY] });
    let checked = post(&us, &session, "/contacts/check", body).await;
    let nobody = json!({ "phone": NOBODY, "exists": false, "jid": null, "lid": null });
    let there = json!({ "phone": carl, "exists": true, "jid": pn(&carl), "lid": account["lid"] });
    assert_eq!(checked, json!([nobody, there, nobody]));

    let picture = format!("/contacts/{carl}/picture");
    us.get(&session.path(&picture)).send().await.expect_error(404, "not_found");
    let set = json!({ "base64": "YSBmYWNl" });
    let set = world.sandbox().post(&format!("accounts/{carl}/picture"), set).await;
    for path in [picture.clone(), format!("{picture}?preview=true")] {
        let seen = get(&us, &session, &path).await;
        assert_eq!((&seen["id"], &seen["direct_path"]), (&set["id"], &set["direct_path"]), "{seen}");
        assert!(seen["url"].as_str().is_some_and(|url| url.starts_with("http")), "{seen}");
    }

    let blocked = async || {
        let account = world.sandbox().get(&format!("accounts/{}", session.phone)).await;
        (get(&us, &session, "/contacts/blocked").await["data"].clone(), account["blocked"].clone())
    };
    // One whom nobody has looked up before: his LID is asked for.
    let dora = contact(&world, "Dora").await;
    let lid = world.sandbox().get(&format!("accounts/{dora}")).await["lid"].clone();
    for _ in 0..2 {
        done(&us, &session, &format!("/contacts/{dora}/block"), json!({})).await;
        assert_eq!(blocked().await, (json!([pn(&dora)]), json!([lid])));
    }
    for _ in 0..2 {
        done(&us, &session, &format!("/contacts/{dora}/unblock"), json!({})).await;
        assert_eq!(blocked().await, (json!([]), json!([])));
    }
    let nobody = session.path(&format!("/contacts/{NOBODY}/block"));
    us.post(&nobody).json(&json!({})).send().await.expect_error(404, "not_found");
}

pub async fn presence_and_typing_are_seen(world: Arc<World>) {
    let us = world.organization("presence");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Pia").await;
    done(&us, &session, "/presence", json!({ "presence": "unavailable" })).await;
    bob.client().presence().subscribe(Jid::pn(&session.phone)).await.expect("subscribed");
    let of_us = |from: &Jid| from.user_base() == session.phone;
    for (presence, unavailable) in [("unavailable", true), ("available", false)] {
        done(&us, &session, "/presence", json!({ "presence": presence })).await;
        bob.event(presence, |event| match event {
            Event::Presence(it) => (of_us(&it.from) && it.unavailable == unavailable).then_some(()),
            _ => None,
        })
        .await;
    }
    for (state, seen) in
        [("composing", "Composing Text"), ("recording", "Composing Audio"), ("paused", "Paused Text")]
    {
        done(&us, &session, &format!("/chats/{}/typing", bob.phone), json!({ "state": state })).await;
        bob.event(state, |event| match event {
            Event::ChatPresence(it) => {
                let shown = format!("{:?} {:?}", it.state, it.media);
                (of_us(&it.source.sender) && shown == seen).then_some(())
            }
            _ => None,
        })
        .await;
    }
    bob.leave().await;
}

pub async fn a_newsletter_is_made_and_read(world: Arc<World>) {
    let us = world.organization("news");
    let session = Session::pair(&us).await;
    let bob = Peer::pair(&world, "Nell").await;
    let body = json!({ "name": "News", "description": "What happens" });
    let made = us.post(&session.path("/newsletters")).json(&body).send().await.expect(201);
    let newsletter = made["newsletterJid"].as_str().expect("a JID").to_owned();
    assert_eq!((&made["name"], &made["description"]), (&json!("News"), &json!("What happens")), "{made}");
    assert_eq!((&made["role"], &made["followers"]), (&json!("owner"), &json!(0)), "{made}");
    let listed = get(&us, &session, "/newsletters").await;
    assert_eq!(listed["data"][0]["newsletterJid"], newsletter.as_str(), "{listed}");

    bob.client().newsletter().join(&jid(&made["newsletterJid"])).await.expect("bob follows");
    let one = format!("/newsletters/{newsletter}");
    let invite = made["invite"].as_str().expect("an invite");
    for path in [one.clone(), format!("/newsletters/invites/{invite}")] {
        let seen = get(&us, &session, &path).await;
        assert_eq!((&seen["name"], &seen["followers"]), (&json!("News"), &json!(1)), "{seen}");
    }

    let sent = session.send_text(&newsletter, "sunny").await;
    assert_eq!(bob.hears("sunny").await.id, sent["waMessageId"].as_str().unwrap_or_default());
    session.send_text(&newsletter, "rainy").await;
    bob.hears("rainy").await;
    let posts = get(&us, &session, &format!("{one}/messages")).await["data"].clone();
    let texts: Vec<&Value> = posts.as_array().into_iter().flatten().map(|post| &post["text"]).collect();
    assert_eq!(texts, ["sunny", "rainy"], "{posts}");
    assert_eq!(
        (&posts[0]["messageId"], &posts[0]["kind"], &posts[0]["reactions"]),
        (&sent["waMessageId"], &json!("text"), &json!([]))
    );
    let (first, second) = (posts[0]["serverId"].clone(), posts[1]["serverId"].clone());
    let before = get(&us, &session, &format!("{one}/messages?count=5&before={second}")).await;
    assert_eq!(before["data"].as_array().map(Vec::len), Some(1), "{before}");

    for (emoji, reactions) in [("👍", json!([{ "emoji": "👍", "count": 1 }])), ("", json!([]))] {
        let path = format!("{one}/messages/{first}/reactions");
        done(&us, &session, &path, json!({ "emoji": emoji })).await;
        let posts = get(&us, &session, &format!("{one}/messages")).await;
        assert_eq!(posts["data"][0]["reactions"], reactions, "{posts}");
    }
    let nothing = session.path(&format!("{one}/messages/999999/reactions"));
    us.post(&nothing).json(&json!({ "emoji": "👍" })).send().await.expect_error(404, "not_found");
    bob.leave().await;
}

pub async fn a_newsletter_is_followed_and_left(world: Arc<World>) {
    let us = world.organization("follow");
    let session = Session::pair(&us).await;
    let owner = contact(&world, "Wetter").await;
    let made = world.sandbox().post("newsletters", json!({ "owner": owner, "name": "Weather" })).await;
    let newsletter = made["jid"].as_str().expect("a JID").to_owned();
    let posted =
        world.sandbox().post(&format!("newsletters/{newsletter}/messages"), json!({ "text": "hail" })).await;
    let one = format!("/newsletters/{newsletter}");
    assert_eq!(get(&us, &session, &one).await["role"], "guest");
    let reaction = format!("{one}/messages/{}/reactions", posted["server_id"]);
    let react = us.post(&session.path(&reaction)).json(&json!({ "emoji": "👎" }));
    react.send().await.expect_error(403, "forbidden");

    // Following twice is no mistake, nor is following no longer.
    for _ in 0..2 {
        let followed = post(&us, &session, &format!("{one}/follow"), json!({})).await;
        assert_eq!((&followed["role"], &followed["name"]), (&json!("subscriber"), &json!("Weather")));
    }
    done(&us, &session, &reaction, json!({ "emoji": "👎" })).await;
    let posts = get(&us, &session, &format!("{one}/messages")).await;
    assert_eq!(posts["data"][0]["reactions"], json!([{ "emoji": "👎", "count": 1 }]), "{posts}");
    let text = json!({ "to": newsletter, "type": "text", "text": "mine" });
    let refused = us.post(&session.path("/messages")).json(&text).send().await;
    refused.expect_error(422, "recipient_unavailable");

    for _ in 0..2 {
        done(&us, &session, &format!("{one}/unfollow"), json!({})).await;
        assert_eq!(get(&us, &session, "/newsletters").await["data"], json!([]));
    }
    let nowhere = "/newsletters/120363999999999999@newsletter";
    us.get(&session.path(nowhere)).send().await.expect_error(404, "not_found");
    for path in ["follow", "unfollow"] {
        let path = session.path(&format!("{nowhere}/{path}"));
        us.post(&path).json(&json!({})).send().await.expect_error(404, "not_found");
    }
}
