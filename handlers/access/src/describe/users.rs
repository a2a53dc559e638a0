//! Users of an organization.

use edgewire_contract::access::{MOST_USERS, Role};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::{Record as _, Rule as _, choice};
use edgewire_edge::describe::{Answer, Body, Operation, Parameter};
use serde_json::{Value, json};

use super::{AT, cursor, deleted, limit, named, operation, organization, page, reference, seconds};
use crate::user::wish::{NewUser, UserChange};

const ALL: &str = "/api/v1/organizations/{id}/users";
const ONE: &str = "/api/v1/organizations/{id}/users/{user}";

/// Their operations.
pub fn all() -> Vec<Operation> {
    let all = vec![create(), list(), get(), change(), delete()];
    all.into_iter().map(|operation| operation.tagged("Organizations").parameter(organization())).collect()
}

/// Their schemas.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![("NewUser", NewUser::schema()), ("UserChange", UserChange::schema()), ("User", told())]
}

fn create() -> Operation {
    let about = format!(
        "A user is somebody whom tokens stand for: they may do no more than his role, and end with him. Where a token stands for his id already and may do more, he is not made (409): revoke it, or choose another role. At most {MOST_USERS} for an organization (409)."
    );
    operation("POST", ALL, "createUser")
        .summed_up("Make a user")
        .told(about)
        .body(
            Body::json(reference("NewUser"))
                .example("least", json!({"name": "Ada", "role": "user"}))
                .example("all", json!({"id": "ada", "name": "Ada", "role": "manager"})),
        )
        .answer(Answer::json(201, "Made.", reference("User"), example()))
        .fails(&[FaultCode::Conflict])
}

fn list() -> Operation {
    let told = json!({"users": [example()], "total": 1, "next_cursor": null});
    operation("GET", ALL, "listUsers")
        .summed_up("List users")
        .told("In the order of their ids.")
        .parameter(limit())
        .parameter(cursor("^[A-Za-z0-9_-]{1,64}$"))
        .answer(Answer::json(200, "A page.", page("users", reference("User"), true), told))
}

fn get() -> Operation {
    operation("GET", ONE, "getUser").summed_up("Get a user").parameter(user()).answer(Answer::json(
        200,
        "The user.",
        reference("User"),
        example(),
    ))
}

fn change() -> Operation {
    operation("PATCH", ONE, "changeUser")
        .summed_up("Change a user")
        .told("What is left out stays. While he is `disabled`, none of his tokens works (401), from the next request on. Of a lower `role`, his tokens lose what it does not allow, and do not get it back. Both need a token of the deployment where he has one (403).")
        .parameter(user())
        .body(
            Body::json(reference("UserChange"))
                .example("promote", json!({"role": "admin"}))
                .example("disable", json!({"disabled": true})),
        )
        .answer(Answer::json(200, "Changed.", reference("User"), example()))
        .fails(&[FaultCode::Conflict])
}

fn delete() -> Operation {
    operation("DELETE", ONE, "deleteUser")
        .summed_up("Delete a user")
        .told("With his tokens, which are revoked at once. Where one of these is of the deployment, yours must be, too (403).")
        .parameter(user())
        .answer(deleted("Deleted."))
}

/// `{user}`.
fn user() -> Parameter {
    Parameter::path("user", "The user.", named()).such_as("ada")
}

fn told() -> Value {
    json!({
        "type": "object", "description": "A user of an organization.",
        "required": ["id", "organization", "name", "role", "created_at", "disabled"],
        "properties": {
            "id": {"type": "string"}, "organization": {"type": "string", "description": "Whose user he is."},
            "name": {"type": "string"}, "role": choice::<Role>().schema(),
            "created_at": seconds("When he was made"),
            "disabled": {"type": "boolean", "description": "Whether none of his tokens works."},
        },
    })
}

fn example() -> Value {
    json!({"id": "ada", "organization": "acme", "name": "Ada", "role": "manager", "created_at": AT, "disabled": false})
}
