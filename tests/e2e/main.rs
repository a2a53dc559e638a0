//! The end-to-end stories, told to the real processes. `cargo xtask test e2e::` builds those and runs these.
//!
//! Stories that only use the gateway share one world, each with an organization of its own, and run side by side;
//! stories that hurt it have a world to themselves. This program has its own `main`, so that the shared world is taken
//! down when the last story is over, whatever became of it.

mod access;
mod bad_days;
mod bad_input;
mod baileys;
mod chat_state;
mod chats;
mod cluster;
mod contact;
mod damaged;
mod device;
mod events;
mod forget;
mod history;
mod idempotency;
mod isolation;
mod keys;
mod kills;
mod kinds;
mod live;
mod login;
mod media;
mod media_store;
mod messages;
mod network;
mod openapi;
mod pace;
mod pairing;
mod passkey;
mod presence;
mod receipts;
mod receive;
mod received;
mod redis_line;
mod restarts;
mod retries;
mod samples;
mod send;
mod sentinel;
mod stage;
mod status;
mod trust;
mod undecryptable;
mod up;
mod webhooks;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

use crate::events::{
    calls, communities, contacts, done, elsewhere, groups, labels, members, newsletters, order, parts,
    proofs, said, sessions,
};
use crate::receive::{readers, reconnects, slow};
use crate::stage::{Stage, alone, shared};

