//! Recipients that ask again for what the session sent, when the host that sent it is gone.

use std::sync::Arc;

use edgewire_contract::ids::SessionId;
use edgewire_contract::keys;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use harness::{Session, World, wait_until};
use serde_json::json;

use crate::contact::{Contact, told_of};

/// The table of a device's store that the library reads when it is asked again.
const SENT: &str = "sent";

/// Two hosts, of which the first runs, and a session there.
struct Scene {
    world: Arc<World>,
    session: Session,
    ada: Contact,
    group: String,
}

impl Scene {
    async fn set() -> Self {
        let world = World::builder().hosts(2).build().await;
        assert!(world.stop_host(1), "the second host waits");
        let us = world.organization("retries");
        let session = Session::pair(&us).await;
        let ada = Contact::new(&world, "Ada").await;
        let group = ada.makes_group("Club", &[&session.phone]).await;
        Self { world, session, ada, group }
    }

    /// Sends to Ada and to the group; both arrive. Then the host dies, Ada asks for them once more, and nobody answers.
    async fn asks_a_dead_host(&self, host: usize) -> [String; 2] {
        let mut ids = Vec::new();
        for to in [&self.ada.phone, &self.group] {
            let sent = self.session.send_text(to, &format!("to {to}")).await;
            let id = sent["waMessageId"].as_str().expect("an id").to_owned();
            assert_eq!(self.ada.has_decrypted(&id, 1).await, [format!("to {to}")]);
            ids.push(id);
        }
        self.world.kill_host(host);
        for id in &ids {
            self.ada.does("receipts", json!({ "ids": [id], "kind": "retry" })).await;
        }
        for id in &ids {
            assert_eq!(self.ada.decrypted(id).await.len(), 1, "nobody is there to answer");
        }
        <[String; 2]>::try_from(ids).expect("two")
    }

    /// Ada has them all once more, from the session as it was paired.
    async fn is_answered(&self, ids: &[String; 2]) {
        self.session.wait_for_status("connected").await;
        for id in ids {
            let texts = self.ada.has_decrypted(id, 2).await;
            assert_eq!(texts[0], texts[1]);
            let told = told_of(&self.session, id).await;
            let sent = told.iter().filter(|event| event["payload"]["status"] == "sent");
            assert_eq!(sent.count(), 1, "it is no new send: {told:?}");
        }
        let account = self.world.sandbox().get(&format!("accounts/{}", self.session.phone)).await;
        assert_eq!(account["devices"].as_array().map(Vec::len), Some(1), "{account}");
    }
}

pub async fn another_host_answers_who_asks_again() {
    let scene = Scene::set().await;
    let ids = scene.asks_a_dead_host(0).await;
    scene.world.start_host(1);
    scene.is_answered(&ids).await;
}

pub async fn what_the_library_has_forgotten_is_answered_from_what_is_kept() {
    let scene = Scene::set().await;
    let ids = scene.asks_a_dead_host(0).await;
    let session = SessionId::parse(&scene.session.id).expect("an id");
    let table = keys::device(Shard::of(&session, DEFAULT_SHARDS), &session, SENT);
    let mut redis = scene.world.redis().await;
    // Other numbers of shards are the deployment's choice; this one's is the usual.
    let dropped: i64 = redis::cmd("DEL").arg(&table).query_async(&mut redis).await.expect("Redis answers");
    assert_eq!(dropped, 1, "{table} was there");
    scene.world.start_host(1);
    scene.is_answered(&ids).await;
    // And what is sent now is in the table again.
    scene.session.send_text(&scene.ada.phone, "goes on").await;
    wait_until("the table", || async {
        let mut redis = scene.world.redis().await;
        let there: bool =
            redis::cmd("EXISTS").arg(&table).query_async(&mut redis).await.expect("Redis answers");
        if there { Ok(()) } else { Err(format!("no {table}")) }
    })
    .await;
}
