//! Media: where to upload, the upload itself, the download. The server sees ciphertext only.
//!
//! - [`upload`] takes files as they come, keeps the beginning of broken ones, answers resume checks
//! - [`download`] gives them back
//!
//! Each account has its own `auth`, so that what it moves can be counted; nothing is refused for want of it.

pub mod download;
pub mod upload;

use http::request::Parts;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use crate::stanza::iq_result;
use crate::state::world::ConnId;
use crate::state::{Account, Addr, World};

/// Answers `<media_conn/>`: this very port.
pub fn media_conn(world: &World, conn: ConnId, addr: &Addr, node: &Node) -> Option<Node> {
    let host =
        NodeBuilder::new("host").attr("hostname", world.authority_for(conn)).attr("type", "primary").build();
    let conn = NodeBuilder::new("media_conn")
        .attr("auth", auth(world.accounts.get(&addr.phone)?))
        .attr("ttl", 21_600)
        .attr("auth_ttl", 21_600)
        .attr("max_buckets", 12)
        .children([host])
        .build();
    Some(iq_result(node, [conn]))
}

/// The credentials of an account on the media routes. No phone number: URLs end up in logs.
fn auth(account: &Account) -> String {
    format!("{}-{:08x}", account.lid, account.raw_id)
}

/// Whose credentials a request came with; empty when nobody's.
fn whose(world: &World, head: &Parts) -> String {
    let found = || {
        let given = parameter(head, "auth")?;
        let account = world.accounts.get(world.lids.get(given.split('-').next()?)?)?;
        (auth(account) == given).then(|| account.phone.clone())
    };
    found().unwrap_or_default()
}

/// A query parameter of a media request.
fn parameter(head: &Parts, name: &str) -> Option<String> {
    let pairs = head.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
}
