//! What the server tells about accounts: a contact is another person's device now, has another number, another setting.

use anyhow::{Context, Result};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::{devices, groups};
use crate::phone::Phone;
use crate::stanza::{SERVER, empty};
use crate::state::queue::{Class, Queued};
use crate::state::{Addr, World};

/// The linked devices of the accounts that know this one.
pub fn knowers(world: &World, phone: &str) -> Vec<Addr> {
    let Some(account) = world.accounts.get(phone) else { return Vec::new() };
    let others = account.known_by.iter().filter(|knower| **knower != phone);
    others.filter_map(|knower| world.accounts.get(knower)).flat_map(linked).collect()
}

fn linked(account: &crate::state::Account) -> Vec<Addr> {
    account.all_devices().into_iter().filter(|device| device.device != 0).collect()
}

/// The account's own linked devices.
pub fn own(world: &World, phone: &str) -> Vec<Addr> {
    world.accounts.get(phone).map(linked).unwrap_or_default()
}

/// Tells these devices something about an account, or about the server when there is none.
pub fn tell(world: &mut World, about: Option<&str>, devices: &[Addr], kind: &'static str, what: &Node) {
    for target in devices {
        let id = world.fresh_id("not");
        let account = about.and_then(|phone| world.accounts.get(phone));
        let mut notice = NodeBuilder::new("notification").attr("type", kind);
        notice = match account {
            Some(account) => notice.attr("from", account.pn_jid()).attr("lid", account.lid_jid()),
            None => notice.attr("from", SERVER),
        };
        let notice = notice.attr("id", id).attr("t", world.now()).children([what.clone()]).build();
        world.enqueue(target, Queued::new(Class::Notification, &notice, None), notice);
    }
}

/// The person has a new phone, or installed the app anew: other keys, no linked devices, and whoever knows it is told.
pub fn reinstall(world: &mut World, phone: &str) -> Result<()> {
    for device in own(world, phone) {
        devices::unlink(world, &device);
    }
    let fresh = Phone::generate()?;
    let account = world.accounts.get_mut(phone).context("no such account")?;
    let old = std::mem::replace(&mut account.virtual_phone, fresh);
    account.virtual_phone.received = old.received;
    account.raw_id = rand::random::<u32>() >> 1;
    world.touch();
    let told = knowers(world, phone);
    tell(world, Some(phone), &told, "encrypt", &empty("identity"));
    Ok(())
}

/// A contact has another number from now on: the same person, another account. Groups and those who know it are told.
pub fn change_number(world: &mut World, old: &str, new: &str) -> Result<()> {
    let name = world.accounts.get(old).context("no such account")?.push_name.clone();
    for device in own(world, old) {
        devices::unlink(world, &device);
    }
    let told = knowers(world, old);
    let lid = world.create_account(Some(new.to_owned()), &name)?.lid_jid();
    let before = world.accounts.remove(old).context("no such account")?;
    world.lids.remove(&before.lid);
    if let Some(account) = world.accounts.get_mut(new) {
        account.known_by = before.known_by.clone();
        account.auto_read = before.auto_read;
        account.auto_reply.clone_from(&before.auto_reply);
    }
    let change = NodeBuilder::new("modify")
        .attr("old", Jid::pn(old))
        .attr("new", Jid::pn(new))
        .attr("old_lid", before.lid_jid())
        .attr("new_lid", lid)
        .build();
    tell(world, Some(new), &told, "contacts", &change);
    let member_of = world.groups.values().filter(|group| group.members.contains_key(old));
    let member_of: Vec<String> = member_of.map(|group| group.id.clone()).collect();
    for id in member_of {
        groups::members::renumber(world, &id, old, new);
    }
    world.touch();
    Ok(())
}

/// Something the server tells one account's clients about themselves.
pub fn dirty(world: &World, phone: &str, kind: &str) {
    let bit = NodeBuilder::new("dirty").attr("type", kind).attr("timestamp", world.now()).build();
    let stanza = NodeBuilder::new("ib").attr("from", SERVER).children([bit]).build();
    for device in own(world, phone) {
        world.send_live(&device, stanza.clone());
    }
}
