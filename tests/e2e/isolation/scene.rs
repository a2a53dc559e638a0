//! Who is there: an organization with a linked session and all that one can have beside it, an organization that is a stranger
//! to it, and what tells that nothing was done to the first one.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use edgewire_contract::token::Capability;
use harness::{Organization, Session, World, wait_until};
use http::Method;
use redis::AsyncCommands as _;
use serde_json::{Value, json};

use super::answers::Marker;
use super::document::Operation;
use super::samples::{NOWHERE, Sample, Things, samples};
use crate::contact::{Contact, settled};

/// The bootstrap token: organizations take one of the deployment.
const ADMIN: &str = "the-first-of-all-tokens";

/// Who is there.
pub struct Scene {
    pub world: Arc<World>,
    /// Whose things they are.
    pub us: Organization,
    /// Another session of theirs, which waits for a phone.
    pub other: Session,
    /// A token of theirs for that session only.
    pub beside: String,
    /// A stranger, and his session, which waits for a phone.
    pub them: Organization,
    pub theirs: Session,
    /// What can be asked about: the session's, and the organization's.
    pub things: Things,
    /// The same, with a token and a user that may be deleted.
    pub spare: Things,
    /// What is unusual and the session's.
    pub of_session: Vec<Marker>,
    /// As [`Self::of_session`], and what is the organization's.
    pub of_organization: Vec<Marker>,
    main: Session,
    contact: Contact,
    /// Sent, received, received with a file.
    messages: Vec<String>,
}

/// What was done.
pub struct Traces {
    /// The commands that were taken in for the session.
    commands: BTreeSet<String>,
    /// What the contact was given.
    received: Vec<String>,
}

impl Scene {
    /// Sets it.
    pub async fn set() -> Self {
        let world = World::builder().variable("admin_token", ADMIN).build().await;
        let us = world.organization("quillfeather");
        let organization = format!("/api/v1/organizations/{}", us.id);
        let named = json!({ "name": "Quillfeather Ltd" });
        let change = world.request(Method::PATCH, &organization).bearer(ADMIN).json(&named);
        change.send().await.expect(200);
        let main = linked(&us, "quillfeather-main", "Quillfeather's phone").await;
        let other = made(&us, "quillfeather-beside", "Beside").await;
        other.qr().await;
        let them = world.organization("stranger");
        let theirs = Session::create(&them).await;
        theirs.qr().await;

        let (things, mut markers, contact, messages) = furnish(&us, &main).await;
        let of_session = markers.clone();
        markers.extend([
            ("the organization", us.id.clone()),
            ("its name", "Quillfeather".to_owned()),
            ("its other session", other.id.clone()),
            ("its token", things.token.clone()),
            ("its token's name", "quillfeather-token".to_owned()),
            ("its user's name", "Quillon Plume".to_owned()),
            ("its user", things.user.clone()),
            ("its webhook's URL", "quillfeather-all".to_owned()),
        ]);
        let hook = json!({ "url": format!("{NOWHERE}/quillfeather-all"), "events": ["call.incoming"] });
        us.post("/api/v1/webhooks").json(&hook).send().await.expect(201);
        let spare = Things {
            token: token(&us, "spare").await,
            user: user(&us, "spare-user", "Spare").await,
            ..things.clone()
        };
        let every: Vec<&str> = Capability::ALL.iter().map(|capability| capability.as_str()).collect();
        let wish = json!({ "capabilities": every, "sessions": [other.id], "name": "beside" });
        let beside = text(&us.post("/api/v1/tokens").json(&wish).send().await.expect(201), "token");
        settled(&main).await;
        Self {
            world,
            us,
            other,
            beside,
            them,
            theirs,
            things,
            spare,
            of_session,
            of_organization: markers,
            main,
            contact,
            messages,
        }
    }

    /// As [`samples`]; what is asked of a message is asked of each.
    pub fn samples(&self, operation: &Operation, things: &Things) -> Vec<Sample> {
        if !operation.path.contains("/messages/{") {
            return samples(operation, things);
        }
        let of =
            |message: &String| samples(operation, &Things { message: message.clone(), ..things.clone() });
        self.messages.iter().flat_map(of).collect()
    }

