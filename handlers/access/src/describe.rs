//! The routes, told for `openapi.json`.
//!
//! * this file: the audit, and what all have; [`tokens`], [`organizations`], [`users`].

mod organizations;
mod tokens;
mod users;

use edgewire_contract::access::Action;
use edgewire_contract::shape::Name as _;
use edgewire_edge::describe::{Answer, Description, Operation, Parameter};
use edgewire_edge::page::{HIGHEST_LIMIT, USUAL_LIMIT};
use serde_json::{Value, json};

use crate::admin::ADMIN;

/// The token in the examples.
const TOKEN: &str = "tok_01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1";
/// When everything happens in the examples.
const AT: i64 = 1_781_524_800;

/// Tells the component's routes.
pub fn describe() -> Description {
    let mut operations = tokens::all();
    operations.extend(organizations::all());
    operations.extend(users::all());
    operations.push(audit());
    let mut description = Description::of(operations).schema("AuditEntry", entry());
    for (name, schema) in
        tokens::schemas().into_iter().chain(organizations::schemas()).chain(users::schemas())
    {
        description = description.schema(name, schema);
    }
    description
}

fn audit() -> Operation {
    let told = json!({
        "id": "1781524800000-0", "at": AT, "actor": {"token": TOKEN, "user": "ada", "organization": "acme", "deployment": false},
        "action": "user.create", "organization": "acme", "target": "bob", "request_id": "01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1",
    });
    operation("GET", "/api/v1/audit", "listAudit")
        .tagged("Tokens")
        .summed_up("List administrative acts")
        .told("Who did what to the organization and to what is its, and, with a token of the deployment, what its tokens did to others; the newest first. A page may have less than its `limit`, and another behind it all the same. About ten thousand are kept, and those of a deleted organization for 90 days more, or until there is one of its id again, which does not inherit them.")
        .parameter(limit())
        .parameter(cursor("^[0-9]{1,20}-[0-9]{1,20}$"))
        .parameter(of_organization())
        .answer(Answer::json(200, "A page.", page("audit", reference("AuditEntry"), false), json!({"audit": [told], "next_cursor": null})))
        .fails(&[edgewire_contract::fault::FaultCode::NotFound])
}

fn entry() -> Value {
    let actions: Vec<&str> = Action::NAMES.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object", "description": "What somebody did.",
        "required": ["id", "at", "actor", "action", "organization", "target", "request_id"],
        "properties": {
            "id": {"type": "string"},
            "at": seconds("When"),
            "actor": {
                "type": "object", "required": ["token", "user", "organization", "deployment"], "description": "Who did it.",
                "properties": {
                    "token": {"type": ["string", "null"], "description": "By which token. Null, as all else of him, where it was somebody who administrates the deployment, for those who do not."},
                    "user": {"type": ["string", "null"], "description": "The user that it stands for."},
                    "organization": {"type": ["string", "null"], "description": "Whose it is."},
                    "deployment": {"type": "boolean", "description": "Whether it was a token of the deployment, of another organization."},
                },
            },
            "action": {"type": "string", "enum": actions},
            "organization": {"type": "string", "description": "To what of which organization."},
            "target": {"type": "string", "description": "The id of the organization, the user or the token that it was done to."},
            "request_id": {"type": "string", "description": "The `X-Request-Id` of the request that did it."},
        },
    })
}

/// An operation of this component.
fn operation(method: &'static str, path: &str, id: &str) -> Operation {
    Operation::new(method, path, id).needs(ADMIN)
}

/// The answer of what deletes something.
fn deleted(description: &str) -> Answer {
    let schema =
        json!({"type": "object", "required": ["success"], "properties": {"success": {"const": true}}});
    Answer::json(200, description, schema, json!({"success": true}))
}

fn limit() -> Parameter {
    limit_to(HIGHEST_LIMIT)
}

fn limit_to(highest: u64) -> Parameter {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": highest, "default": USUAL_LIMIT});
    Parameter::query("limit", "How many a page has.", limit)
}

fn cursor(pattern: &str) -> Parameter {
    let schema = json!({"type": "string", "pattern": pattern});
    Parameter::query("cursor", "`next_cursor` of the page before.", schema)
}

/// `?organization`.
fn of_organization() -> Parameter {
    let about = "Whose; left out: your own organization's. Another's needs a token of the deployment.";
    Parameter::query("organization", about, named()).such_as("acme")
}

/// `{id}` of an organization.
fn organization() -> Parameter {
    Parameter::path("id", "The organization.", named()).such_as("acme")
}

/// The id of an organization or a user.
fn named() -> Value {
    json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"})
}

fn seconds(about: &str) -> Value {
    json!({"type": "integer", "description": format!("{about}, unix seconds.")})
}

fn maybe_seconds(about: &str) -> Value {
    json!({"type": ["integer", "null"], "description": format!("{about}, unix seconds.")})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A page of `items` under `name`.
fn page(name: &str, items: Value, total: bool) -> Value {
    let mut schema = json!({
        "type": "object", "required": [name, "next_cursor"],
        "properties": {
            name: {"type": "array", "items": items},
            "next_cursor": {"type": ["string", "null"], "description": "The `cursor` of the next page; null on the last."},
        },
    });
    if total {
        schema["required"] = json!([name, "total", "next_cursor"]);
        schema["properties"]["total"] =
            json!({"type": "integer", "minimum": 0, "description": "How many there are in all."});
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_told() {
        assert_eq!(describe().mistakes(crate::ROUTES), Vec::<String>::new());
    }
}
