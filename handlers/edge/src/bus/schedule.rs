//! Scheduled sends, before their time: [`Schedule`] is the part of the bus that reads them and takes them back.
//! `keys::due` says where they are; conn-host moves them into the queue (`enqueue.lua`).

use edgewire_contract::ids::{BlobId, CommandId, SessionId};
use edgewire_contract::outcome::Outcome;
use serde_json::Value;

use super::BusError;

/// What is scheduled.
#[expect(async_fn_in_trait, reason = "a component has one thread; nothing needs to be Send")]
pub trait Schedule {
    /// Scheduled commands of a session, in the order of `ids`; `None` for one that is not scheduled (any more).
    async fn scheduled(
        &self,
        session: &SessionId,
        ids: &[CommandId],
    ) -> Result<Vec<Option<Scheduled>>, BusError>;

    /// Takes the scheduled send of `outcome` back, with its file, and ends it so; `event` tells of that. `false` when it is
    /// not scheduled (any more).
    async fn unschedule(
        &self,
        outcome: &Outcome,
        blob: Option<&BlobId>,
        event: &str,
    ) -> Result<bool, BusError>;
}

/// A scheduled command's JSON, of which a handler looks at a few fields. (What reads a whole command, with every kind of
/// message, is 400 KB in a component.)
#[derive(Debug, Clone, PartialEq)]
pub struct Scheduled(pub Value);

impl Scheduled {
    /// A field of the command, and within.
    pub fn at(&self, path: &str) -> &Value {
        self.0.pointer(path).unwrap_or(&Value::Null)
    }

    /// The file that it owns.
    pub fn blob(&self) -> Option<BlobId> {
        fn find(value: &Value) -> Option<&str> {
            let fields = value.as_object()?;
            fields.get("blob").and_then(Value::as_str).or_else(|| fields.values().find_map(find))
        }
        find(self.at("/body/content")).and_then(|id| BlobId::parse(id).ok())
    }
}
