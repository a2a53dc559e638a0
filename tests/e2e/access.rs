//! Who may do what: tokens, organizations, users, and what is told of those who administrate them. Nobody sends anything
//! here, so the worlds have no conn-host.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use edgewire_contract::ids::OrganizationId;
use edgewire_contract::keys::{audit, organization_sessions};
use harness::{Request, World, wait_until};
use http::Method;
use redis::AsyncCommands as _;
use serde_json::{Value, json};

use crate::keys;

/// The bootstrap token.
const ADMIN: &str = "the-first-of-all-tokens";
const TOKENS: &str = "/api/v1/tokens";
const ORGANIZATIONS: &str = "/api/v1/organizations";

async fn world() -> Arc<World> {
    World::builder().hosts(0).variable("admin_token", ADMIN).build().await
}

fn ask(world: &Arc<World>, token: &str, method: Method, path: &str) -> Request {
    world.request(method, path).bearer(token)
}

/// What is made by the bootstrap token.
async fn made(world: &Arc<World>, path: &str, body: Value) -> Value {
    ask(world, ADMIN, Method::POST, path).json(&body).send().await.expect(201)
}

async fn changed(world: &Arc<World>, path: &str, body: Value) -> Value {
    ask(world, ADMIN, Method::PATCH, path).json(&body).send().await.expect(200)
}

fn text(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("{answer} has {field}")).to_owned()
}

/// The status of a request that any reader may make.
async fn opens(world: &Arc<World>, token: &str) -> u16 {
    ask(world, token, Method::GET, "/api/v1/sessions").send().await.status
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs()
}

pub async fn a_key_is_made_used_and_revoked() {
    let world = world().await;
    let key = made(&world, TOKENS, json!({ "capabilities": ["read", "admin"], "name": "ci" })).await;
    let (secret, id) = (text(&key, "token"), text(&key, "id"));
    assert_eq!((&key["organization"], &key["last_used_at"]), (&json!("default"), &Value::Null));
    assert_eq!(opens(&world, &secret).await, 200);

    let listed = ask(&world, &secret, Method::GET, TOKENS).send().await;
    assert!(!listed.text().contains(&secret), "no secret is told twice");
    let listed = listed.expect(200);
    assert_eq!((&listed["total"], &listed["tokens"][0]["id"]), (&json!(1), &json!(id)));
    let used = listed["tokens"][0]["last_used_at"].as_u64().unwrap_or_default();
    assert!(now().abs_diff(used) < 60, "{listed}");

    // He grants no more than he has, and sees no other organization.
    let more = json!({ "capabilities": ["read", "send"], "deployment": true });
    let refused = ask(&world, &secret, Method::POST, TOKENS).json(&more).send().await;
    refused.expect_bad_fields(&["capabilities[1]", "deployment"]);
    ask(&world, &secret, Method::GET, ORGANIZATIONS).send().await.expect_error(403, "forbidden");
    let other = world.organization("others");
    let theirs = format!("{ORGANIZATIONS}/{}/users", other.id);
    ask(&world, &secret, Method::GET, &theirs).send().await.expect_error(404, "not_found");

    ask(&world, ADMIN, Method::DELETE, &format!("{TOKENS}/{id}")).send().await.expect(200);
    ask(&world, &secret, Method::GET, "/api/v1/sessions").send().await.expect_error(401, "unauthorized");

    let audit = ask(&world, ADMIN, Method::GET, "/api/v1/audit").send().await.expect(200);
    let acts = audit["audit"].as_array().into_iter().flatten();
    let told: Vec<_> = acts.map(|act| (text(act, "action"), text(act, "target"))).collect();
    assert_eq!(told, [("token.delete".to_owned(), id.clone()), ("token.create".to_owned(), id)]);
    assert!(!audit.to_string().contains(&secret), "{audit}");
}

