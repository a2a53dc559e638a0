//! The routes, told for `openapi.json`.

use edgewire_contract::answer::told::{Told, schemas};
use edgewire_contract::answer::{Group, Invite, Joined, Member, ParticipantResult};
use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::Record as _;
use edgewire_contract::token::Capability;
use edgewire_edge::asking::{ACT, LOOK};
use edgewire_edge::describe::{Answer, Body, Description, Operation, Parameter};
use serde_json::{Value, json};

use crate::create::CreateGroup;
use crate::join::JoinGroup;
use crate::page::{HIGHEST_LIMIT, USUAL_LIMIT};
use crate::participants::Participants;
use crate::update::GroupUpdate;

const GROUP: &str = "120363021234567890@g.us";
const CODE: &str = "AbCdEfGhIjKlMnOpQrStUv";
const LINK: &str = "https://chat.whatsapp.com/AbCdEfGhIjKlMnOpQrStUv";
const BAD_INVITE: &str = "An invite that is none, has expired or was revoked is a 400 that names `invite`.";

/// Tells the component's routes.
pub fn describe() -> Description {
    let mut operations = listing();
    operations.extend(joining());
    operations.extend(one());
    operations.extend(people());
    operations.extend(inviting());
    let named =
        [schemas::<Group>(), schemas::<Invite>(), schemas::<Joined>(), schemas::<ParticipantResult>()];
    Description { operations, schemas: named.into_iter().flatten().collect() }
}

fn listing() -> Vec<Operation> {
    let mut listed = group();
    listed.as_object_mut().expect("a group is an object").remove("members");
    vec![
        paged(operation("GET", "", "listGroups", LOOK))
            .summed_up("List groups")
            .told("The groups that the session is in, by their JIDs, without their members.")
            .answer(Answer::json(
                200,
                "A page of groups.",
                page::<Group>(),
                json!({"data": [listed], "nextCursor": null}),
            )),
        operation("POST", "", "createGroup", ACT)
            .summed_up("Create a group")
            .told("Who may only be invited, or is not on WhatsApp, is not among the members of the answer.")
            .body(Body::json(CreateGroup::schema()).example(
                "group",
                json!({"subject": "Club", "description": "We meet on Mondays", "participants": ["628123456789"]}),
            ))
            .answer(Answer::json(201, "Created.", Group::schema(), group())),
    ]
}

fn joining() -> Vec<Operation> {
    let preview = |tail: &str, id: &str| {
        operation("GET", tail, id, LOOK)
            .summed_up("Look at an invite")
            .told(format!("The group behind an invite, without joining it. {BAD_INVITE}"))
            .answer(Answer::json(
                200,
                "The group. Its members are told as far as WhatsApp shows them.",
                Group::schema(),
                group(),
            ))
    };
    let code = |what: &str| (what.to_owned(), json!({"type": "string"}));
    let (in_query, schema) = code("The invite's code, or the link. Required.");
    let by_query = Parameter::query("code", in_query, schema).such_as(CODE);
    let (in_path, schema) = code("The invite's code.");
    let by_path = Parameter::path("code", in_path, schema).such_as(CODE);
    vec![
        operation("POST", "/join", "joinGroup", ACT)
            .summed_up("Join a group by invite")
            .told(format!(
                "Joins the group of an invite, and gives its JID, also when the session is in it already. {BAD_INVITE}"
            ))
            .body(
                Body::json(JoinGroup::schema())
                    .example("code", json!({"invite": CODE}))
                    .example("link", json!({"invite": LINK})),
            )
            .answer(Answer::json(
                200,
                "Joined, or, with `pending`, asked to.",
                Joined::schema(),
                json!({"groupJid": GROUP}),
            )),
        preview("/invite", "previewGroupInvite").parameter(Parameter { required: true, ..by_query }),
        preview("/invites/{code}", "previewGroupInviteCode")
            .parameter(by_path)
            .fails(&[FaultCode::ValidationError]),
    ]
}

fn one() -> Vec<Operation> {
    vec![
        of_group("GET", "", "getGroup", LOOK)
            .summed_up("Get a group")
            .told("One group, with its members.")
            .answer(Answer::json(200, "The group.", Group::schema(), group())),
        of_group("PATCH", "", "updateGroup", ACT)
            .summed_up("Change a group")
            .told("Changes what is given: at least one field. Mostly only administrators may.")
            .body(
                Body::json(GroupUpdate::schema())
                    .example("subject", json!({"subject": "Club"}))
                    .example("settings", json!({"announce": true, "ephemeralSeconds": 604_800})),
            )
            .answer(Answer::json(200, "The group as it is now.", Group::schema(), group())),
        of_group("POST", "/leave", "leaveGroup", ACT).summed_up("Leave a group").answer(Answer::json(
            200,
            "Left.",
            success(),
            json!({"success": true}),
        )),
    ]
}

