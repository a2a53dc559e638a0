//! A session with people around it, and how payloads name them.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::events::EventReader;
use harness::sandbox::Sandbox;
use harness::{Organization, Session, World, wait_until};
use serde_json::{Value, json};
use whatsapp_rust::buffa::Message as _;
use whatsapp_rust::waproto::whatsapp as wa;

use crate::contact::{does_until, events_of};

/// A time of this minute or so, in seconds: what a payload's timestamp is compared with.
pub const SECONDS: &str = "<seconds>";
/// So too, in milliseconds.
pub const MILLISECONDS: &str = "<milliseconds>";
/// Anything but null.
pub const SOMETHING: &str = "<something>";

/// How far clocks and stories may be apart, milliseconds.
const NOW: i64 = 300_000;

/// A session, and who reads of it.
pub struct Scene {
    /// Where it is.
    pub world: Arc<World>,
    /// Whose it is.
    pub us: Organization,
    /// The session.
    pub session: Session,
    /// The account, as the network knows it.
    pub me: Someone,
    /// Every event of the session since it was paired.
    pub live: EventReader,
}

/// An account, and the control of its phone.
#[derive(Debug, Clone)]
pub struct Someone {
    sandbox: Sandbox,
    /// Digits.
    pub phone: String,
    /// The phone number's JID.
    pub jid: String,
    /// The LID.
    pub lid: String,
    /// The name that it gives itself.
    pub name: String,
}

impl Scene {
    /// Pairs a session of an organization of its own.
    pub async fn set(world: &Arc<World>, name: &str) -> Self {
        let us = world.organization(name);
        let session = Session::pair(&us).await;
        let live = us.events(&format!("?session={}", session.id)).await;
        let me = Someone::of(&world.sandbox(), &session.phone).await;
        Self { world: world.clone(), us, session, me, live }
    }

    /// A contact without a client.
    pub async fn contact(&self, name: &str) -> Someone {
        let sandbox = self.world.sandbox();
        let phone = format!("4918{:09}", self.world.next_number());
        sandbox.contact(&phone, name).await;
        Someone::of(&sandbox, &phone).await
    }

    /// A contact that the session has written to: whatever changes of it is told to the session.
    pub async fn acquaintance(&mut self, name: &str) -> Someone {
        let someone = self.contact(name).await;
        let sent = self.session.send_text(&someone.phone, "hello").await;
        let id = sent["waMessageId"].as_str().expect("an id").to_owned();
        someone.got(&id).await;
        someone
    }

    /// A group that `creator` made of himself, the session and `others`; gives its JID.
    pub async fn group(&mut self, creator: &Someone, others: &[&Someone]) -> String {
        let mut members = vec![self.me.phone.as_str()];
        members.extend(others.iter().map(|other| other.phone.as_str()));
        let made = json!({ "creator": creator.phone, "subject": "Club", "participants": members });
        let made = self.world.sandbox().post("groups", made).await;
        let jid = made["jid"].as_str().expect("a JID").to_owned();
        self.live.next("group.update", |p| p["group"] == jid.as_str() && p["change"] == "created").await;
        jid
    }

    /// The payload of the next event of `kind` that is about `id`: by its message id.
    pub async fn said(&mut self, kind: &str, id: &str) -> Value {
        self.told(kind, |payload| payload["message_id"] == id).await
    }

    /// The payload of the next event of `kind` that `wanted` agrees to.
    pub async fn told(&mut self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.live.next(kind, wanted).await["payload"].clone()
    }

    /// Does something on the account's phone that its devices share, until an event of `kind` that `wanted` agrees to
    /// tells of it; gives its payload.
    pub async fn does_until(&self, action: Value, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        does_until(&self.session, &action, || async {
            let told = events_of(&self.session, kind).await;
            let found = told.iter().map(|event| &event["payload"]).find(|payload| wanted(payload));
            found.cloned().ok_or_else(|| format!("{told:?}"))
        })
        .await
    }

    /// What a payload says of a chat with `someone`.
    pub fn chat(someone: &Someone) -> Value {
        json!({
            "chat": someone.jid, "chat_phone": someone.phone, "chat_lid": someone.lid, "is_group": false,
        })
    }
}

/// What a payload says of a group as a chat.
pub fn in_group(jid: &str) -> Value {
    json!({ "chat": jid, "chat_phone": null, "chat_lid": null, "is_group": true })
}

/// The payload of a text without anything special.
pub fn text(id: &str, text: &str) -> Value {
    json!({
        "message_id": id, "type": "text", "text": text, "timestamp": SECONDS, "quoted_message_id": null, "quoted": null,
        "mentions": [], "mentioned": [], "media": null, "forwarded": false, "view_once": false, "offline": false,
    })
}