pub async fn an_expired_key_is_refused_and_forgotten() {
    let world = world().await;
    // Time enough to use it once on a slow machine.
    let wish = json!({ "capabilities": ["read"], "expires_at": now() + 5 });
    let secret = text(&made(&world, TOKENS, wish).await, "token");
    assert_eq!(opens(&world, &secret).await, 200);
    wait_until("the key to expire", || async {
        match opens(&world, &secret).await {
            401 => Ok(()),
            other => Err(other.to_string()),
        }
    })
    .await;
    let listed = ask(&world, ADMIN, Method::GET, TOKENS).send().await.expect(200);
    assert_eq!((&listed["tokens"], &listed["total"]), (&json!([]), &json!(0)));
    let past = json!({ "capabilities": ["read"], "expires_at": now() - 5 });
    let refused = ask(&world, ADMIN, Method::POST, TOKENS).json(&past).send().await;
    refused.expect_bad_fields(&["expires_at"]);
}

pub async fn a_disabled_organization_is_shut_until_it_is_enabled() {
    let world = world().await;
    made(&world, ORGANIZATIONS, json!({ "id": "acme", "name": "Acme Ltd" })).await;
    let wish = json!({ "organization": "acme", "capabilities": ["read", "admin"] });
    let first = text(&made(&world, TOKENS, wish.clone()).await, "token");
    // One that came to be without a route is as any other.
    let implied = world.organization("implied");
    for path in ["acme", implied.id.as_str()].map(|id| format!("{ORGANIZATIONS}/{id}")) {
        assert_eq!(changed(&world, &path, json!({ "disabled": true })).await["disabled"], true);
    }
    for token in [&first, &implied.key, &implied.user_token] {
        assert_eq!(opens(&world, token).await, 401);
    }
    let late = made(&world, TOKENS, wish).await;
    assert_eq!(late["suspended"], true);
    assert_eq!(opens(&world, &text(&late, "token")).await, 401);
    for path in ["acme", implied.id.as_str()].map(|id| format!("{ORGANIZATIONS}/{id}")) {
        changed(&world, &path, json!({ "disabled": false })).await;
    }
    for token in [&first, &implied.key, &implied.user_token, &text(&late, "token")] {
        assert_eq!(opens(&world, token).await, 200);
    }

    // With a session it stays; without, all goes that is its.
    implied.post("/api/v1/sessions").json(&json!({ "id": "kept", "start": false })).send().await.expect(201);
    let delete = |id: &str| ask(&world, ADMIN, Method::DELETE, &format!("{ORGANIZATIONS}/{id}")).send();
    delete(&implied.id).await.expect_error(409, "conflict");
    assert_eq!(opens(&world, &implied.key).await, 200);
    delete("acme").await.expect(200);
    assert_eq!(opens(&world, &first).await, 401);
    ask(&world, ADMIN, Method::GET, &format!("{ORGANIZATIONS}/acme")).send().await.expect(404);
    let audit = ask(&world, ADMIN, Method::GET, "/api/v1/audit?organization=acme").send().await.expect(200);
    assert_eq!(audit["audit"][0]["action"], "organization.delete");
    keys::all_are_in_the_table(&world).await;
}

/// What was done to `acme`, the oldest first.
async fn acts(world: &Arc<World>) -> Vec<String> {
    let page = ask(world, ADMIN, Method::GET, "/api/v1/audit?organization=acme").send().await.expect(200);
    let mut told: Vec<String> =
        page["audit"].as_array().into_iter().flatten().map(|act| text(act, "action")).collect();
    told.reverse();
    told
}