    /// What was done so far.
    pub async fn traces(&self) -> Traces {
        let mut redis = self.world.redis().await;
        let keys: Vec<String> = redis.keys("ew1:*:out:*").await.expect("Redis answers");
        let mut commands = BTreeSet::new();
        for key in keys {
            let outcome: Option<String> = redis.get(&key).await.expect("Redis answers");
            let outcome: Value =
                outcome.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
            if outcome["session"] == self.main.id.as_str() {
                commands.insert(key);
            }
        }
        assert!(!commands.is_empty(), "the session has done something");
        Traces { commands, received: self.world.sandbox().received_ids(&self.contact.phone).await }
    }

    /// Asserts that nothing was done since `before`, and that all is there.
    ///
    /// # Panics
    /// When something was.
    pub async fn is_whole(&self, before: &Traces) {
        let now = self.traces().await;
        let more: Vec<_> = now.commands.difference(&before.commands).collect();
        assert!(more.is_empty(), "commands were taken in for the session: {more:?}");
        assert_eq!(now.received, before.received, "the contact got something");

        let (us, main) = (&self.us, &self.main);
        assert_eq!(main.status().await["status"], "connected");
        let session = us.get(&main.path("")).send().await.expect(200);
        assert_eq!(session["name"], "Quillfeather's phone", "{session}");
        let scheduled = us.get(&main.path("/scheduled")).send().await.expect(200);
        assert_eq!(scheduled["data"][0]["outboxId"], self.things.outbox, "{scheduled}");
        let hooks = us.get("/api/v1/webhooks").send().await.expect(200);
        let urls = list(&hooks, "webhooks", "url");
        for path in ["quillfeather-all", "quillfeather-hook"] {
            assert!(urls.contains(format!("{NOWHERE}/{path}").as_str()), "{path} is among {hooks}");
        }
        let tokens = us.get("/api/v1/tokens?limit=100").send().await.expect(200);
        assert!(list(&tokens, "tokens", "id").contains(self.things.token.as_str()), "{tokens}");
        let path = format!("/api/v1/organizations/{}", us.id);
        let user = us.get(&format!("{path}/users/{}", self.things.user)).send().await.expect(200);
        assert_eq!((&user["name"], &user["disabled"]), (&json!("Quillon Plume"), &json!(false)), "{user}");
        let organization = self.world.request(Method::GET, &path).bearer(ADMIN).send().await.expect(200);
        assert_eq!(
            (&organization["name"], &organization["disabled"]),
            (&json!("Quillfeather Ltd"), &json!(false)),
            "{organization}"
        );
        let chats = us.get(&main.path("/chats")).send().await.expect(200);
        assert!(list(&chats, "data", "chat").contains(self.contact.jid.as_str()), "{chats}");
        let group = us.get(&main.path(&format!("/groups/{}", self.things.group))).send().await.expect(200);
        assert_eq!((&group["subject"], &group["size"]), (&json!("Quillfeather Club"), &json!(2)), "{group}");
    }
}

/// The texts under `field` of the items of a list.
fn list<'a>(answer: &'a Value, name: &str, field: &str) -> BTreeSet<&'a str> {
    answer[name].as_array().into_iter().flatten().filter_map(|item| item[field].as_str()).collect()
}

/// A session that waits for a phone.
async fn made(us: &Organization, id: &str, name: &str) -> Session {
    let wish = json!({ "id": id, "name": name });
    us.post("/api/v1/sessions").json(&wish).send().await.expect(201);
    let phone = format!("4917355{:05}", us.world.next_number());
    Session { owner: us.clone(), id: id.to_owned(), phone }
}

/// As [`made`], linked to a phone.
async fn linked(us: &Organization, id: &str, name: &str) -> Session {
    let session = made(us, id, name).await;
    session.scan().await;
    session.wait_for_status("connected").await;
    session
}

