//! What is another's does not exist: every operation of the served OpenAPI document is asked for with every token that it is
//! not for. There is no list of operations here; one that is new is tried, and one that cannot be filled in fails the story.
//!
//! | token | answer |
//! |---|---|
//! | of another organization | 404 where something of the first one is named; else what is its own |
//! | of the same one, for other sessions | 404 where the session, or what is its, is named; else what it may |
//! | without a capability that is needed | 403 naming it, whatever is asked |
//! | none, an unknown, an expired, a revoked one | 401, the same answer |
//!
//! And in no answer is there a trace of what is another's. At the end all is as it was.
//!
//! * this file: the stories, token by token; [`timing`]: nor is there a trace in the time that it takes;
//! * [`document`]: the operations; [`samples`]: requests for them; [`answers`]: what came, and how it is judged;
//! * [`scene`]: who is there, what is theirs, and that it is whole.

mod answers;
mod document;
mod samples;
mod scene;
mod timing;

use edgewire_contract::token::Capability;
use futures::StreamExt as _;
use futures::stream;
use serde_json::json;

use self::answers::{Answer, Expected, Tally};
use self::document::Operation;
use self::samples::{Sample, Things, samples};
use self::scene::Scene;
pub use self::timing::what_is_anothers_takes_as_long_as_nothing;

/// The operations that take no token. One that becomes public has to be named here, too.
const PUBLIC: [&str; 3] = ["live", "openapi", "ready"];
/// How many requests are on their way at once where their order does not matter.
const AT_ONCE: usize = 8;

const STRANGER: &str = "of another organization";
const BESIDE: &str = "for other sessions";
const LACKING: &str = "with only";

pub async fn nobody_reaches_what_is_anothers() {
    let scene = Scene::set().await;
    let all = document::operations(&scene.world).await;
    let (public, closed): (Vec<Operation>, Vec<Operation>) = all.into_iter().partition(|it| it.public);
    let mut named: Vec<&str> = public.iter().map(|operation| operation.id.as_str()).collect();
    named.sort_unstable();
    assert_eq!(named, PUBLIC, "the operations that take no token");
    let before = scene.traces().await;
    let mut tally = Tally::default();

    strangers(&scene, &closed, &mut tally).await;
    those_beside(&scene, &closed, &mut tally).await;
    those_who_lack(&scene, &closed, &mut tally).await;
    those_without(&scene, &closed, &mut tally).await;
    for operation in &public {
        let sample = samples(operation, &scene.things).remove(0);
        let answer = answers::send(&scene.world, None, &sample, "").await;
        tally.note(operation, "none", &sample, &answer, Expected::Done, &scene.of_organization);
    }

    scene.is_whole(&before).await;
    let nobody = ["none", "unknown", "expired", "revoked"];
    for token in [STRANGER, BESIDE].iter().chain(&nobody) {
        let missing: Vec<&str> =
            closed.iter().map(|it| it.id.as_str()).filter(|id| !tally.has(id, token)).collect();
        assert_eq!(missing, Vec::<&str>::new(), "operations that were not tried with a token {token}");
    }
    // All sets of capabilities that lack two of five.
    let few: Vec<&str> =
        closed.iter().map(|it| it.id.as_str()).filter(|id| tally.count(id, LACKING) < 8).collect();
    assert_eq!(few, Vec::<&str>::new(), "operations that were tried with too few sets of capabilities");
    tally.end(closed.len() + public.len());
}

/// With a token of another organization. What goes to a device of its own comes first, while it has one only.
async fn strangers(scene: &Scene, operations: &[Operation], tally: &mut Tally) {
    let expected = |operation: &Operation, sample: &Sample| match sample.named {
        Some(_) => Expected::NotFound,
        None if operation.picks_a_device() => Expected::OwnDevice,
        None if operation.path.contains('{') => Expected::NotFound,
        None if operation.deployment => Expected::Forbidden,
        None => Expected::Done,
    };
    for own in [true, false] {
        for operation in operations {
            for sample in scene.samples(operation, &scene.things) {
                let expected = expected(operation, &sample);
                if (expected == Expected::OwnDevice) == own && sample.is_to_be_tried(expected) {
                    let token = Some(scene.them.key.as_str());
                    let answer = answers::send(&scene.world, token, &sample, &scene.theirs.id).await;
                    tally.note(operation, STRANGER, &sample, &answer, expected, &scene.of_organization);
                }
            }
        }
    }
}