/// Mutation tried: a deletion that leaves the record as it was (`drop_organization.lua`).
pub async fn an_organization_that_is_made_again_has_nothing_of_the_one_before() {
    let world = world().await;
    let acme = format!("{ORGANIZATIONS}/acme");
    let users = format!("{acme}/users");
    let make = || made(&world, ORGANIZATIONS, json!({ "id": "acme", "name": "Acme Ltd" }));
    let delete = || ask(&world, ADMIN, Method::DELETE, &acme).send();
    let token =
        || made(&world, TOKENS, json!({ "organization": "acme", "capabilities": ["read", "manage"] }));

    make().await;
    made(&world, &users, json!({ "id": "ada", "name": "Ada", "role": "admin" })).await;
    let first = text(&token().await, "token");
    let hook = json!({ "url": "https://example.com/hook" });
    ask(&world, &first, Method::POST, "/api/v1/webhooks").json(&hook).send().await.expect(201);
    let session = json!({ "id": "in-acme", "start": false });
    ask(&world, &first, Method::POST, "/api/v1/sessions").json(&session).send().await.expect(201);

    // With a session it stays, and loses nothing.
    delete().await.expect_error(409, "conflict");
    let hooks = ask(&world, &first, Method::GET, "/api/v1/webhooks").send().await.expect(200);
    assert_eq!(hooks["webhooks"].as_array().map(Vec::len), Some(1), "{hooks}");

    // As if the session had been deleted: nobody is there to do it.
    let id = OrganizationId::parse("acme").expect("an id");
    let mut redis = world.redis().await;
    let _: i64 = redis.zrem(organization_sessions(&id), "in-acme").await.expect("out of the index");
    delete().await.expect(200);
    assert_eq!(opens(&world, &first).await, 401);
    ask(&world, ADMIN, Method::GET, &acme).send().await.expect_error(404, "not_found");
    delete().await.expect_error(404, "not_found");
    let listed = ask(&world, ADMIN, Method::GET, ORGANIZATIONS).send().await.expect(200);
    assert!(!listed.to_string().contains("acme"), "{listed}");
    made_nowhere(&world, &users).await;
    assert_eq!(acts(&world).await.last().map(String::as_str), Some("organization.delete"));
    keys::all_are_in_the_table(&world).await;

    make().await;
    assert_eq!(acts(&world).await, ["organization.create"]);
    let listed = ask(&world, ADMIN, Method::GET, &users).send().await.expect(200);
    assert_eq!(listed["total"], 0);
    assert_eq!(opens(&world, &first).await, 401);
    let second = text(&token().await, "token");
    let hooks = ask(&world, &second, Method::GET, "/api/v1/webhooks").send().await.expect(200);
    assert_eq!(hooks["webhooks"], json!([]));
    let ttl: i64 = redis.ttl(audit(&id)).await.expect("a TTL");
    assert_eq!(ttl, -1, "a living organization's audit does not end");
    let aside: Vec<String> = redis.keys("ew1:{o:acme}:audit-before:*").await.expect("keys");
    assert_eq!(aside.len(), 1, "what was done to the one before is kept for its time: {aside:?}");
    keys::all_are_in_the_table(&world).await;
}

/// In an organization that is not there, no user is made.
async fn made_nowhere(world: &Arc<World>, users: &str) {
    let wish = json!({ "name": "Eve", "role": "admin" });
    ask(world, ADMIN, Method::POST, users).json(&wish).send().await.expect_error(404, "not_found");
}

pub async fn a_users_token_is_good_for_the_device_api() {
    let world = world().await;
    made(&world, ORGANIZATIONS, json!({ "id": "acme", "name": "Acme Ltd" })).await;
    let users = format!("{ORGANIZATIONS}/acme/users");
    made(&world, &users, json!({ "id": "ada", "name": "Ada", "role": "user" })).await;
    let wish = json!({ "organization": "acme", "user": "ada", "kind": "user_token" });
    let token = made(&world, TOKENS, wish).await;
    assert_eq!(token["capabilities"], json!(["read", "send", "events"]));
    let secret = text(&token, "token");
    let devices = ask(&world, &secret, Method::GET, "/devices").send().await.expect(200);
    assert_eq!(devices["devices"], json!([]));
    ask(&world, &secret, Method::GET, TOKENS).send().await.expect_error(403, "forbidden");

    let ada = format!("{users}/ada");
    changed(&world, &ada, json!({ "disabled": true })).await;
    assert_eq!(ask(&world, &secret, Method::GET, "/devices").send().await.status, 401);
    changed(&world, &ada, json!({ "disabled": false })).await;
    assert_eq!(ask(&world, &secret, Method::GET, "/devices").send().await.status, 200);
    keys::all_are_in_the_table(&world).await;
    ask(&world, ADMIN, Method::DELETE, &ada).send().await.expect(200);
    assert_eq!(ask(&world, &secret, Method::GET, "/devices").send().await.status, 401);
}
