//! A small WhatsApp: an account with a linked device that is there, and a contact.

use edgewire_sandbox::server::Hub;
use edgewire_sandbox::state::account::Device;
use edgewire_sandbox::state::blob::Blob;
use edgewire_sandbox::state::world::{Conn, ConnId, Out, Peer};
use edgewire_sandbox::state::{Addr, World, blob::SavedKeyPair};
use tokio::sync::{mpsc, watch};

/// Whose device it is.
pub const ACCOUNT: &str = "628123456789";
/// A contact.
pub const CONTACT: &str = "628111111111";

/// A hub, the device's connection, and what is written to it.
pub fn hub() -> (Hub, ConnId, mpsc::UnboundedReceiver<Out>) {
    let (dirty, _) = watch::channel(0);
    let mut world = World::new(keys(), dirty);
    for phone in [ACCOUNT, CONTACT] {
        world.create_account(Some(phone.to_owned()), "Ada").expect("an account of a good number");
    }
    let addr = Addr::new(ACCOUNT, 1);
    if let Some(account) = world.accounts.get_mut(ACCOUNT) {
        let device = Device {
            id: 1,
            noise_public: Blob(vec![1; 32]),
            identity: Blob::default(),
            key_index: 1,
            keys: None,
            key_shared: false,
            queue: Default::default(),
            logins: 1,
        };
        account.devices.insert(1, device);
        account.next_device = 2;
    }
    let (tx, written) = mpsc::unbounded_channel();
    let conn = world.fresh_number();
    let (freeze, _) = watch::channel(false);
    world.conns.insert(conn, Conn { peer: Peer::Device(addr.clone()), host: None, tx, active: true, freeze });
    world.online.insert(addr, conn);
    (Hub::new(world, String::new()), conn, written)
}

/// The server's Noise key: always the same.
pub fn keys() -> SavedKeyPair {
    const PAIR: &str =
        r#"["oBLTDE6njrvlM0akY2UDDeqfTSi/gQEfIvIc/4FnEmI=", "9EXXvkVQZnvRyjSJt+d7W/C0DYvAWd1QwzMO592YOmY="]"#;
    serde_json::from_str(PAIR).expect("a key pair in base64")
}