/// With a token of the same organization that has every capability, for another session only. What administrators do is not
/// the session's, and done to what is there for it.
async fn those_beside(scene: &Scene, operations: &[Operation], tally: &mut Tally) {
    let expected = |operation: &Operation, sample: &Sample| match sample.named {
        _ if operation.capabilities == [Capability::Admin] => Expected::Answered,
        Some(_) => Expected::NotFound,
        None if operation.picks_a_device() => Expected::OwnDevice,
        None if operation.path.contains('{') => Expected::NotFound,
        None => Expected::DoneOrForbidden,
    };
    for operation in operations {
        for sample in scene.samples(operation, &scene.spare) {
            let expected = expected(operation, &sample);
            if sample.is_to_be_tried(expected) {
                let token = Some(scene.beside.as_str());
                let answer = answers::send(&scene.world, token, &sample, &scene.other.id).await;
                tally.note(operation, BESIDE, &sample, &answer, expected, &scene.of_session);
            }
        }
    }
}

/// With every set of capabilities that has none of those that are needed. With the largest also for what does not exist, and
/// with a body that is none: nothing is told before it is known that one may ask.
async fn those_who_lack(scene: &Scene, operations: &[Operation], tally: &mut Tally) {
    let all = Capability::ALL;
    let mut keys = Vec::new();
    for bits in 0..(1_usize << all.len()) - 1 {
        let held: Vec<Capability> = (0..all.len()).filter(|n| (bits >> n) & 1 == 1).map(|n| all[n]).collect();
        keys.push((scene.us.limited_key(&held, None).await, held));
    }
    let mut asks = Vec::new();
    for operation in operations {
        let sample = samples(operation, &scene.things).remove(0);
        for (key, held) in &keys {
            if operation.capabilities.iter().any(|needed| held.contains(needed)) {
                continue;
            }
            asks.push((operation, held, key, sample.clone()));
            if held.len() + operation.capabilities.len() == all.len() {
                asks.push((operation, held, key, samples(operation, &Things::nobodys()).remove(0)));
                if operation.body.is_some() {
                    asks.push((operation, held, key, sample.with_rubbish()));
                }
            }
        }
    }
    let asked = asks.into_iter().map(|(operation, held, key, sample)| async move {
        let answer = answers::send(&scene.world, Some(key.as_str()), &sample, "").await;
        (operation, held, sample, answer)
    });
    let answered: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    for (operation, held, sample, answer) in answered {
        let token = format!("{LACKING} {}", names(held).join(", "));
        tally.note(operation, &token, &sample, &answer, Expected::Forbidden, &scene.of_organization);
        let message =
            format!("the token lacks the capability {}", names(&operation.capabilities).join(" or "));
        if answer.message() != message {
            tally.wrong(format!("{token}: {} does not say that {message}: {}", operation.id, answer.body));
        }
    }
}

fn names(capabilities: &[Capability]) -> Vec<&'static str> {
    capabilities.iter().map(|capability| capability.as_str()).collect()
}

/// Without a token, or with one that is no good: nobody is told which of these it is.
async fn those_without(scene: &Scene, operations: &[Operation], tally: &mut Tally) {
    let expired = scene.us.limited_key(&Capability::ALL, Some(1)).await;
    let revoked = revoked(scene).await;
    let tokens = [
        ("none", None),
        ("unknown", Some("wa_nobody_ever_made_this")),
        ("expired", Some(expired.as_str())),
        ("revoked", Some(revoked.as_str())),
    ];
    let asked = operations.iter().map(|operation| async move {
        let sample = samples(operation, &scene.things).remove(0);
        let mut told: Vec<(&str, Answer)> = Vec::new();
        for (name, token) in tokens {
            told.push((name, answers::send(&scene.world, token, &sample, "").await));
        }
        (operation, sample, told)
    });
    let answered: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
    for (operation, sample, told) in answered {
        for (name, answer) in &told {
            tally.note(operation, name, &sample, answer, Expected::Unauthorized, &scene.of_organization);
            if answer.without_its_time() != told[0].1.without_its_time() {
                tally.wrong(format!("{}: a token {name} is told apart: {}", operation.id, answer.body));
            }
        }
    }
}

/// A token that was good.
async fn revoked(scene: &Scene) -> String {
    let wish = json!({ "capabilities": names(&Capability::ALL) });
    let made = scene.us.post("/api/v1/tokens").json(&wish).send().await.expect(201);
    let (secret, id) = (scene::text(&made, "token"), scene::text(&made, "id"));
    scene.us.get("/api/v1/sessions").bearer(&secret).send().await.expect(200);
    scene.us.delete(&format!("/api/v1/tokens/{id}")).send().await.expect(200);
    secret
}
