//! Groups, newsletters, labels.

use serde_json::{Value, json};

use super::build::{
    Named, flag, list, maybe, maybe_reference, maybe_whole, object, one_of, reference, text, whole,
};

/// The schemas.
pub fn schemas() -> Vec<Named> {
    vec![
        ("GroupUpdateEvent", update()),
        ("GroupParticipantsEvent", participants()),
        ("NewsletterUpdateEvent", newsletter()),
        ("LabelUpdateEvent", label()),
    ]
}

fn update() -> Value {
    object(
        "A group was made or changed. Of the optional fields, those are there that the change is about.",
        [
            ("group", text("The group's JID.")),
            (
                "change",
                text(
                    "What changed: `created`, `subject`, `description`, `locked`, `announce`, `ephemeral`, \
                     `join_approval`, `member_add_mode`, `member_link_mode`, `picture`, `invite_reset`, `linked`, \
                     `unlinked`, `suspended`, `unsuspended`, `deleted`, or `other`.",
                ),
            ),
            ("by", maybe_reference("Who changed it; null when WhatsApp does not say.", "Party")),
            ("subject?", text("Its subject.")),
            ("description?", text("Its description; empty when it was removed.")),
            ("locked?", flag("Whether only admins change subject, description and picture.")),
            ("announce?", flag("Whether only admins write.")),
            ("ephemeral_seconds?", whole("How long messages stay; 0 for ever.")),
            ("join_approval?", flag("Whether admins let people in.")),
            ("member_add_mode?", text("Who adds members: `all` or `admins`.")),
            ("picture_id?", text("Its picture's id; absent when it was removed.")),
            ("groups?", list("Groups that it was linked with or unlinked from.", json!({"type": "string"}))),
            ("timestamp", whole("When, unix seconds.")),
        ],
    )
}

fn participants() -> Value {
    let actions = ["add", "remove", "leave", "promote", "demote", "modify", "request", "request_revoked"];
    object(
        "A group's members changed.",
        [
            ("group", text("The group's JID.")),
            ("action", one_of("What happened.", &actions)),
            ("participants", list("To whom.", reference("Party"))),
            ("by", maybe_reference("Who did it; null when WhatsApp does not say.", "Party")),
            ("reason", maybe("Why or how, in WhatsApp's word.")),
            ("timestamp", whole("When, unix seconds.")),
        ],
    )
}

fn newsletter() -> Value {
    let reaction = object("A reaction.", [("emoji", text("The emoji.")), ("count", whole("How many."))]);
    let post = object(
        "A post.",
        [
            ("server_id", whole("The number that WhatsApp's server gave it.")),
            ("reactions", list("Its reactions.", reaction)),
        ],
    );
    object(
        "A newsletter changed.",
        [
            ("newsletter", maybe("The newsletter's JID; null when WhatsApp does not say.")),
            ("change", text("What changed: `reactions`, or WhatsApp's name of the operation.")),
            ("posts?", list("The posts whose reactions changed.", post)),
            ("data?", json!({"description": "What WhatsApp says of it, as it is."})),
        ],
    )
}

fn label() -> Value {
    object(
        "A label of a business account changed.",
        [
            ("label_id", text("WhatsApp's id of the label.")),
            ("change", one_of("What happened.", &["edited", "deleted", "added", "removed"])),
            ("name", maybe("Its name.")),
            ("color", maybe_whole("The number of its colour.")),
            ("chat", maybe("The chat, a JID; null for what is not about a chat.")),
            ("chat_phone", maybe("The chat's phone number (digits), null for groups and when unknown.")),
            ("chat_lid", maybe("The chat's LID, null for groups and when unknown.")),
            ("timestamp", whole("When, unix seconds.")),
        ],
    )
}