/// Names each story by its path, below `in` where that is said.
macro_rules! stories {
    ($stage:ident, $how:ident: $($stories:tt)*) => { stories![$stage, $how in "": $($stories)*] };
    ($stage:ident, $how:ident in $path:literal: $($module:ident :: { $($story:ident),* $(,)? })*) => {
        [$($($how(&$stage, concat!("e2e::", $path, stringify!($module), "::", stringify!($story)), $module::$story)),*),*]
    };
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let stage = Arc::new(Stage::new());
    let mut trials = Vec::new();
    trials.extend(stories![stage, shared:
        pairing::{
            a_scanned_qr_connects_the_session,
            a_typed_pair_code_connects_the_session,
            a_paired_session_stops_and_connects_without_a_new_pairing,
            a_deleted_session_is_unlinked_and_forgotten,
        }
        passkey::{
            a_session_is_paired_with_a_passkey,
            a_passkey_that_does_not_work_leads_back_to_the_qr_code,
        }
        presence::{ a_watched_contact_is_told_of_on_every_connection }
        chat_state::{
            a_chat_is_unread_until_it_is_read_anywhere,
            a_chat_that_is_read_over_the_gateway_is_not_unread,
            a_chat_is_archived_on_the_phone,
            who_was_blocked_meanwhile_is_told_once,
        }
        send::{
            a_sync_text_is_decrypted_exactly_as_it_was_sent,
            an_async_text_is_queued_then_sent,
            the_route_per_kind_answers_in_its_own_shape,
            an_idempotency_key_sends_once,
            receipts_come_back_as_message_status,
            a_refused_text_says_so,
            a_reply_quotes,
        }
        receive::{
            a_text_becomes_an_event_and_can_be_replayed,
            a_long_poll_gives_the_same_events,
            nobody_else_sees_an_event,
            a_text_that_comes_while_the_session_is_stopped_is_not_lost,
        }
        reconnects::{ a_reader_that_breaks_off_ends_with_every_event_once }
        received::{
            a_received_file_is_given_in_whole_and_in_part,
            a_file_that_was_changed_on_its_way_is_refused,
            a_file_that_is_gone_is_asked_for_at_its_sender,
        }
        network::{
            a_socket_that_drops_under_a_send_sends_it_once,
            a_restart_that_whatsapp_wants_is_followed,
            a_connection_that_is_replaced_does_not_come_back_at_once,
            a_ban_is_told_with_its_reason_and_ends,
            a_refused_login_is_repeated,
        }
        status::{
            a_status_only_goes_forward,
            what_was_read_was_delivered,
            what_whatsapp_refuses_has_failed,
            a_groups_status_is_its_first_members,
            a_message_is_found_by_number_and_by_lid,
        }
        receipts::{
            a_writer_is_told_as_he_wrote,
            in_a_group_the_writer_is_named,
            the_device_that_wrote_is_asked_again,
        }
        undecryptable::{
            what_was_damaged_is_sent_again,
            what_only_the_phone_was_given_comes_from_it,
            what_is_to_be_seen_once_stays_on_the_phone,
            who_does_not_answer_is_asked_on_request,
        }
        history::{
            the_phones_past_comes_in_pieces,
            a_request_for_history_can_be_wrong,
            a_silent_phone_is_no_error,
        }
        pace::{
            a_message_goes_out_at_its_time,
            a_scheduled_message_is_taken_back_with_its_file,
            over_its_budget_who_waits_is_refused_and_what_does_not_waits,
        }
        chats::{ a_chat_is_walked_through_in_both_orders }
        forget::{ a_deleted_session_leaves_no_key }
        keys::{ every_key_is_in_the_table }
        media::{
            no_file_is_fetched_from_this_machine,
            audio_becomes_a_voice_note,
            an_uploaded_file_is_sent_without_another_upload,
            a_large_file_goes_through_a_small_component,
        }
        device::{
            every_kind_is_sent_and_measured,
            a_text_quotes_and_mentions,
            a_clip_that_turns_out_to_be_long_is_a_job,
            a_pause_comes_before_the_message,
            a_sent_text_is_edited_and_deleted,
            what_is_deleted_for_me_is_only_gone_here,
            a_device_is_paired_stopped_and_connected,
            one_of_several_devices_is_named,
            each_refusal_has_the_familys_form,
            what_belongs_to_others_is_no_device,
        }
        messages::{
            a_text_is_edited_and_deleted,
            a_message_is_reacted_to_and_voted_on,
            a_stored_message_is_forwarded_as_it_is,
            what_was_read_is_told_to_its_writer,
        }
        live::{
            a_group_is_made_changed_and_left,
            a_group_is_joined_by_its_invite,
            contacts_are_looked_up_and_blocked,
            presence_and_typing_are_seen,
            a_newsletter_is_made_and_read,
            a_newsletter_is_followed_and_left,
        }
        webhooks::{
            a_text_reaches_the_webhook_signed,
            a_failed_delivery_comes_again,
            a_webhook_is_made_tried_changed_and_deleted,
            what_nobody_took_is_listed_and_sent_again,
            a_session_has_webhooks_of_its_own,
            a_device_sets_its_webhook,
            a_webhook_leads_nowhere_inside,
        }
        bad_input::{
            without_a_good_token_nothing_is_told,
            a_token_does_what_it_may_and_no_more,
            what_belongs_to_others_does_not_exist,
            a_session_that_was_never_paired_cannot_send,
            every_bad_field_is_named,
            the_route_per_kind_names_every_bad_field_too,
            a_body_over_the_limit_is_refused,
            a_taken_session_id_is_a_conflict,
            a_request_id_is_kept,
        }
    ]);
    trials.extend(stories![stage, shared: kinds::{ every_kind_is_decrypted_as_it_was_sent }]);
    trials.extend(stories![stage, shared in "events::":
        said::{
            a_text_names_everybody_by_every_address,
            a_reply_quotes_and_mentions,
            a_file_is_a_pointer_and_never_bytes,
            a_files_facts_are_told_without_its_thumbnail,
        }
        parts::{
            every_part_of_a_message_is_told,
            a_comment_and_a_pin_name_their_message,
        }
        done::{
            a_reaction_names_what_it_is_to,
            an_edit_says_what_the_message_is_now,
            nobody_changes_what_another_wrote,
            a_deletion_says_whose_it_is,
            a_vote_is_told_in_the_options_words,
        }
        elsewhere::{
            what_the_account_writes_on_its_phone_is_told,
            what_the_account_deletes_for_itself_is_told,
        }
        order::{
            what_comes_twice_is_told_once,
            what_waited_is_told_in_its_order,
        }
        groups::{
            a_groups_settings_are_told_with_who_set_them,
            several_changes_at_once_are_several_events,
        }
        members::{
            members_come_rise_fall_and_go,
            who_asks_to_be_let_in_is_told_to_admins,
            a_members_new_number_is_told,
        }
        communities::{
            what_is_encrypted_in_announcements_is_told_openly,
            a_communitys_groups_are_told,
        }
        contacts::{
            how_a_contact_shows_itself_is_told,
            what_a_contact_is_called_is_told,
            who_a_contact_is_now_is_told,
            who_is_blocked_on_the_phone_is_told,
            how_long_messages_stay_is_told,
        }
        calls::{
            a_call_rings_and_ends_as_it_did,
            a_groups_call_names_the_group,
            a_call_while_the_session_is_stopped_was_missed,
        }
        newsletters::{
            a_post_is_told_edited_and_taken_back,
            a_posts_file_is_got_as_every_file_is,
            reactions_to_posts_are_counted,
            what_the_account_follows_elsewhere_is_told,
        }
        labels::{ a_label_and_its_chats_are_told }
        sessions::{
            a_sessions_life_is_told_step_by_step,
            a_pair_code_is_told,
        }
    ]);
    let told = stories![stage, shared:
        baileys::{
            texts_and_receipts_go_both_ways,
            media_arrive_byte_for_byte,
            polls_are_voted_on_both_ways,
            a_message_is_reacted_to_edited_and_revoked,
            every_kind_arrives_as_it_was_sent,
            what_another_client_does_is_told,
        }
        kinds::{ every_kind_reaches_a_client_of_another_make }
    ];
    let skipped = harness::baileys::Baileys::skipped();
    trials.extend(told.into_iter().map(|trial| trial.with_ignored_flag(skipped)));
    let told = stories![stage, alone:
        openapi::{
            the_document_is_one,
            a_gateway_does_what_the_document_says,
        }
    ];
    let skipped = harness::schemathesis::skipped();
    trials.extend(told.into_iter().map(|trial| trial.with_ignored_flag(skipped)));
    let told = stories![stage, alone:
        media_store::{ a_fetched_file_outlives_the_cache_and_whatsapps_servers }
    ];
    let skipped = harness::s3::S3::skipped();
    trials.extend(told.into_iter().map(|trial| trial.with_ignored_flag(skipped)));
    trials.extend(stories![stage, alone:
        media::{
            a_file_is_fetched_prepared_and_arrives,
            a_host_that_dies_after_the_upload_uploads_once,
            the_largest_document_costs_little_memory,
        }
        device::{ a_long_clip_is_a_job_and_the_same_key_the_same_job }
        slow::{
            a_reader_that_takes_nothing_is_cut_off_and_comes_back,
            a_reader_who_was_away_too_long_is_told_so,
        }
        readers::{ a_thousand_readers_get_an_event_each }
        damaged::{
            a_session_whose_device_is_damaged_is_set_aside_and_no_other,
            a_peer_whose_keys_are_damaged_gets_his_messages,
        }
        redis_line::{
            cuts_and_lost_answers_lose_and_double_nothing,
            a_slow_redis_costs_time_only,
            what_a_killed_redis_had_confirmed_is_there,
            nobody_is_left_out_because_his_keys_could_not_be_read,
            a_send_under_way_as_its_connection_ends_goes_out_on_the_next,
        }
        pace::{ what_is_due_while_no_host_runs_goes_out_then }
        bad_days::{
            redis_goes_away_and_comes_back,
            redis_is_full_and_is_emptied,
            what_a_full_redis_keeps_goes_out_once_it_is_emptied,
            conn_host_goes_away_and_comes_back,
        }
        network::{ a_socket_that_says_nothing_is_noticed }
        idempotency::{
            fifty_callers_at_two_gateways_send_once,
            a_key_is_one_message_across_a_crash,
        }
        kills::{
            one_of_two_hosts_ends_at_each_step,
            the_only_host_ends_and_comes_back,
            a_host_that_was_frozen_leaves_no_trace,
            three_hosts_are_replaced_under_load,
        }
        retries::{
            another_host_answers_who_asks_again,
            what_the_library_has_forgotten_is_answered_from_what_is_kept,
        }
        chats::{ chats_are_read_while_no_host_is_alive }
        restarts::{
            a_restarted_conn_host_reconnects_and_sends,
            a_restarted_redis_loses_nothing,
            a_restarted_machine_reconnects_and_sends,
            two_hosts_share_the_sessions,
        }
        cluster::{
            a_gateway_on_three_nodes_does_what_one_does,
            slots_move_under_traffic,
            a_node_ends_and_comes_back,
            a_node_ends_and_its_replica_takes_over,
        }
        sentinel::{
            a_primary_ends_and_its_replica_takes_over,
            what_waits_for_a_host_outlives_the_primary,
            a_primary_that_lives_on_as_a_replica_is_left,
        }
        presence::{ a_watched_contact_is_told_of_by_the_next_host }
        access::{
            a_key_is_made_used_and_revoked,
            an_expired_key_is_refused_and_forgotten,
            a_disabled_organization_is_shut_until_it_is_enabled,
            an_organization_that_is_made_again_has_nothing_of_the_one_before,
            a_users_token_is_good_for_the_device_api,
        }
        isolation::{
            nobody_reaches_what_is_anothers,
            what_is_anothers_takes_as_long_as_nothing,
        }
        login::{
            a_login_does_what_its_role_may,
            a_key_that_the_provider_changes_is_found_without_a_restart,
            a_login_ends_with_its_organization_and_its_user,
            a_login_that_nobody_can_verify_is_no_refusal,
            where_no_logins_are_taken_a_jwt_is_nobodys_token,
        }
        trust::{
            an_ordinary_build_has_no_door_to_the_sandbox,
            an_ordinary_build_does_not_take_over_the_sandboxes_sessions,
            an_ordinary_build_does_not_trust_the_sandbox,
        }
        up::{
            up_starts_everything_and_stops_it,
            a_dead_conn_host_is_started_again,
        }
    ]);
    let told: Vec<String> = trials.iter().map(|trial| trial.name().to_owned()).collect();
    trials.push(Trial::test("e2e::events::proofs::every_kind_of_event_has_its_story", move || {
        proofs::check(&told)
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(stage);
    conclusion.exit_code()
}
