//! Whom the organizations and users that are kept let in.

use edgewire_contract::access::Role;
use edgewire_contract::token::Capability;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn an_organization_must_be_there_and_enabled() {
    let world = World::up().await;
    let host = world.host("a").await;
    let of = |organization: &str| world.login("ada", &json!({ "organization": organization }));
    assert!(world.asked(&of("acme")).await.is_some());
    assert_eq!(world.asked(&of("nobodys")).await, None);
    world.keep_organization("beta", false).await;
    assert!(world.asked(&of("beta")).await.is_some());
    world.keep_organization("beta", true).await;
    assert_eq!(world.asked(&of("beta")).await, None);
    host.end().await;
}

#[tokio::test]
async fn a_user_who_is_kept_has_the_role_that_is_kept() {
    let world = World::up().await;
    let host = world.host("a").await;
    let may = async |sub: &str, role: &str| {
        let record = world.asked(&world.login(sub, &json!({ "role": role }))).await;
        record.map(|record| record.allows(Capability::Manage))
    };
    assert_eq!(may("ada", "user").await, Some(false));
    assert_eq!(may("ada", "admin").await, Some(true));
    assert_eq!(may("ada", "king").await, None);
    world.keep_user("ada", Role::User, false).await;
    assert_eq!(may("ada", "admin").await, Some(false));
    world.keep_user("ada", Role::Manager, false).await;
    assert_eq!(may("ada", "king").await, Some(true));
    world.keep_user("ada", Role::Manager, true).await;
    assert_eq!(may("ada", "admin").await, None);
    assert_eq!(may("bob", "admin").await, Some(true));
    host.end().await;
}
