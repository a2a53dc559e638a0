//! How fast a session sends, and in what manner: its record's [`Rate`].
//!
//! The budget is Redis's, so that it outlives hosts and holds for handlers too: an asynchronous send takes its share when it
//! is about to go out, and waits where there is none; a synchronous one took it at its admission, or was refused
//! (`contract/lua/budget.lua`). Sessions without a rate never ask.

use std::time::Duration;

use edgewire_contract::command::{Command, Live, SendMessage, Typing, TypingState};
use edgewire_contract::content::Content;
use edgewire_contract::jid::JidKind;
use edgewire_contract::session::Rate;
use edgewire_contract::{keys, script};
use edgewire_store::{Fence, Redis, StoreError};
use redis::FromRedisValue as _;
use tokio::time::sleep;
use tracing::debug;

use super::intake::Delivered;
use crate::clock::Clock;
use crate::wire::Wire;

/// The longest pause before a session's budget is asked again: its rate may be another by then.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The same for one chat.
const LONGEST_PAUSE_OF_A_CHAT: Duration = Duration::from_secs(600);

/// How long somebody writes before his first letter, and how long for each, ms.
const WRITES_FIRST: f64 = 600.0;
const WRITES_EACH: f64 = 40.0;
/// The longest that somebody writes, or records, ms. WhatsApp shows it for 25 s at most.
const WRITES_MOST: f64 = 8_000.0;

/// What a session's budget says to a send.
#[derive(Debug)]
pub enum Pace {
    /// It goes out, in this manner.
    Go(Manner),
    /// There is no share for it.
    Wait(Wait),
}

/// For how long there is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// For nothing that the session sends.
    Session(Duration),
    /// For what would be another new contact.
    Chat(Duration),
}

impl Wait {
    /// When to ask again.
    pub fn pause(self) -> Duration {
        match self {
            Self::Session(wait) => wait.min(LONGEST_PAUSE),
            Self::Chat(wait) => wait.min(LONGEST_PAUSE_OF_A_CHAT),
        }
    }
}

/// What is done before a message goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    jitter_ms: u32,
    typing: bool,
}

/// Takes a send's share of its session's budget.
///
/// # Errors
/// When Redis could not be asked.
pub async fn pace(
    redis: &Redis,
    fence: Fence,
    command: &Command,
    send: &SendMessage,
) -> Result<Pace, StoreError> {
    let (shard, session) = (fence.shard, &command.session);
    let script_keys = [
        fence.lease_key(),
        keys::session(shard, session),
        keys::spent(shard, session),
        keys::met(shard, session),
        keys::chats(shard, session),
        keys::chat_aliases(shard, session),
    ];
    let person = send.person().unwrap_or_default();
    let args = [fence.epoch.to_string(), command.id.to_string(), person.to_owned()];
    let answer = redis.run(&script::PACE, &script_keys, &args).await?;
    let (wait, limit, rate) = <(u64, String, String)>::from_redis_value(answer)
        .map_err(|e| StoreError::Answer(format!("what a budget says: {e}")))?;
    let wait = Duration::from_millis(wait);
    Ok(match limit.as_str() {
        "" => {
            let rate: Rate = serde_json::from_str(&rate).unwrap_or_default();
            Pace::Go(Manner { jitter_ms: rate.jitter_ms.unwrap_or(0), typing: rate.typing })
        }
        "new_contacts_per_day" => Pace::Wait(Wait::Chat(wait)),
        _ => Pace::Wait(Wait::Session(wait)),
    })
}

/// Waits for the time that a message was to be delayed by. It takes none of its session's turns meanwhile, and its file is
/// ready by now.
pub async fn delay(clock: &dyn Clock, delivered: &Delivered, send: &SendMessage) {
    let passed = clock.now_ms().saturating_sub(delivered.command.issued_at);
    let left = send.delay_ms.saturating_sub(u64::try_from(passed).unwrap_or(0));
    if left > 0 {
        sleep(Duration::from_millis(left)).await;
    }
}

impl Manner {
    /// Waits, and shows the recipient that somebody writes or records; says whether that took time. `chance` gives numbers
    /// from 0 to 1.
    pub async fn keep(self, wire: &dyn Wire, send: &SendMessage, chance: impl Fn() -> f64) -> bool {
        if self.jitter_ms > 0 {
            sleep(Duration::from_millis(self.jitter_ms.into()).mul_f64(chance())).await;
        }
        if let Some((state, time)) = shown(send, chance()).filter(|_| self.typing) {
            let typing = Live::Typing(Typing { chat: send.to.clone(), state });
            // Nobody misses it.
            if let Err(e) = wire.ask(&typing).await {
                debug!(error = ?e, "it could not be shown that somebody writes");
            }
            sleep(time).await;
        }
        self.jitter_ms > 0 || self.typing
    }
}

/// What the recipient sees before a message comes, and for how long.
fn shown(send: &SendMessage, chance: f64) -> Option<(TypingState, Duration)> {
    if !matches!(send.to.kind(), JidKind::Phone | JidKind::Lid | JidKind::Group) {
        return None;
    }
    let (state, letters) = match &send.content {
        Content::Text(text) => (TypingState::Composing, text.text.chars().count()),
        Content::Audio(audio) if audio.ptt => (TypingState::Recording, 60),
        Content::Image(image) => (TypingState::Composing, letters(image.caption.as_deref())),
        Content::Video(video) => (TypingState::Composing, letters(video.caption.as_deref())),
        Content::Document(document) => (TypingState::Composing, letters(document.caption.as_deref())),
        Content::Poll(poll) => (TypingState::Composing, letters(Some(&poll.name))),
        Content::Location(_) | Content::Contact(_) => (TypingState::Composing, 0),
        // A sticker, a reaction, a deletion: nobody writes them.
        _ => return None,
    };
    #[expect(clippy::cast_precision_loss, reason = "a text's length")]
    let time = (WRITES_FIRST + WRITES_EACH * letters as f64).min(WRITES_MOST);
    Some((state, Duration::from_secs_f64(time * (0.75 + 0.5 * chance) / 1000.0)))
}

fn letters(text: Option<&str>) -> usize {
    text.map_or(0, |text| text.chars().count())
}
