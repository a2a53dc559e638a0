//! Organizations.

use edgewire_contract::access::MOST_ORGANIZATIONS;
use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::Record as _;
use edgewire_edge::describe::{Answer, Body, Operation};
use serde_json::{Value, json};

use super::{AT, cursor, deleted, limit, maybe_seconds, operation, organization, page, reference};
use crate::organization::wish::{NewOrganization, OrganizationChange};

const ALL: &str = "/api/v1/organizations";
const ONE: &str = "/api/v1/organizations/{id}";

/// Their operations.
pub fn all() -> Vec<Operation> {
    let all = vec![create(), list(), get(), change(), delete()];
    all.into_iter().map(|operation| operation.tagged("Organizations").of_deployment()).collect()
}

/// Their schemas.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("NewOrganization", NewOrganization::schema()),
        ("OrganizationChange", OrganizationChange::schema()),
        ("Organization", told()),
    ]
}

fn create() -> Operation {
    operation("POST", ALL, "createOrganization")
        .summed_up("Make an organization")
        .told(format!(
            "Needs a token of the deployment, as all of these. At most {MOST_ORGANIZATIONS} (409)."
        ))
        .body(
            Body::json(reference("NewOrganization"))
                .example("least", json!({"name": "Acme Ltd"}))
                .example("all", json!({"id": "acme", "name": "Acme Ltd"})),
        )
        .answer(Answer::json(201, "Made.", reference("Organization"), example()))
        .fails(&[FaultCode::Conflict])
}

fn list() -> Operation {
    let page = page("organizations", reference("Organization"), true);
    let told = json!({"organizations": [example()], "total": 1, "next_cursor": null});
    operation("GET", ALL, "listOrganizations")
        .summed_up("List organizations")
        .told("In the order of their ids. One that came to be with a token or a session has its id as its name.")
        .parameter(limit())
        .parameter(cursor("^[A-Za-z0-9_-]{1,64}$"))
        .answer(Answer::json(200, "A page.", page, told))
}

fn get() -> Operation {
    operation("GET", ONE, "getOrganization")
        .summed_up("Get an organization")
        .parameter(organization())
        .answer(Answer::json(200, "The organization.", reference("Organization"), example()))
}

fn change() -> Operation {
    operation("PATCH", ONE, "changeOrganization")
        .summed_up("Change an organization")
        .told("What is left out stays. While it is `disabled`, none of its tokens works (401), from the next request on; its sessions stay connected, and its webhooks are delivered.")
        .parameter(organization())
        .body(
            Body::json(reference("OrganizationChange"))
                .example("rename", json!({"name": "Acme Inc"}))
                .example("disable", json!({"disabled": true})),
        )
        .answer(Answer::json(200, "Changed.", reference("Organization"), example()))
        .fails(&[FaultCode::Conflict])
}

fn delete() -> Operation {
    operation("DELETE", ONE, "deleteOrganization")
        .summed_up("Delete an organization")
        .told("With its users, tokens, webhooks and events. Its sessions must be deleted before (409). What was done to it can be read for 90 days, or until there is one of its id again.")
        .parameter(organization())
        .answer(deleted("Deleted."))
        .fails(&[FaultCode::Conflict])
}

fn told() -> Value {
    json!({
        "type": "object", "description": "An organization.", "required": ["id", "name", "created_at", "disabled"],
        "properties": {
            "id": {"type": "string"}, "name": {"type": "string"},
            "created_at": maybe_seconds("When it was made, where that is known"),
            "disabled": {"type": "boolean", "description": "Whether none of its tokens works."},
        },
    })
}

fn example() -> Value {
    json!({"id": "acme", "name": "Acme Ltd", "created_at": AT, "disabled": false})
}
