use edgewire_contract::access::Role;
use edgewire_contract::ids::{OrganizationId, UserId};

use super::*;

const NOW: i64 = 1_781_524_800_000;

fn login(role: Option<Role>) -> Login {
    Login {
        organization: OrganizationId::parse("acme").unwrap(),
        user: UserId::parse("ada").unwrap(),
        role,
        issued_at: Some(NOW - 5_000),
        ends_at: NOW + 60_000,
    }
}

fn organization(disabled: bool) -> Option<Organization> {
    Some(Organization { disabled, ..Organization::implied(OrganizationId::parse("acme").unwrap()) })
}

fn user(role: Role, disabled: bool) -> Option<User> {
    let id = UserId::parse("ada").unwrap();
    Some(User { v: 1, id, name: "Ada".into(), role, created_at: 1, disabled })
}

fn known() -> Standing {
    Standing { known: true, ..Standing::default() }
}

fn granted(role: Option<Role>, standing: &Standing) -> Result<TokenRecord, Refusal> {
    grant(&login(role), standing, "a.b.c", NOW)
}

#[test]
fn a_login_may_what_its_role_may() {
    for role in [Role::Admin, Role::Manager, Role::User] {
        let record = granted(Some(role), &known()).unwrap();
        assert_eq!(record.capabilities, role.capabilities());
        assert_eq!((record.kind, record.deployment, record.sessions), (TokenKind::Login, false, None));
        assert_eq!((record.organization.as_str(), record.expires_at), ("acme", Some(NOW + 60_000)));
        assert_eq!(record.user.unwrap().as_str(), "ada");
    }
    assert_eq!(granted(None, &known()), Err(Refusal::Role));
}

#[test]
fn the_role_of_a_user_who_is_kept_is_the_one_that_is_kept() {
    for said in [None, Some(Role::Admin), Some(Role::User)] {
        let standing = Standing { user: user(Role::Manager, false), ..known() };
        assert_eq!(granted(said, &standing).unwrap().capabilities, Role::Manager.capabilities());
    }
}

#[test]
fn an_organization_is_there_and_nobody_is_disabled() {
    let admin = Some(Role::Admin);
    assert!(granted(admin, &Standing { organization: organization(false), ..known() }).is_ok());
    let disabled = Standing { organization: organization(true), ..known() };
    assert_eq!(granted(admin, &disabled), Err(Refusal::Disabled));
    let shut_out = Standing { user: user(Role::Admin, true), ..known() };
    assert_eq!(granted(admin, &shut_out), Err(Refusal::Disabled));
    // One of which a record is left, but which is deleted.
    let gone = Standing { organization: organization(false), user: user(Role::Admin, false), known: false };
    assert_eq!(granted(admin, &gone), Err(Refusal::UnknownOrganization));
}

#[test]
fn one_jwt_is_one_token() {
    let id = |jwt: &str, now| grant(&login(Some(Role::User)), &known(), jwt, now).unwrap().id;
    assert_eq!(id("a.b.c", NOW), id("a.b.c", NOW + 30_000));
    assert_ne!(id("a.b.c", NOW), id("a.b.d", NOW));
    assert_eq!(id("a.b.c", NOW).made_at(), NOW - 5_000);
}
