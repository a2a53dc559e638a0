//! Messages that linked devices cannot read: damaged on the way, or never given to them.

use serde::Deserialize;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::node::NodeContent;

use super::outbox::Sent;
use crate::stanza::{StanzaExt, empty};
use crate::state::conduct::Resend;
use crate::state::{Addr, World};

/// What is wrong with a message for the linked devices of its recipients. Phones get it as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The ciphertext is damaged.
    Broken,
    /// The server gives it to phones only.
    Unavailable,
    /// Phones only, because it is to be seen once.
    UnavailableViewOnce,
    /// Phones only, because it came over a hosted device.
    UnavailableHosted,
    /// Phones only, because a bot wrote it.
    UnavailableBot,
}

/// Whether a device is not given the message at all.
pub fn withholds(target: &Addr, sent: &Sent) -> bool {
    target.device != 0 && sent.trouble.is_some_and(|trouble| trouble != Trouble::Broken)
}

/// What a device gets in the place of this `<enc>`.
pub fn body(world: &mut World, target: &Addr, sent: &Sent, enc: Node) -> Node {
    let Some(trouble) = sent.trouble.filter(|_| target.device != 0) else { return enc };
    if withholds(target, sent)
        && let Some(account) = world.accounts.get_mut(&target.phone)
    {
        account.virtual_phone.withheld.insert(sent.id.clone());
    }
    match trouble {
        Trouble::Broken => damaged(enc),
        Trouble::Unavailable => empty("unavailable"),
        Trouble::UnavailableViewOnce => NodeBuilder::new("unavailable").attr("type", "view_once").build(),
        Trouble::UnavailableHosted => NodeBuilder::new("unavailable").attr("hosted", "true").build(),
        Trouble::UnavailableBot => empty("unavailable"),
    }
}

/// What stands beside the `<unavailable>`: a bot is named by a tag of its own.
pub fn beside(target: &Addr, sent: &Sent) -> Option<Node> {
    (sent.trouble == Some(Trouble::UnavailableBot) && target.device != 0).then(|| empty("bot"))
}

/// A message that is sent again, as the phone's conduct will have it.
pub fn again(conduct: Resend, enc: Node) -> Node {
    if conduct == Resend::Broken { damaged(enc) } else { enc }
}

/// How far from its end a ciphertext is damaged: in every kind of message that lies in what is authenticated.
const DAMAGED_FROM_END: usize = 11;

/// The same ciphertext with a byte near its end changed: whoever decrypts it finds that out.
fn damaged(mut enc: Node) -> Node {
    if let Some(mut bytes) = enc.body() {
        let at = bytes.len().saturating_sub(DAMAGED_FROM_END);
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 0x55;
        }
        enc.content = Some(NodeContent::Bytes(bytes));
    }
    enc
}
