//! The library's errors as ours.
//!
//! What WhatsApp refused is told by its code; the rest of the chain only by what it is: a timeout, a lost connection, or
//! a failure. Two things the library hides in text are looked up there: the code of a GraphQL (`w:mex`) refusal, and a
//! newsletter that does not exist.

use std::error::Error as StdError;

use whatsapp_rust::socket::error::{EncryptSendError, SocketError};
use whatsapp_rust::{
    AppStateError, BlockingError, ChatStateError, ClientError, ContactError, ErrorChainExt as _, GroupError,
    MexError, NewsletterError, PresenceError,
};

use crate::wire::AskError;

/// What an action is about: its errors name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    /// What is not found.
    what: &'static str,
    /// The field that is bad when WhatsApp calls the request so.
    field: &'static str,
    /// Whether it is an invite: one that WhatsApp does not take (any more) is a bad field, too.
    invite: bool,
}

/// A thing that is not found, or a field that is bad.
pub(super) const fn about(what: &'static str, field: &'static str) -> About {
    About { what, field, invite: false }
}

/// A group.
pub(super) const GROUP: About = about("group", "group");
/// An invite to a group.
pub(super) const INVITE: About = About { what: "group", field: "invite", invite: true };
/// A contact.
pub(super) const CONTACT: About = about("contact", "jid");
/// A newsletter.
pub(super) const NEWSLETTER: About = about("newsletter", "newsletter");
/// A newsletter's post.
pub(super) const POST: About = about("post", "serverId");
/// A chat.
pub(super) const CHAT: About = about("chat", "chat");
/// A message.
pub(super) const MESSAGE: About = about("message", "message_ids");

impl About {
    /// Of the same thing, with another field that may be bad.
    pub(super) const fn at(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    /// What a refusal with `code` means.
    pub(super) fn refused(self, code: u16, text: &str) -> AskError {
        let why = || match (text.trim(), code) {
            ("", 400) => "bad request".to_owned(),
            ("", 401 | 403) => "not allowed".to_owned(),
            ("", 409) => "conflict".to_owned(),
            ("", 429) => "too many requests".to_owned(),
            ("", _) => "refused".to_owned(),
            (text, _) => text.to_owned(),
        };
        match code {
            400 | 404 | 406 | 409 | 410 if self.invite => {
                AskError::Invalid(self.field, "is no invite, or one that has expired or was revoked".into())
            }
            400 | 406 => AskError::Invalid(self.field, format!("WhatsApp does not take it ({})", why())),
            401 | 403 | 405 => AskError::Forbidden(why()),
            404 => AskError::NotFound(self.what),
            408 => AskError::Timeout,
            code => AskError::Refused { code, why: why() },
        }
    }

    /// What `error` means, by its chain.
    pub(super) fn chain(self, error: &(dyn StdError + 'static)) -> AskError {
        if error.is_timeout() {
            return AskError::Timeout;
        }
        if error.is_transport_unavailable() || sources(error).any(is_lost) {
            return AskError::NotConnected;
        }
        if let Some(rejection) = error.server_rejection() {
            return self.refused(rejection.code, rejection.text);
        }
        match sources(error).find_map(graphql) {
            Some((code, text)) => self.refused(code, &text),
            None => AskError::Failed(causes(error)),
        }
    }

    /// Of a group's call.
    pub(super) fn group(self, error: GroupError) -> AskError {
        match error {
            GroupError::InvalidRequest(why) => AskError::Invalid(self.field, why),
            GroupError::DescriptionConflict => AskError::Refused { code: 409, why: error.to_string() },
            other => self.chain(&other),
        }
    }

    /// Of a contact's call.
    pub(super) fn contact(self, error: ContactError) -> AskError {
        match error {
            ContactError::InvalidJid(why) => AskError::Invalid(self.field, why),
            other => self.chain(&other),
        }
    }

    /// Of a call to the blocklist.
    pub(super) fn blocking(self, error: BlockingError) -> AskError {
        match error {
            BlockingError::InvalidJid(_) => AskError::NotFound(self.what),
            other => self.chain(&other),
        }
    }

    /// Of a newsletter's call.
    pub(super) fn newsletter(self, error: NewsletterError) -> AskError {
        match &error {
            NewsletterError::InvalidRequest(why) if is_no_newsletter(why) => AskError::NotFound(self.what),
            other => self.chain(other),
        }
    }

    /// Of a presence. An account's name comes with the first synchronisation: until then it is not ready.
    pub(super) fn presence(self, error: PresenceError) -> AskError {
        match error {
            PresenceError::PushNameEmpty => AskError::NotConnected,
            other => self.chain(&other),
        }
    }

    /// Of what is shown to a chat.
    pub(super) fn typing(self, error: ChatStateError) -> AskError {
        self.chain(&error)
    }

    /// Of what the account's own devices are told.
    pub(super) fn app_state(self, error: AppStateError) -> AskError {
        match error {
            AppStateError::InvalidRequest(why) => AskError::Invalid(self.field, why),
            other => self.chain(&other),
        }
    }
}

/// An error and its causes, nearest first.
fn sources<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The socket broke, or nobody is logged in on it: the library does not count all of these as a lost connection.
fn is_lost(cause: &(dyn StdError + 'static)) -> bool {
    cause.is::<SocketError>()
        || cause.is::<EncryptSendError>()
        || matches!(cause.downcast_ref(), Some(ClientError::NotLoggedIn))
}

/// The code and the text of a GraphQL refusal. The library has a type for it, but gives out a line of text:
/// `MEX fatal error (query=…, code=404): item-not-found`.
fn graphql(cause: &(dyn StdError + 'static)) -> Option<(u16, String)> {
    if let Some(MexError::ExtensionError { code, message }) = cause.downcast_ref() {
        return Some((u16::try_from(*code).ok()?, message.clone()));
    }
    let line = cause.to_string();
    let (head, text) = line.strip_prefix("MEX fatal error (")?.split_once("): ")?;
    let code = head.rsplit_once("code=")?.1.parse().ok()?;
    Some((code, text.to_owned()))
}

/// What the library says when the answer has `null` for the newsletter.
fn is_no_newsletter(why: &str) -> bool {
    why.starts_with("newsletter not found")
        || why.starts_with("failed to join newsletter")
        || why.starts_with("failed to leave newsletter")
}

/// Every cause once: a wrapping error of the library says what it wraps.
fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in sources(error) {
        let text = cause.to_string();
        if said.last() != Some(&text) {
            said.push(text);
        }
    }
    said.join(": ")
}

#[cfg(test)]
mod tests;
