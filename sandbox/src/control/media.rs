//! Files on the media servers over the control surface: gone, damaged, there again.

use std::collections::BTreeSet;

use buffa::Message;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use waproto::whatsapp as wa;

use super::{Outcome, Refusal, parse};
use crate::phone::{history, media_retry};
use crate::server::Hub;
use crate::state::{Addr, World};

/// What a file that has expired is answered with, unless the call says otherwise.
const GONE: u16 = 410;

/// A file: by its path, or by the message that it came with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    direct_path: Option<String>,
    id: Option<String>,
    status: Option<u16>,
}

impl Which {
    fn paths(&self, world: &World) -> Result<BTreeSet<String>, Refusal> {
        let mut paths: BTreeSet<String> = self.direct_path.iter().cloned().collect();
        if let Some(id) = &self.id {
            paths.extend(world.accounts.keys().filter_map(|phone| path_of(world, phone, id)));
        }
        match paths.is_empty() {
            true => Err(Refusal::not_found("direct_path, or the id of a message with a file, is needed")),
            false => Ok(paths),
        }
    }
}

fn path_of(world: &World, phone: &str, id: &str) -> Option<String> {
    let past = history::find(world, &Addr::new(phone, 0), id)?;
    let content = wa::Message::decode_from_slice(past.content.0.as_slice()).ok()?;
    media_retry::file_of(&content).map(|file| file.direct_path)
}

/// `POST /admin/media/{what}`: expire, tamper, restore.
pub fn change(hub: &Hub, what: &str, body: &Bytes) -> Outcome {
    let which: Which = parse(body)?;
    let mut world = hub.lock();
    let paths = which.paths(&world)?;
    let status = which.status.unwrap_or(GONE);
    if !(400..=599).contains(&status) {
        return Err(Refusal::bad_request("status is 400 to 599"));
    }
    for path in &paths {
        match what {
            "expire" => world.media.expire(path, status),
            "tamper" => world.media.damage(path),
            "restore" => world.media.restore(path),
            _ => return Err(Refusal::not_found("expire, tamper or restore")),
        }
    }
    Ok(json!({ "direct_paths": paths }))
}
