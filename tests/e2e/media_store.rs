//! Received files in a bucket, on an S3 server of another make.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use edgewire_contract::ids::{MessageId, SessionId};
use edgewire_contract::keys;
use edgewire_contract::shard::{DEFAULT_SHARDS, Shard};
use harness::s3::S3;
use harness::{Session, World, wait_until};
use serde_json::json;

/// Large enough to be put there in parts.
const LENGTH: u32 = 6 << 20;

fn noise(length: u32) -> Vec<u8> {
    (0..length).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// Empties the cache of a message's file, as time does.
async fn cool(world: &World, session: &Session, id: &str) {
    let (session, id) = (SessionId::parse(&session.id).expect("an id"), MessageId::parse(id).expect("an id"));
    let key = keys::media(Shard::of(&session, DEFAULT_SHARDS), &session, &id);
    let mut redis = world.redis().await;
    let gone: i64 = redis::cmd("DEL").arg(key).query_async(&mut redis).await.expect("Redis answers");
    assert_eq!(gone, 1, "it was in the cache");
}

async fn holds(s3: &S3, what: &str, count: usize) -> Vec<String> {
    wait_until(what, || async {
        let objects = s3.objects().await;
        if objects.len() == count { Ok(objects) } else { Err(format!("{objects:?}")) }
    })
    .await
}

pub async fn a_fetched_file_outlives_the_cache_and_whatsapps_servers() {
    let s3 = S3::start().await;
    let world = World::builder()
        .host_variable("EDGEWIRE_MEDIA_STORE", &format!("s3://{}/some/prefix", s3.told("bucket")))
        .host_variable("EDGEWIRE_MEDIA_STORE_ENDPOINT", s3.told("endpoint"))
        .host_variable("EDGEWIRE_MEDIA_STORE_ALLOW_HTTP", "true")
        .host_variable("EDGEWIRE_MEDIA_STORE_ACCESS_KEY", s3.told("access_key"))
        .host_variable("EDGEWIRE_MEDIA_STORE_SECRET_KEY", s3.told("secret_key"))
        .build()
        .await;
    let us = world.organization("bucket");
    let session = Session::pair(&us).await;
    let phone = format!("49163{:07}", world.next_number());
    world.sandbox().contact(&phone, "Filer").await;
    let mut live = us.events(&format!("?session={}&events=message", session.id)).await;
    let bytes = noise(LENGTH);
    let media =
        json!({ "kind": "document", "base64": BASE64_STANDARD.encode(&bytes), "mimetype": "text/plain" });
    let body = json!({ "to": session.phone, "media": media });
    let sent = world.sandbox().post(&format!("accounts/{phone}/send"), body).await;
    let id = sent["message_id"].as_str().expect("an id").to_owned();
    let event = live.next("message", |p| p["message_id"] == id.as_str()).await;
    let path = session.path(&format!("/messages/{id}/media"));
    let get = || async { us.get(&path).send().await };

    let reply = get().await;
    assert_eq!((reply.status, reply.body == bytes), (200, true), "{}", reply.status);
    let hash = event["payload"]["media"]["file_sha256"].as_str().expect("a hash");
    let objects = holds(&s3, "the file in the bucket", 1).await;
    assert_eq!(objects, [format!("some/prefix/{}/{}/{hash}", us.id, session.id)]);

    // Neither Redis nor WhatsApp has it any more.
    cool(&world, &session, &id).await;
    world.sandbox().post("media/expire", json!({ "id": id })).await;
    let reply = get().await;
    assert_eq!((reply.status, reply.body == bytes), (200, true), "{}", reply.status);
    let account = world.sandbox().get(&format!("accounts/{}", session.phone)).await;
    assert_eq!(account["media"]["downloads"], 1, "{account}");

    // What somebody changed there is not given: the sender is asked instead.
    cool(&world, &session, &id).await;
    s3.damage().await;
    let reply = get().await;
    assert_eq!((reply.status, &reply.json()["status"]), (202, &json!("retry_requested")), "{}", reply.text());

    us.delete(&session.path("")).send().await.expect(200);
    holds(&s3, "the bucket to be empty", 0).await;
}
