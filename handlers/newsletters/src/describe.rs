//! The routes, told for `openapi.json`.

use edgewire_contract::answer::told::{Told, schemas};
use edgewire_contract::answer::{Newsletter, Post};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::Record as _;
use edgewire_contract::token::Capability;
use edgewire_edge::asking::{ACT, LOOK};
use edgewire_edge::describe::{Answer, Body, Description, Operation, Parameter};
use serde_json::{Value, json};

use crate::create::CreateNewsletter;
use crate::messages::{HIGHEST_COUNT, USUAL_COUNT};
use crate::react::Reaction;

const NEWSLETTER: &str = "120363000000000000@newsletter";
const CODE: &str = "0029VaExampleExample";

/// Tells the component's routes.
pub fn describe() -> Description {
    let mut operations = newsletters();
    operations.extend(following());
    operations.extend(posts());
    let named = [schemas::<Newsletter>(), schemas::<Post>()];
    Description { operations, schemas: named.into_iter().flatten().collect() }
}

fn newsletters() -> Vec<Operation> {
    let all = json!({
        "type": "object", "required": ["data", "nextCursor"],
        "properties": {
            "data": Vec::<Newsletter>::schema(),
            "nextCursor": {"type": "null", "description": "There is one page only."},
        },
    });
    vec![
        operation("GET", "", "listNewsletters", LOOK)
            .summed_up("List newsletters")
            .told("The newsletters that the session owns or follows.")
            .answer(Answer::json(
                200,
                "All of them.",
                all,
                json!({"data": [newsletter("subscriber")], "nextCursor": null}),
            )),
        operation("POST", "", "createNewsletter", ACT)
            .summed_up("Create a newsletter")
            .told("Posts are sent as every message is, to the newsletter's JID.")
            .body(
                Body::json(CreateNewsletter::schema())
                    .example("newsletter", json!({"name": "News", "description": "What happens"})),
            )
            .answer(Answer::json(201, "Created.", Newsletter::schema(), newsletter("owner"))),
        operation("GET", "/invites/{code}", "getNewsletterByInvite", LOOK)
            .summed_up("Look at a newsletter's invite")
            .parameter(
                Parameter::path(
                    "code",
                    "The end of the link `https://whatsapp.com/channel/<code>`.",
                    json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}),
                )
                .such_as(CODE),
            )
            .answer(Answer::json(200, "The newsletter.", Newsletter::schema(), newsletter("guest"))),
        of_newsletter("GET", "", "getNewsletter", LOOK)
            .summed_up("Get a newsletter")
            .told("Followed or not.")
            .answer(Answer::json(200, "The newsletter.", Newsletter::schema(), newsletter("guest"))),
    ]
}

fn following() -> Vec<Operation> {
    vec![
        of_newsletter("POST", "/follow", "followNewsletter", ACT)
            .summed_up("Follow a newsletter")
            .answer(Answer::json(200, "Followed.", Newsletter::schema(), newsletter("subscriber"))),
        done(
            of_newsletter("POST", "/unfollow", "unfollowNewsletter", ACT).summed_up("Unfollow a newsletter"),
        ),
    ]
}

fn posts() -> Vec<Operation> {
    let count = json!({"type": "integer", "minimum": 1, "maximum": HIGHEST_COUNT, "default": USUAL_COUNT});
    let server_id = json!({"type": "integer", "minimum": 1});
    let post = json!({
        "serverId": 42, "messageId": "3EB0218E40B57E61441F58", "timestamp": 1_781_524_800_000_i64, "kind": "text",
        "text": "Hello", "reactions": [{"emoji": "👍", "count": 3}],
    });
    vec![
        of_newsletter("GET", "/messages", "listNewsletterMessages", LOOK)
            .summed_up("List a newsletter's posts")
            .told(
                "For five minutes after it, reactions to the newsletter's posts come as `newsletter.update` events: \
                 WhatsApp tells those who look.",
            )
            .parameter(Parameter::query("count", "How many to tell.", count))
            .parameter(Parameter::query("before", "Only posts older than the one with this `serverId`.", server_id.clone()))
            .answer(Answer::json(
                200,
                "The posts.",
                json!({"type": "object", "required": ["data"], "properties": {"data": Vec::<Post>::schema()}}),
                json!({"data": [post]}),
            )),
        done(
            of_newsletter("POST", "/messages/{serverId}/reactions", "reactToNewsletterMessage", ACT)
                .summed_up("React to a post")
                .told("In place of the session's earlier reaction.")
                .parameter(Parameter::path("serverId", "The post's number at the server.", server_id).such_as(42))
                .body(
                    Body::json(Reaction::schema())
                        .example("react", json!({"emoji": "👍"}))
                        .example("take back", json!({"emoji": ""})),
                ),
        ),
    ]
}

fn operation(method: &'static str, tail: &str, id: &str, any_of: &'static [Capability]) -> Operation {
    Operation::new(method, format!("/api/v1/sessions/{{session}}/newsletters{tail}"), id)
        .tagged("Newsletters")
        .needs(any_of)
        .parameter(Parameter::session())
        .fails(&[
            FaultCode::SessionNotConnected,
            FaultCode::RecipientUnavailable,
            FaultCode::RateLimited,
            FaultCode::Timeout,
        ])
}

fn of_newsletter(method: &'static str, tail: &str, id: &str, any_of: &'static [Capability]) -> Operation {
    let schema = json!({"type": "string", "pattern": "^[0-9]{1,32}(@newsletter)?$"});
    let told = "The newsletter: its JID, or the part before the `@`.";
    operation(method, &format!("/{{nid}}{tail}"), id, any_of)
        .parameter(Parameter::path("nid", told, schema).such_as(NEWSLETTER))
}

fn done(operation: Operation) -> Operation {
    let schema =
        json!({"type": "object", "required": ["success"], "properties": {"success": {"const": true}}});
    operation.answer(Answer::json(200, "Done.", schema, json!({"success": true})))
}

fn newsletter(role: &str) -> Value {
    json!({
        "newsletterJid": NEWSLETTER, "name": "News", "description": "What happens", "followers": 12, "invite": CODE,
        "createdAt": 1_781_524_800_000_i64, "verified": false, "role": role,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_told() {
        assert_eq!(describe().mistakes(crate::ROUTES), Vec::<String>::new());
    }
}
