//! Somebody with a phone and no client, as the stories of single messages need them: it tells of deliveries only when it is
//! told to.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness::{Organization, Session, World, wait_until};
use serde_json::{Value, json};

/// How long something that was done on a phone has to be seen before it is done again.
const AGAIN: Duration = Duration::from_secs(1);
/// The pause between two looks meanwhile.
const LOOK: Duration = Duration::from_millis(50);

/// A contact.
pub struct Contact {
    /// Where it is.
    pub world: Arc<World>,
    /// Its phone number.
    pub phone: String,
    /// Its phone JID.
    pub jid: String,
    /// Its LID.
    pub lid: String,
}

impl Contact {
    /// A new one.
    pub async fn new(world: &Arc<World>, name: &str) -> Self {
        let phone = format!("49171{:07}", world.next_number());
        world.sandbox().contact(&phone, name).await;
        let quiet = json!({ "auto_delivery": false });
        let account = world.sandbox().post(&format!("accounts/{phone}"), quiet).await;
        let text = |name: &str| account[name].as_str().expect("an address").to_owned();
        Self { world: world.clone(), jid: text("jid"), lid: text("lid"), phone }
    }

    /// Does something on its phone.
    pub async fn does(&self, what: &str, body: Value) -> Value {
        self.world.sandbox().post(&format!("accounts/{}/{what}", self.phone), body).await
    }

    /// Writes a text; gives the message's id.
    pub async fn writes(&self, to: &str, text: &str) -> String {
        self.sends(json!({ "to": to, "text": text })).await
    }

    /// Sends a message; gives its id.
    pub async fn sends(&self, body: Value) -> String {
        self.does("send", body).await["message_id"].as_str().expect("an id").to_owned()
    }

    /// Tells of messages that it got.
    pub async fn tells(&self, kind: &str, ids: &[&str]) {
        self.does("receipts", json!({ "ids": ids, "kind": kind })).await;
    }

    /// The texts that its phone decrypted of the message `id`, one for each time.
    pub async fn decrypted(&self, id: &str) -> Vec<String> {
        let received = self.world.sandbox().get(&format!("accounts/{}/received", self.phone)).await;
        let of = received.as_array().into_iter().flatten().filter(|message| message["id"] == id);
        of.map(|message| message["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Waits until its phone has decrypted the message `id` so often.
    pub async fn has_decrypted(&self, id: &str, times: usize) -> Vec<String> {
        wait_until(&format!("the message {id}, decrypted {times} times"), || async {
            let texts = self.decrypted(id).await;
            if texts.len() == times { Ok(texts) } else { Err(format!("{texts:?}")) }
        })
        .await
    }

    /// A group that it makes with `others`; its JID.
    pub async fn makes_group(&self, subject: &str, others: &[&str]) -> String {
        let body = json!({ "creator": self.phone, "subject": subject, "participants": others });
        self.world.sandbox().post("groups", body).await["jid"].as_str().expect("a JID").to_owned()
    }
}

/// Waits until the session's client has taken all that WhatsApp had for it: the acknowledgement comes when it was kept.
pub async fn settled(session: &Session) {
    let sandbox = session.owner.world.sandbox();
    wait_until("an empty queue", || async {
        let account = sandbox.get(&format!("accounts/{}", session.phone)).await;
        let waiting =
            account["devices"].as_array().into_iter().flatten().map(|device| device["queued"].as_u64());
        if waiting.sum::<Option<u64>>() == Some(0) { Ok(()) } else { Err(account.to_string()) }
    })
    .await;
}

/// Does something on the phone of the session's account that its devices share, until `look` finds what comes of it. A
/// notice that comes while the devices still look at the one before it is lost, as on the real network: so it is done
/// again and again.
pub async fn does_until<T, F>(session: &Session, action: &Value, look: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    let path = format!("accounts/{}/app-state", session.phone);
    let sandbox = session.owner.world.sandbox();
    wait_until(&format!("what comes of {action}"), || async {
        let before = look().await;
        if before.is_ok() {
            return before;
        }
        sandbox.post(&path, action.clone()).await;
        let done = Instant::now();
        loop {
            let seen = look().await;
            if seen.is_ok() || done.elapsed() >= AGAIN {
                break seen;
            }
            tokio::time::sleep(LOOK).await;
        }
    })
    .await
}

/// The session's events about the message `id`, of all kinds but sessions' own, oldest first.
pub async fn told_of(session: &Session, id: &str) -> Vec<Value> {
    let all = all_events(session).await;
    all.into_iter().filter(|event| event["payload"]["message_id"] == id).collect()
}

/// All events of the session, oldest first.
pub async fn all_events(session: &Session) -> Vec<Value> {
    events_of(session, "*").await
}

/// All events of the session that are of these kinds, oldest first.
pub async fn events_of(session: &Session, kinds: &str) -> Vec<Value> {
    every_event(&session.owner, &format!("session={}&events={kinds}", session.id)).await
}

/// All events of the organization that a filter (`session=main&events=message`) lets through, oldest first: page by page,
/// as one answer tells only some of them.
pub async fn every_event(us: &Organization, filter: &str) -> Vec<Value> {
    let (mut all, mut since) = (Vec::new(), "0".to_owned());
    loop {
        let path = format!("/api/v1/events/poll?{filter}&since={since}&wait=0");
        let page = wait_until("the next events", || async {
            let reply = us.get(&path).send().await;
            // A machine with much other work may be too slow for the store now.
            if reply.status == 503 { Err(reply.text()) } else { Ok(reply.expect(200)) }
        })
        .await;
        let events = page["events"].as_array().expect("events");
        if events.is_empty() {
            return all;
        }
        all.extend(events.iter().cloned());
        since = page["next"].as_str().expect("a place").to_owned();
    }
}

/// The receipts that the session's client sent, as the network saw them, for the message `id` behind the stanza `after`;
/// the oldest first.
pub async fn receipts(session: &Session, id: &str, after: u64) -> Vec<Value> {
    let path = format!("stanzas?phone={}&tag=receipt&id={id}&after={after}", session.phone);
    let mut sent = session.owner.world.sandbox().get(&path).await.as_array().cloned().expect("stanzas");
    sent.reverse();
    sent
}

/// Waits for the first such receipt of this type; no type is a delivery.
pub async fn receipt(session: &Session, id: &str, after: u64, kind: Option<&str>) -> Value {
    wait_until(&format!("a receipt of type {kind:?}"), || async {
        let sent = receipts(session, id, after).await;
        let found = sent.iter().find(|stanza| stanza["attrs"]["type"].as_str() == kind);
        found.cloned().ok_or_else(|| format!("{sent:?}"))
    })
    .await
}
