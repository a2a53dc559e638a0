//! What is asked of WhatsApp at once: an action of each kind.

use edgewire_contract::command::{
    Action, BlockContact, CheckContacts, ContactPicture, CreateGroup, CreateNewsletter, DeleteForMe,
    Download, GroupChange, GroupInvite, Live, Mode, NewsletterMessages, ParticipantChange, Participants,
    ReactToPost, RequestHistory, RequestRetry, SetPresence, Typing, TypingState, UpdateGroup, Upload,
    WatchPresence,
};
use edgewire_contract::media::MediaKind;

use crate::commands::{blob, command, uploaded};
use crate::{jid, message_id, pinned};

#[test]
fn live_actions() {
    let (group, newsletter) = (jid("120363000000000000@g.us"), jid("120363000000000000@newsletter"));
    let person = jid("628123456789");
    let (group2, person2) = (group.clone(), person.clone());
    let code = "AbCdEfGhIjKlMnOpQrStUv".to_owned();
    let change = GroupChange { subject: Some("Club".into()), announce: Some(true), ..GroupChange::default() };
    let actions = [
        ("groups", Live::Groups),
        ("group", Live::Group { group: group.clone() }),
        (
            "create_group",
            Live::CreateGroup(CreateGroup {
                subject: "Club".into(),
                description: Some("About".into()),
                participants: vec![person.clone()],
            }),
        ),
        ("update_group", Live::UpdateGroup(UpdateGroup { group: group.clone(), change })),
        (
            "participants",
            Live::Participants(Participants {
                group: group.clone(),
                change: ParticipantChange::Promote,
                participants: vec![person.clone()],
            }),
        ),
        ("group_invite", Live::GroupInvite(GroupInvite { group: group.clone(), reset: true })),
        ("invite_info", Live::InviteInfo { code: code.clone() }),
        ("join_group", Live::JoinGroup { code: code.clone() }),
        ("leave_group", Live::LeaveGroup { group }),
        ("check_contacts", Live::CheckContacts(CheckContacts { phones: vec!["628123456789".into()] })),
        ("contact_picture", Live::ContactPicture(ContactPicture { jid: person.clone(), preview: false })),
        ("block_contact", Live::BlockContact(BlockContact { jid: person.clone(), block: true })),
        ("blocked", Live::Blocked),
        ("set_presence", Live::SetPresence(SetPresence { available: true })),
        ("typing", Live::Typing(Typing { chat: person.clone(), state: TypingState::Composing })),
        (
            "create_newsletter",
            Live::CreateNewsletter(CreateNewsletter { name: "News".into(), description: None }),
        ),
        ("newsletters", Live::Newsletters),
        ("newsletter", Live::Newsletter { newsletter: newsletter.clone() }),
        ("newsletter_by_invite", Live::NewsletterByInvite { code }),
        ("follow_newsletter", Live::FollowNewsletter { newsletter: newsletter.clone() }),
        ("unfollow_newsletter", Live::UnfollowNewsletter { newsletter: newsletter.clone() }),
        (
            "newsletter_messages",
            Live::NewsletterMessages(NewsletterMessages {
                newsletter: newsletter.clone(),
                count: 20,
                before: Some(100),
            }),
        ),
        ("react_to_post", Live::ReactToPost(ReactToPost { newsletter, server_id: 42, emoji: "👍".into() })),
        (
            "delete_for_me",
            Live::DeleteForMe(DeleteForMe { chat: person, message_id: message_id(), sender: None }),
        ),
        (
            "request_retry",
            Live::RequestRetry(RequestRetry {
                chat: group2,
                sender: person2.clone(),
                message_ids: vec![message_id()],
            }),
        ),
        (
            "request_history",
            Live::RequestHistory(RequestHistory {
                chat: person2.clone(),
                message_id: message_id(),
                from_me: true,
                timestamp: 1_781_524_800_000,
                count: 50,
            }),
        ),
        ("watch_presence", Live::WatchPresence(WatchPresence { jid: person2, watch: true })),
        (
            "upload",
            Live::Upload(Upload { blob: blob(), kind: MediaKind::Image, mimetype: Some("image/png".into()) }),
        ),
        ("fetch_media", Live::FetchMedia { message: message_id() }),
        ("download", Live::Download(Download { uploaded: uploaded(), kind: MediaKind::Document })),
    ];
    for (name, live) in actions {
        let asked = serde_json::to_value(&live).unwrap();
        assert_eq!(asked["ask"], name);
        pinned(&format!("command.live.{name}"), &command(Action::Live(live), Mode::Sync));
    }
}
