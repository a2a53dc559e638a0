//! Tokens.

use edgewire_contract::access::MOST_TOKENS;
use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::{Record as _, Rule as _, choice, items};
use edgewire_contract::token::{Capability, TokenKind};
use edgewire_edge::describe::{Answer, Body, Operation, Parameter};
use serde_json::{Value, json};

use super::{
    AT, TOKEN, cursor, deleted, limit_to, maybe_seconds, of_organization, operation, page, reference, seconds,
};
use crate::token::list::HIGHEST_LIMIT;
use crate::token::wish::NewToken;

/// Their operations.
pub fn all() -> Vec<Operation> {
    vec![create(), list(), delete()].into_iter().map(|operation| operation.tagged("Tokens")).collect()
}

/// Their schemas.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let mut made = token();
    if let Value::Array(required) = &mut made["required"] {
        required.insert(0, "token".into());
    }
    made["description"] = "A token, with its secret.".into();
    made["properties"]["token"] =
        json!({"type": "string", "description": "The secret. It is told here, and never again."});
    vec![("NewToken", NewToken::schema()), ("Token", token()), ("MadeToken", made)]
}

fn create() -> Operation {
    let all = json!({
        "user": "ada", "kind": "user_token", "capabilities": ["read", "send"], "sessions": ["main"],
        "expires_at": 4_070_908_800_i64, "name": "Ada's phone",
    });
    let mut made = example();
    made["token"] = "wa_Yk9Zc2tQb1JtQ2xWd0h4RnVKZU1h".into();
    let about = format!(
        "The secret is in this answer, and nowhere else. Nobody grants what he has not: capabilities, sessions and the deployment are those of your own token, or fewer. A token for a `user` may do no more than his role. A token that stands for a user makes only such as stand for him, too, so that they are suspended and go with him; but for one of the deployment. At most {MOST_TOKENS} for an organization (409)."
    );
    operation("POST", "/api/v1/tokens", "createToken")
        .summed_up("Make a token")
        .told(about)
        .body(
            Body::json(reference("NewToken"))
                .example("least", json!({"capabilities": ["read", "send"]}))
                .example("all", all),
        )
        .answer(Answer::json(201, "Made.", reference("MadeToken"), made))
        .fails(&[FaultCode::NotFound, FaultCode::Conflict])
}

fn list() -> Operation {
    let told = json!({"tokens": [example()], "total": 1, "next_cursor": null});
    operation("GET", "/api/v1/tokens", "listTokens")
        .summed_up("List tokens")
        .told(
            "The oldest first, without their secrets. Those that were revoked or have expired are not there. (One that a newer version has made, and this one cannot read, is counted and not shown.)",
        )
        .parameter(limit_to(HIGHEST_LIMIT))
        .parameter(cursor("^tok_[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$"))
        .parameter(of_organization())
        .answer(Answer::json(200, "A page.", page("tokens", reference("Token"), true), told))
        .fails(&[FaultCode::NotFound])
}

fn delete() -> Operation {
    let schema = json!({"type": "string", "pattern": "^tok_[0-9A-Z]{26}$"});
    operation("DELETE", "/api/v1/tokens/{id}", "deleteToken")
        .summed_up("Revoke a token")
        .told("The next request with it is a 401, and an event stream that it opened ends within 30 seconds and a heartbeat (15 seconds, unless set otherwise). One of the deployment is revoked with another of these only (403).")
        .parameter(Parameter::path("id", "The token's id.", schema).such_as(TOKEN))
        .parameter(of_organization())
        .answer(deleted("Revoked."))
}

fn token() -> Value {
    json!({
        "type": "object", "description": "A token, without its secret.",
        "required": ["id", "kind", "organization", "user", "capabilities", "sessions", "expires_at", "name", "created_at", "last_used_at", "deployment", "suspended"],
        "properties": {
            "id": {"type": "string"},
            "kind": choice::<TokenKind>().schema(),
            "organization": {"type": "string", "description": "Whose it is."},
            "user": {"type": ["string", "null"], "description": "The user that it stands for."},
            "capabilities": items(choice::<Capability>(), 0, Capability::ALL.len()).schema(),
            "sessions": {"type": ["array", "null"], "items": reference("SessionId"), "description": "The only ones that it may touch; null: all of the organization's."},
            "expires_at": maybe_seconds("Until when it works; null: until it is revoked"),
            "name": {"type": ["string", "null"]},
            "created_at": seconds("When it was made"),
            "last_used_at": maybe_seconds("When it was last used, to within an hour; null: never"),
            "deployment": {"type": "boolean", "description": "Whether it administrates the whole deployment."},
            "suspended": {"type": "boolean", "description": "Whether it does not work, because its organization or its user is disabled."},
        },
    })
}

fn example() -> Value {
    json!({
        "id": TOKEN, "kind": "api_key", "organization": "acme", "user": null, "capabilities": ["read", "send"],
        "sessions": null, "expires_at": null, "name": "ci", "created_at": AT, "last_used_at": null, "deployment": false,
        "suspended": false,
    })
}
