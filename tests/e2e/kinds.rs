//! Every kind of message, as its recipient's client decrypted it: once by whatsapp-rust, once by Baileys.
//!
//! * [`table`]: a case per kind: what is posted, what the recipient must see, what the stanza must say;
//! * [`scene`]: who is there, and what was said before, so that there is something to edit, pin, vote on.

mod scene;
mod table;

use std::collections::BTreeSet;
use std::sync::Arc;

use edgewire_contract::content::Kind;
use harness::World;
use harness::baileys::Baileys;
use serde_json::Value;

use self::scene::{Recipient, Scene};
use self::table::{Case, cases};

pub async fn every_kind_is_decrypted_as_it_was_sent(world: Arc<World>) {
    let peer = harness::Peer::pair(&world, "Kinds").await;
    every_kind(&world, "kinds-rust", Recipient::Rust(peer)).await;
}

pub async fn every_kind_reaches_a_client_of_another_make(world: Arc<World>) {
    let baileys = Baileys::start(&world, "Kinds again").await;
    every_kind(&world, "kinds-baileys", Recipient::Baileys(Box::new(baileys))).await;
}

async fn every_kind(world: &Arc<World>, name: &str, recipient: Recipient) {
    let scene = Scene::set(world, name, recipient).await;
    let cases = cases(&scene);
    let told: BTreeSet<&str> = cases.iter().map(|case| case.kind).collect();
    let listed: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.name()).chain(["read"]).collect();
    assert_eq!(told, listed, "every kind has a case, and nothing else has");
    let mut wrong = Vec::new();
    for case in cases {
        if let Err(why) = run(&scene, &case).await {
            wrong.push(format!("{}: {why}", case.name()));
        }
    }
    scene.end().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn run(scene: &Scene, case: &Case) -> Result<(), String> {
    let path = scene.session.path(&format!("/messages/{}", case.kind));
    let reply = scene.session.owner.post(&path).json(&case.body).send().await;
    let answer = reply.json();
    if reply.status != 200 {
        return Err(format!("{} {answer}", reply.status));
    }
    let id = answer["message_id"].as_str().ok_or("no message_id")?;
    if case.kind == "read" {
        return scene.saw_receipt(id).await;
    }
    let message = scene.recipient.message(id).await;
    let seen = serde_json::to_value(&message).map_err(|e| e.to_string())?;
    contains(&seen, &case.sees, "")?;
    if let Some(file) = &case.file {
        let bytes = scene.recipient.download(id, &message).await;
        file(&bytes)?;
    }
    let stanza = scene.stanza(id).await;
    contains(&stanza, &case.stanza, "stanza")
}

/// Whether `seen` has all that `wanted` has: objects may have more fields, everything else is equal. A wanted `"*"` is
/// anything that is there.
fn contains(seen: &Value, wanted: &Value, place: &str) -> Result<(), String> {
    match (seen, wanted) {
        (Value::Object(seen), Value::Object(wanted)) => wanted.iter().try_for_each(|(name, wanted)| {
            let place = format!("{place}.{name}");
            contains(seen.get(name).unwrap_or(&Value::Null), wanted, &place)
        }),
        (Value::Array(seen), Value::Array(wanted)) if seen.len() == wanted.len() => {
            let mut pairs = seen.iter().zip(wanted).enumerate();
            pairs.try_for_each(|(i, (seen, wanted))| contains(seen, wanted, &format!("{place}[{i}]")))
        }
        (Value::Null, Value::String(any)) if any == "*" => Err(format!("{place} is missing")),
        (_, Value::String(any)) if any == "*" => Ok(()),
        (seen, wanted) if seen == wanted => Ok(()),
        _ => Err(format!("{place} is {seen}, not {wanted}")),
    }
}
