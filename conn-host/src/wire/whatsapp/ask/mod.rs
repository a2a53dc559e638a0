//! Live actions: each is one or a few of the library's calls, and gives what [`mod@edgewire_contract::answer`] has for it.
//!
//! * this file: which action is whose, and how long it may take;
//! * [`groups`] (with [`describe`]), [`contacts`], [`presence`], [`newsletters`], [`messages`]: the actions;
//! * [`errors`]: the library's errors as ours;
//! * [`jids`]: its addresses as ours, and back.

mod contacts;
mod describe;
mod errors;
mod groups;
mod jids;
mod messages;
mod newsletters;
mod presence;

use std::sync::Arc;
use std::time::Duration;

use edgewire_contract::command::Live;
use serde::Serialize;
use serde_json::Value;
use whatsapp_rust::Client;

use crate::wire::{AskError, Missed};

/// How long an action may take, all of its calls together: less than a caller waits.
pub(super) const ASK_WAIT: Duration = Duration::from_secs(25);

/// What an action gives.
type Told = Result<Option<Value>, AskError>;

/// Asks or tells WhatsApp something, within `limit`.
pub(super) async fn ask(client: &Arc<Client>, live: &Live, limit: Duration) -> Told {
    tokio::time::timeout(limit, carry_out(client, live)).await.unwrap_or(Err(AskError::Timeout))
}

/// Asks the writer of a message to send it once more, within `limit`.
pub(super) async fn request_retry(
    client: &Arc<Client>,
    missed: &Missed,
    limit: Duration,
) -> Result<(), AskError> {
    let asked = messages::request_retry(client, missed);
    tokio::time::timeout(limit, asked).await.unwrap_or(Err(AskError::Timeout))
}

async fn carry_out(client: &Arc<Client>, live: &Live) -> Told {
    match live {
        Live::Groups => groups::list(client).await,
        Live::Group { group } => groups::get(client, group).await,
        Live::CreateGroup(it) => groups::create(client, it).await,
        Live::UpdateGroup(it) => groups::update(client, it).await,
        Live::Participants(it) => groups::participants(client, it).await,
        Live::GroupInvite(it) => groups::invite(client, it).await,
        Live::InviteInfo { code } => groups::invite_info(client, code).await,
        Live::JoinGroup { code } => groups::join(client, code).await,
        Live::LeaveGroup { group } => groups::leave(client, group).await,
        Live::CheckContacts(it) => contacts::check(client, it).await,
        Live::ContactPicture(it) => contacts::picture(client, it).await,
        Live::BlockContact(it) => contacts::block(client, it).await,
        Live::Blocked => contacts::blocked(client).await,
        Live::SetPresence(it) => presence::set(client, it).await,
        Live::Typing(it) => presence::typing(client, it).await,
        Live::CreateNewsletter(it) => newsletters::create(client, it).await,
        Live::Newsletters => newsletters::list(client).await,
        Live::Newsletter { newsletter } => newsletters::get(client, newsletter).await,
        Live::NewsletterByInvite { code } => newsletters::by_invite(client, code).await,
        Live::FollowNewsletter { newsletter } => newsletters::follow(client, newsletter).await,
        Live::UnfollowNewsletter { newsletter } => newsletters::unfollow(client, newsletter).await,
        Live::NewsletterMessages(it) => newsletters::messages(client, it).await,
        Live::ReactToPost(it) => newsletters::react(client, it).await,
        Live::DeleteForMe(it) => messages::delete_for_me(client, it).await,
        Live::RequestHistory(it) => messages::request_history(client, it).await,
        Live::WatchPresence(it) => presence::watch(client, it).await,
        // `Wire::upload`, `Wire::download` and `Wire::request_retry`.
        Live::Upload(_) | Live::Download(_) | Live::RequestRetry(_) | Live::FetchMedia { .. } => {
            Err(AskError::Unsupported(live.name()))
        }
    }
}

/// `answer` as an action's result.
fn told(answer: &impl Serialize) -> Told {
    serde_json::to_value(answer).map(Some).map_err(|e| AskError::Failed(e.to_string()))
}
