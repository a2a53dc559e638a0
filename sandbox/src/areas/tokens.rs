//! Tokens of trusted contacts, and proofs made with a sender's salt: what opens a restricted account.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wacore_appstate::schemas;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, Server};
use waproto::whatsapp as wa;

use super::app_state;
use crate::phone::history;
use crate::stanza::StanzaExt;
use crate::state::queue::{Class, Queued};
use crate::state::{Addr, World};

/// The refusal of a message from a stranger.
pub const STRANGER: u16 = 463;

/// The token that one account gave another; the same every time.
fn token(world: &World, issuer: &str, target: &str) -> Option<Vec<u8>> {
    let raw_id = world.accounts.get(issuer)?.raw_id;
    Some(Sha256::digest(format!("{raw_id}|{issuer}|{target}").as_bytes()).to_vec())
}

/// `<tokens>` of a client: it trusts these contacts.
pub fn issue_all(world: &mut World, issuer: &Addr, tokens: &Node) {
    for token in tokens.kids() {
        let Some(target) = token.jid("jid").and_then(|jid| world.phone_of(&jid)) else { continue };
        issue(world, &issuer.phone, &target, token.text("t"));
    }
}

/// One account trusts another: the other's devices get the token.
pub fn issue(world: &mut World, issuer: &str, target: &str, time: Option<String>) {
    let Some(value) = token(world, issuer, target) else { return };
    let Some(account) = world.accounts.get(issuer) else { return };
    let (pn, lid) = (account.pn_jid(), account.lid_jid());
    let time = time.unwrap_or_else(|| world.now().to_string());
    let devices = world.accounts.get(target).map(|a| a.all_devices()).unwrap_or_default();
    for device in devices.into_iter().filter(|device| device.device != 0) {
        let id = world.fresh_id("tok");
        let content = NodeBuilder::new("token")
            .attr("type", "trusted_contact")
            .attr("t", time.as_str())
            .bytes(value.clone());
        let notice = NodeBuilder::new("notification")
            .attr("type", "privacy_token")
            .attr("from", pn.clone())
            .attr("sender_lid", lid.clone())
            .attr("id", id)
            .attr("t", world.now())
            .children([NodeBuilder::new("tokens").children([content.build()]).build()])
            .build();
        world.enqueue(&device, Queued::new(Class::Notification, &notice, None), notice);
    }
}

/// Whether `sender` may do this to `recipient`: what it shows is under `shown`.
pub fn admits(world: &World, recipient: &str, sender: &str, shown: Option<&Node>) -> bool {
    let (Some(account), Some(other)) = (world.accounts.get(recipient), world.accounts.get(sender)) else {
        return true;
    };
    if recipient == sender || !account.guard.restricted {
        return true;
    }
    let part = |name: &str| shown.and_then(|node| node.child(name)).and_then(StanzaExt::body);
    let trusted = part("tctoken").is_some_and(|shown| token(world, recipient, sender) == Some(shown));
    let proved = part("cstoken").is_some_and(|shown| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&other.guard.salt.0) else { return false };
        mac.update(account.lid_jid().to_string().as_bytes());
        mac.verify_slice(&shown).is_ok()
    });
    (account.guard.tc_enabled && trusted) || (account.guard.cs_enabled && proved)
}

/// A new client gets the account's salt, the way the account has it.
pub fn deliver_salt(world: &mut World, companion: &Addr) {
    let Some(guard) = world.accounts.get(&companion.phone).map(|account| account.guard.clone()) else {
        return;
    };
    let own = Addr::new(&*companion.phone, 0);
    if guard.nct_syncd_delivery {
        let written = world.accounts.get(&companion.phone).is_some_and(|account| {
            let entries = account.app_state.entries(schemas::NCT_SALT_SYNC.collection.as_str());
            entries
                .iter()
                .any(|(index, _)| index.first().is_some_and(|name| name == schemas::NCT_SALT_SYNC.name))
        });
        let action = wa::sync_action_value::NctSaltSyncAction { salt: Some(guard.salt.0.clone()) };
        let value = wa::SyncActionValue {
            timestamp: Some(world.now() * 1000),
            nct_salt_sync_action: buffa::MessageField::some(action),
            ..Default::default()
        };
        if !written {
            app_state::write(world, &own, &schemas::NCT_SALT_SYNC, &[], &value);
        }
    }
    if guard.nct_history_delivery {
        let sync = wa::HistorySync {
            sync_type: wa::history_sync::HistorySyncType::INITIAL_BOOTSTRAP,
            nct_salt: Some(guard.salt.0),
            ..Default::default()
        };
        let kind = wa::message::HistorySyncType::INITIAL_BOOTSTRAP;
        if let Err(error) = history::share(world, &own, companion, Server::Pn, kind, sync, None) {
            tracing::warn!("handing out a salt: {error:#}");
        }
    }
}