/// Gives the session all that one can ask about. Gives that, what is unusual about it, whom it writes with, and their
/// messages.
async fn furnish(us: &Organization, main: &Session) -> (Things, Vec<Marker>, Contact, Vec<String>) {
    let contact = Contact::new(&us.world, "Quendolin").await;
    let sent = main.send_text(&contact.phone, "the quill is sharp").await;
    let received = contact.writes(&main.phone, "the feather is soft").await;
    let media = json!({
        "kind": "document", "base64": BASE64_STANDARD.encode([7; 5_000]), "mimetype": "application/pdf",
        "file_name": "plumage.pdf",
    });
    let file = contact.sends(json!({ "to": main.phone, "media": media })).await;
    for (id, rest) in [(&received, ""), (&file, "/media")] {
        wait_until("a message", || async {
            let reply = us.get(&main.path(&format!("/messages/{id}{rest}"))).send().await;
            if reply.status == 200 { Ok(()) } else { Err(reply.text()) }
        })
        .await;
    }
    let later = json!({ "to": contact.phone, "type": "text", "text": "ink, later", "sendAt": "2098-12-31T23:59:59Z" });
    let later = us.post(&main.path("/messages")).json(&later).send().await.expect(202);
    let body = json!({ "subject": "Quillfeather Club", "participants": [contact.phone] });
    let group = us.post(&main.path("/groups")).json(&body).send().await.expect(201);
    let group = text(&group, "groupJid");
    let invite = us.get(&main.path(&format!("/groups/{group}/invite"))).send().await.expect(200);
    let body = json!({ "name": "Quillfeather News" });
    let newsletter = us.post(&main.path("/newsletters")).json(&body).send().await.expect(201);
    let hook = json!({ "url": format!("{NOWHERE}/quillfeather-hook"), "events": ["call.incoming"] });
    let webhook = us.post(&main.path("/webhooks")).json(&hook).send().await.expect(201);
    let things = Things {
        session: main.id.clone(),
        message: text(&sent, "waMessageId"),
        contact: contact.phone.clone(),
        group,
        newsletter: text(&newsletter, "newsletterJid"),
        code: text(&invite, "code"),
        webhook: text(&webhook, "id"),
        outbox: text(&later, "outboxId"),
        token: token(us, "quillfeather-token").await,
        organization: us.id.clone(),
        user: user(us, "quillfeather-user", "Quillon Plume").await,
    };
    let user_of = |jid: &str| jid.split('@').next().unwrap_or_default().to_owned();
    let markers = vec![
        ("the session", main.id.clone()),
        ("its name", "Quillfeather's phone".to_owned()),
        ("its phone", main.phone.clone()),
        ("its LID", user_of(&lid(main).await)),
        ("a text of its", "the quill is sharp".to_owned()),
        ("a text to it", "the feather is soft".to_owned()),
        ("a scheduled text", "ink, later".to_owned()),
        ("a file's name", "plumage".to_owned()),
        ("a message of its", things.message.clone()),
        ("a message to it", received.clone()),
        ("a message with a file", file.clone()),
        ("a send of its", text(&sent, "outboxId")),
        ("a scheduled send", things.outbox.clone()),
        ("its contact", contact.phone.clone()),
        ("its contact's LID", user_of(&contact.lid)),
        ("its contact's name", "Quendolin".to_owned()),
        ("a group", user_of(&things.group)),
        ("a group's name", "Quillfeather Club".to_owned()),
        ("an invite", things.code.clone()),
        ("a newsletter", user_of(&things.newsletter)),
        ("a newsletter's name", "Quillfeather News".to_owned()),
        ("its webhook", things.webhook.clone()),
        ("its webhook's URL", "quillfeather-hook".to_owned()),
    ];
    let messages = vec![things.message.clone(), received, file];
    (things, markers, contact, messages)
}

async fn lid(session: &Session) -> String {
    wait_until("the session's LID", || async {
        let status = session.status().await;
        status["lid"].as_str().map(str::to_owned).ok_or_else(|| status.to_string())
    })
    .await
}

/// A token that is there to be seen.
async fn token(us: &Organization, name: &str) -> String {
    let wish = json!({ "capabilities": ["read"], "name": name });
    text(&us.post("/api/v1/tokens").json(&wish).send().await.expect(201), "id")
}

async fn user(us: &Organization, id: &str, name: &str) -> String {
    let wish = json!({ "id": id, "name": name, "role": "user" });
    let users = format!("/api/v1/organizations/{}/users", us.id);
    text(&us.post(&users).json(&wish).send().await.expect(201), "id")
}

/// A text of an answer.
pub fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("{answer} has {field}")).to_owned()
}
