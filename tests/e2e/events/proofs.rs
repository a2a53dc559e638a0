//! Which story proves which kind of event.

use std::collections::BTreeSet;

use edgewire_contract::event::EVENT_KINDS;
use libtest_mimic::Failed;

/// Each kind of the contract, and the stories that show it from a gesture to its payload.
const PROOFS: [(&str, &[&str]); 22] = [
    (
        "message",
        &[
            "events::said::a_text_names_everybody_by_every_address",
            "events::said::a_reply_quotes_and_mentions",
            "events::said::a_file_is_a_pointer_and_never_bytes",
            "events::said::a_files_facts_are_told_without_its_thumbnail",
            "events::parts::every_part_of_a_message_is_told",
            "events::parts::a_comment_and_a_pin_name_their_message",
            "events::communities::what_is_encrypted_in_announcements_is_told_openly",
            "events::newsletters::a_post_is_told_edited_and_taken_back",
            "events::order::what_comes_twice_is_told_once",
            "events::order::what_waited_is_told_in_its_order",
        ],
    ),
    ("message.from_me", &["events::elsewhere::what_the_account_writes_on_its_phone_is_told"]),
    (
        "message.status",
        &[
            "send::receipts_come_back_as_message_status",
            "status::a_status_only_goes_forward",
            "status::what_was_read_was_delivered",
            "status::what_whatsapp_refuses_has_failed",
        ],
    ),
    (
        "message.reaction",
        &[
            "events::done::a_reaction_names_what_it_is_to",
            "events::communities::what_is_encrypted_in_announcements_is_told_openly",
            "events::order::what_waited_is_told_in_its_order",
        ],
    ),
    (
        "message.edited",
        &[
            "events::done::an_edit_says_what_the_message_is_now",
            "events::done::nobody_changes_what_another_wrote",
            "events::newsletters::a_post_is_told_edited_and_taken_back",
        ],
    ),
    (
        "message.revoked",
        &[
            "events::done::a_deletion_says_whose_it_is",
            "events::elsewhere::what_the_account_deletes_for_itself_is_told",
            "events::newsletters::a_post_is_told_edited_and_taken_back",
        ],
    ),
    (
        "message.undecryptable",
        &[
            "undecryptable::what_was_damaged_is_sent_again",
            "undecryptable::what_only_the_phone_was_given_comes_from_it",
            "undecryptable::what_is_to_be_seen_once_stays_on_the_phone",
            "undecryptable::who_does_not_answer_is_asked_on_request",
        ],
    ),
    ("poll.vote", &["events::done::a_vote_is_told_in_the_options_words"]),
    ("media.retry", &["received::a_file_that_is_gone_is_asked_for_at_its_sender"]),
    ("history.sync", &["history::the_phones_past_comes_in_pieces"]),
    ("session.status", &["events::sessions::a_sessions_life_is_told_step_by_step"]),
    ("auth.qr", &["events::sessions::a_sessions_life_is_told_step_by_step"]),
    ("auth.code", &["events::sessions::a_pair_code_is_told"]),
    (
        "auth.passkey",
        &[
            "passkey::a_session_is_paired_with_a_passkey",
            "passkey::a_passkey_that_does_not_work_leads_back_to_the_qr_code",
        ],
    ),
    (
        "presence.update",
        &[
            "presence::a_watched_contact_is_told_of_on_every_connection",
            "presence::a_watched_contact_is_told_of_by_the_next_host",
        ],
    ),
    ("chat.presence", &["presence::a_watched_contact_is_told_of_on_every_connection"]),
    (
        "group.update",
        &[
            "events::groups::a_groups_settings_are_told_with_who_set_them",
            "events::groups::several_changes_at_once_are_several_events",
            "events::communities::a_communitys_groups_are_told",
        ],
    ),
    (
        "group.participants",
        &[
            "events::members::members_come_rise_fall_and_go",
            "events::members::who_asks_to_be_let_in_is_told_to_admins",
            "events::members::a_members_new_number_is_told",
        ],
    ),
    (
        "contact.update",
        &[
            "events::contacts::how_a_contact_shows_itself_is_told",
            "events::contacts::what_a_contact_is_called_is_told",
            "events::contacts::who_a_contact_is_now_is_told",
            "events::contacts::who_is_blocked_on_the_phone_is_told",
            "events::contacts::how_long_messages_stay_is_told",
        ],
    ),
    (
        "call.incoming",
        &[
            "events::calls::a_call_rings_and_ends_as_it_did",
            "events::calls::a_groups_call_names_the_group",
            "events::calls::a_call_while_the_session_is_stopped_was_missed",
        ],
    ),
    (
        "newsletter.update",
        &[
            "events::newsletters::reactions_to_posts_are_counted",
            "events::newsletters::what_the_account_follows_elsewhere_is_told",
        ],
    ),
    ("label.update", &["events::labels::a_label_and_its_chats_are_told"]),
];

/// Whether every kind has a story, and every story of a row is among `told`, the names of all stories.
pub fn check(told: &[String]) -> Result<(), Failed> {
    let rows: Vec<&str> = PROOFS.iter().map(|(kind, _)| *kind).collect();
    let mut wrong: Vec<String> = Vec::new();
    if rows != EVENT_KINDS {
        wrong.push(format!(
            "a row for each kind of the contract, in its order: {EVENT_KINDS:?}, not {rows:?}"
        ));
    }
    let told: BTreeSet<&str> = told.iter().filter_map(|name| name.strip_prefix("e2e::")).collect();
    for (kind, stories) in PROOFS {
        if stories.is_empty() {
            wrong.push(format!("{kind} has no story"));
        }
        for story in stories {
            if !told.contains(story) {
                wrong.push(format!("{kind} is to be proved by {story}, which is not told"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
