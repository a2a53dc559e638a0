//! A message as its sender asked for it, before it has ids: what the bodies of all send routes have in common. `schema`
//! describes them.

#[cfg(not(target_family = "wasm"))]
pub mod schema;

use edgewire_contract::command::{Mark, Quoted};
use edgewire_contract::content::single::Type;
use edgewire_contract::content::{Content, Kind};
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::fields::Fields;
use edgewire_contract::ids::BlobId;
use edgewire_contract::jid::Jid;
use edgewire_contract::media::{MediaKind, Source};
use edgewire_contract::shape::{
    Items, Moment, Parsed, Rule as _, choice, items, message_id, optional, person, recipient,
};

use crate::blob;
use crate::body::Document;
use crate::checks::Checks;
use crate::known::Known;

/// The most people that one message mentions. The largest group has 1024 members.
const MOST_MENTIONS: usize = 1024;

/// The rule of `mentions`.
pub const fn mentioned() -> Items<Parsed<Jid>> {
    items(person(), 0, MOST_MENTIONS)
}

/// What is asked for, by whatever route.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// A message.
    Message(Box<Draft>),
    /// A receipt for messages of others.
    Mark(Mark),
}

impl Asked {
    /// A message.
    pub fn message(draft: Draft) -> Self {
        Self::Message(Box::new(draft))
    }

    /// The blob of the file that it carries.
    pub fn blob(&self) -> Option<&BlobId> {
        match self {
            Self::Message(draft) => match &draft.content.media()?.1.source {
                Source::Blob(blob) => Some(&blob.blob),
                _ => None,
            },
            Self::Mark(_) => None,
        }
    }

    /// When it is to go out, unix ms, where that was said.
    pub fn send_at(&self) -> Option<i64> {
        match self {
            Self::Message(draft) => draft.send_at,
            Self::Mark(_) => None,
        }
    }

    /// Takes out the message that must be known.
    pub fn take_about(&mut self) -> Option<Known> {
        match self {
            Self::Message(draft) => draft.about.take(),
            Self::Mark(_) => None,
        }
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Where it goes.
    pub to: Jid,
    /// What it says.
    pub content: Content,
    /// The message that it answers.
    pub reply_to: Option<Quoted>,
    /// Whom it mentions.
    pub mentions: Vec<Jid>,
    /// The message that it is about, where that one must be known.
    pub about: Option<Known>,
    /// How long it waits before it goes out, ms.
    pub delay_ms: u64,
    /// When it is to go out, unix ms.
    pub send_at: Option<i64>,
}

impl Draft {
    /// A message without a quote.
    pub fn new(to: Jid, content: Content) -> Self {
        Self { to, content, reply_to: None, mentions: Vec::new(), about: None, delay_ms: 0, send_at: None }
    }

    /// It is only sent when that message is what it must be.
    #[must_use]
    pub fn about(mut self, known: Known) -> Self {
        self.about = Some(known);
        self
    }

    /// Reads the body of a kind's own route (snake_case). `None` after noting what is wrong.
    pub fn of_kind(kind: Kind, fields: &mut Fields<'_>) -> Option<Self> {
        let place = kind.to();
        let to = recipient().read(fields, place.field).and_then(|to| {
            if place.kinds.is_empty() || place.kinds.contains(&to.kind()) {
                return Some(to);
            }
            fields.note(place.field, place.message);
            None
        });
        let content = kind.read(fields);
        let send_at = optional(Moment::SECONDS).read(fields, "send_at");
        Some(Self { send_at: send_at?, ..Self::carrying(fields, to, content, Some(kind), "reply_to")? })
    }

    /// Reads the body of the single send endpoint (camelCase). `None` after noting what is wrong.
    pub fn of_type(fields: &mut Fields<'_>) -> Option<Self> {
        let it = choice::<Type>().read(fields, "type");
        let to = recipient().read(fields, "to");
        let content = it.and_then(|it| it.read(fields));
        let send_at = optional(Moment::MILLISECONDS).read(fields, "sendAt");
        let draft = Self::carrying(fields, to, content, it.map(Type::kind), "replyTo");
        Some(Self { send_at: send_at?, ..draft? })
    }

    /// Adds what WhatsApp carries in the kind. (Of an unknown kind all of it is read: it may be bad as well.)
    fn carrying(
        fields: &mut Fields<'_>,
        to: Option<Jid>,
        content: Option<Content>,
        kind: Option<Kind>,
        quote: &str,
    ) -> Option<Self> {
        let reply_to = if kind.is_none_or(Kind::quotes) { quoted(fields, quote) } else { Some(None) };
        let mentions = if kind.is_none_or(Kind::mentions) {
            mentioned().read(fields, "mentions")
        } else {
            Some(Vec::new())
        };
        let (reply_to, mentions) = (reply_to?, mentions?);
        Some(Self { reply_to, mentions, ..Self::new(to?, content?) })
    }

    /// Checks what the fields alone do not say: that a file may be of the type and the size that are known of it.
    ///
    /// # Errors
    /// 415, 413.
    pub fn check_media(&self) -> Result<(), Fault> {
        let Some((kind, media)) = self.content.media() else { return Ok(()) };
        check_type(kind, media.mimetype.as_deref())?;
        match media.source.known_bytes() {
            Some(bytes) if bytes > kind.max_bytes() => Err(blob::over(kind.max_bytes())),
            _ => Ok(()),
        }
    }
}

/// Checks that a file of a type that is said may be sent as `kind`.
///
/// # Errors
/// 415.
pub fn check_type(kind: MediaKind, mimetype: Option<&str>) -> Result<(), Fault> {
    let Some(mimetype) = mimetype.filter(|mimetype| !kind.takes(mimetype)) else { return Ok(()) };
    let message = format!("a file of type {mimetype} cannot be sent as {}", kind.as_str());
    Err(Fault::new(FaultCode::UnsupportedMediaType, message)
        .with("mimetype", mimetype)
        .with("supported", kind.types().to_vec()))
}

/// Reads the message that one answers. The outer `None` after noting what is wrong.
pub fn quoted(fields: &mut Fields<'_>, name: &str) -> Option<Option<Quoted>> {
    let id = optional(message_id()).read(fields, name)?;
    Some(id.map(|message_id| Quoted { message_id, sender: None }))
}

/// Reads a body with `reader`. The bad fields join those that `checks` has.
///
/// # Errors
/// 400 naming every bad field.
pub fn read<T>(
    body: &Document,
    checks: Checks,
    reader: impl FnOnce(&mut Fields<'_>) -> Option<T>,
) -> Result<T, Fault> {
    let (mut reader, mut value) = (Some(reader), None);
    read_by(body, checks, &mut |fields| value = reader.take().and_then(|reader| reader(fields)))?;
    // Without a bad field, there is what was read.
    value.ok_or_else(Fault::internal)
}

/// [`read`], once in a component and not once for each of its bodies.
fn read_by(
    body: &Document,
    mut checks: Checks,
    reader: &mut dyn FnMut(&mut Fields<'_>),
) -> Result<(), Fault> {
    let read = Fields::read_with(&body.json, &body.long, |fields| {
        reader(fields);
        Ok(())
    });
    checks.take(read)?;
    checks.finish()
}