impl Someone {
    /// The account with this number.
    pub async fn of(sandbox: &Sandbox, phone: &str) -> Self {
        let account = sandbox.get(&format!("accounts/{phone}")).await;
        let text = |name: &str| account[name].as_str().expect("a text").to_owned();
        Self {
            sandbox: sandbox.clone(),
            phone: phone.to_owned(),
            jid: text("jid"),
            lid: text("lid"),
            name: text("push_name"),
        }
    }

    /// The account, as the network has it.
    pub async fn account(&self) -> Value {
        self.sandbox.get(&format!("accounts/{}", self.phone)).await
    }

    /// All addresses, as payloads have them.
    pub fn party(&self) -> Value {
        json!({ "jid": self.jid, "phone": self.phone, "lid": self.lid })
    }

    /// As who wrote or did something.
    pub fn from(&self) -> Value {
        json!({
            "from": self.jid, "from_phone": self.phone, "from_lid": self.lid, "from_me": false,
            "push_name": self.name,
        })
    }

    /// As the writer of the message that something is done to.
    pub fn target(&self, id: &str, from_me: bool) -> Value {
        json!({
            "message_id": id, "from": self.jid, "from_phone": self.phone, "from_lid": self.lid, "from_me": from_me,
        })
    }

    /// Does something with the phone; gives the answer.
    pub async fn does(&self, what: &str, body: Value) -> Value {
        self.sandbox.post(&format!("accounts/{}/{what}", self.phone), body).await
    }

    /// Sends something with the phone; gives the message's id.
    pub async fn sends(&self, what: &str, body: Value) -> String {
        self.does(what, body).await["message_id"].as_str().expect("an id").to_owned()
    }

    /// Writes to `to`; gives the message's id.
    pub async fn writes(&self, to: &str, text: &str) -> String {
        self.sends("send", json!({ "to": to, "text": text })).await
    }

    /// Sends `message` to `to`; gives its id.
    pub async fn says(&self, to: &str, message: &wa::Message) -> String {
        let encoded = BASE64_STANDARD.encode(message.encode_to_vec());
        self.sends("send", json!({ "to": to, "message_base64": encoded })).await
    }

    /// Waits until the phone has the message with this id.
    pub async fn got(&self, id: &str) {
        let path = format!("accounts/{}/received", self.phone);
        wait_until(&format!("{} to get {id}", self.name), || async {
            let all = self.sandbox.get(&path).await;
            if all.as_array().into_iter().flatten().any(|message| message["id"] == id) {
                Ok(())
            } else {
                Err(all.to_string())
            }
        })
        .await;
    }
}

/// Objects as one; later fields replace earlier ones.
pub fn all<const N: usize>(parts: [Value; N]) -> Value {
    let mut whole = serde_json::Map::new();
    for part in parts {
        match part {
            Value::Object(fields) => whole.extend(fields),
            other => panic!("{other} is no object"),
        }
    }
    Value::Object(whole)
}

/// Asserts that `seen` is `wanted`, field by field, neither more nor less. Marks stand for what is not known before.
#[track_caller]
pub fn exactly(seen: &Value, wanted: &Value) {
    let mut wrong = Vec::new();
    compare(seen, wanted, "", &mut wrong);
    assert!(wrong.is_empty(), "{}\nin {seen:#}", wrong.join("\n"));
}

fn compare(seen: &Value, wanted: &Value, place: &str, wrong: &mut Vec<String>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis();
    let now = i64::try_from(now).expect("a time");
    let recent = |ms: i64| (now - ms).abs() < NOW;
    let fits = match (seen, wanted) {
        (Value::Object(seen), Value::Object(wanted)) => {
            for (name, value) in seen {
                if !wanted.contains_key(name) {
                    wrong.push(format!("{place}.{name} is {value}, and should not be there"));
                }
            }
            for (name, wanted) in wanted {
                match seen.get(name) {
                    Some(seen) => compare(seen, wanted, &format!("{place}.{name}"), wrong),
                    None => wrong.push(format!("{place}.{name} is missing")),
                }
            }
            true
        }
        (Value::Array(seen), Value::Array(wanted)) if seen.len() == wanted.len() => {
            for (n, (seen, wanted)) in seen.iter().zip(wanted).enumerate() {
                compare(seen, wanted, &format!("{place}[{n}]"), wrong);
            }
            true
        }
        (seen, Value::String(mark)) if mark == SECONDS => seen.as_i64().is_some_and(|s| recent(s * 1000)),
        (seen, Value::String(mark)) if mark == MILLISECONDS => seen.as_i64().is_some_and(recent),
        (seen, Value::String(mark)) if mark == SOMETHING => !seen.is_null(),
        (seen, wanted) => seen == wanted,
    };
    if !fits {
        wrong.push(format!("{place} is {seen}, not {wanted}"));
    }
}