fn people() -> Vec<Operation> {
    let change = |method, tail, id, summary: &str, told: &str| {
        of_group(method, tail, id, ACT)
            .summed_up(summary)
            .told(format!("{told} The answer says for each whether it worked; it is 200 also when none did."))
            .body(
                Body::json(Participants::schema())
                    .example("people", json!({"participants": ["628123456789"]})),
            )
            .answer(Answer::json(
                200,
                "What became of each.",
                list::<ParticipantResult>(),
                json!({"data": [{"jid": "628123456789@s.whatsapp.net", "ok": true, "code": 200}]}),
            ))
    };
    vec![
        paged(of_group("GET", "/members", "listGroupMembers", LOOK))
            .summed_up("List a group's members")
            .told("Who is in a group, by their JIDs.")
            .answer(Answer::json(
                200,
                "A page of members.",
                page::<Member>(),
                json!({"data": [member()], "nextCursor": null}),
            )),
        change(
            "POST",
            "/participants",
            "addGroupParticipants",
            "Add participants",
            "Adds people to the group. Who only lets himself be invited has the code 403.",
        ),
        change(
            "DELETE",
            "/participants",
            "removeGroupParticipants",
            "Remove participants",
            "Removes people from the group.",
        ),
        change(
            "POST",
            "/participants/promote",
            "promoteGroupParticipants",
            "Make administrators",
            "Makes members administrators.",
        ),
        change(
            "POST",
            "/participants/demote",
            "demoteGroupParticipants",
            "Unmake administrators",
            "Makes administrators plain members.",
        ),
    ]
}

fn inviting() -> Vec<Operation> {
    let example = || json!({"groupJid": GROUP, "code": CODE, "link": LINK});
    vec![
        of_group("GET", "/invite", "getGroupInvite", LOOK)
            .summed_up("Get a group's invite link")
            .told("Only administrators are told it.")
            .answer(Answer::json(200, "The link.", Invite::schema(), example())),
        of_group("POST", "/invite/reset", "resetGroupInvite", ACT)
            .summed_up("Renew a group's invite link")
            .told("The old link ends.")
            .answer(Answer::json(200, "The new link.", Invite::schema(), example())),
    ]
}

fn operation(method: &'static str, tail: &str, id: &str, any_of: &'static [Capability]) -> Operation {
    Operation::new(method, format!("/api/v1/sessions/{{session}}/groups{tail}"), id)
        .tagged("Groups")
        .needs(any_of)
        .parameter(Parameter::session())
        .fails(&[
            FaultCode::RecipientUnavailable,
            FaultCode::RateLimited,
            FaultCode::NotImplemented,
            FaultCode::Timeout,
        ])
}

fn of_group(method: &'static str, tail: &str, id: &str, any_of: &'static [Capability]) -> Operation {
    let schema = json!({"type": "string", "pattern": "^[0-9]+(-[0-9]+)?(@g\\.us)?$"});
    let gid =
        Parameter::path("gid", "The group: its JID, or the part before the `@`.", schema).such_as(GROUP);
    operation(method, &format!("/{{gid}}{tail}"), id, any_of).parameter(gid)
}

fn paged(operation: Operation) -> Operation {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": HIGHEST_LIMIT, "default": USUAL_LIMIT});
    operation.parameter(Parameter::query("limit", "How many to tell.", limit)).parameter(Parameter::query(
        "cursor",
        "The `nextCursor` of an earlier answer: the page after it.",
        json!({"type": "string"}),
    ))
}

fn list<T: Told>() -> Value {
    json!({"type": "object", "required": ["data"], "properties": {"data": Vec::<T>::schema()}})
}

fn page<T: Told>() -> Value {
    json!({
        "type": "object", "required": ["data", "nextCursor"],
        "properties": {
            "data": Vec::<T>::schema(),
            "nextCursor": {"type": ["string", "null"], "description": "Leads to the next page; null on the last."},
        },
    })
}

fn success() -> Value {
    json!({"type": "object", "required": ["success"], "properties": {"success": {"const": true}}})
}

fn member() -> Value {
    json!({
        "groupJid": GROUP, "jid": "628123456789@s.whatsapp.net", "lid": "100000000000001@lid",
        "phone": "628123456789", "role": "superadmin",
    })
}

fn group() -> Value {
    json!({
        "groupJid": GROUP, "subject": "Club", "description": "We meet on Mondays",
        "owner": "628123456789@s.whatsapp.net", "createdAt": 1_781_524_800_000_i64, "size": 1, "locked": false,
        "announce": false, "ephemeralSeconds": 0, "parent": null, "members": [member()],
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
