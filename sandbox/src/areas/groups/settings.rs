//! What a group is called and who may do what in it.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::describe;
use crate::stanza::{StanzaExt, empty, iq_error, iq_result};
use crate::state::{Addr, World};

/// One settings element of an IQ. Unknown elements are nobody's (501).
pub fn set(world: &mut World, actor: &Addr, node: &Node, id: &str, what: &Node) -> Option<Node> {
    Some(match apply(world, actor, id, what)? {
        Ok(()) => iq_result(node, []),
        Err(409) => iq_error(node, 409, "conflict"),
        Err(code) => iq_error(node, code, "forbidden"),
    })
}

/// Changes one setting; members are told what changed. `None` for what is no setting, an error code for a refusal.
pub fn apply(world: &mut World, actor: &Addr, id: &str, what: &Node) -> Option<Result<(), u16>> {
    let now = world.now();
    let own_lid = describe::lid(world, &actor.phone);
    let group = world.groups.get_mut(id)?;
    let admin = group.is_admin(&actor.phone);
    let open_to_members = matches!(&*what.tag, "subject" | "description" | "ephemeral" | "not_ephemeral");
    if !admin && (group.locked || !open_to_members) {
        return Some(Err(403));
    }
    let mut notice = what.clone();
    match &*what.tag {
        "subject" => {
            group.subject = what.body_text().unwrap_or_default();
            group.subject_time = now;
            group.subject_owner = actor.phone.clone();
            notice = NodeBuilder::new("subject")
                .attr("subject", group.subject.as_str())
                .attr("s_t", now)
                .attr("s_o", own_lid)
                .attr("s_o_pn", Jid::pn(actor.phone.as_str()))
                .build();
        }
        "description" => {
            // Whoever writes names what is replaced: two writers at once are not to lose one text.
            if what.text("prev") != group.description.as_ref().map(|(id, _)| id.clone()) {
                return Some(Err(409));
            }
            let text = what.child("body").and_then(StanzaExt::body_text);
            let id = what.text("id").unwrap_or_default();
            let said = match &text {
                Some(text) => NodeBuilder::new("body").string_content(text.as_str()).build(),
                None => empty("delete"),
            };
            notice = NodeBuilder::new("description").attr("id", id.as_str()).children([said]).build();
            group.description_by = text.as_ref().map(|_| (actor.phone.clone(), now));
            group.description = text.map(|text| (id, text));
        }
        "locked" => group.locked = true,
        "unlocked" => group.locked = false,
        "announcement" => group.announcement = true,
        "not_announcement" => group.announcement = false,
        "ephemeral" => {
            let seconds = what.text("expiration").and_then(|e| e.parse().ok());
            group.ephemeral = seconds.filter(|seconds: &u32| *seconds > 0);
        }
        "not_ephemeral" => group.ephemeral = None,
        "membership_approval_mode" => {
            let state = what.child("group_join").and_then(|join| join.text("state"));
            group.approval = state.as_deref() == Some("on");
        }
        "no_frequently_forwarded" | "allow_admin_reports" | "group_history" => {
            group.flags.insert(what.tag.to_string());
        }
        "frequently_forwarded_ok" => {
            group.flags.remove("no_frequently_forwarded");
        }
        "not_allow_admin_reports" => {
            group.flags.remove("allow_admin_reports");
        }
        "no_group_history" => {
            group.flags.remove("group_history");
        }
        "member_add_mode" => group.add_mode = what.body_text(),
        _ => return None,
    }
    let phones: Vec<String> = group.members.keys().cloned().collect();
    world.touch();
    describe::notify(world, id, actor, &phones, notice);
    Some(Ok(()))
}
