//! Every method of the library's storage traits, checked against the library's own in-memory store and against ours:
//! what a check says is so because both say so.

#![expect(clippy::unwrap_used, reason = "checks are tests, but the macro is what marks them so")]

#[path = "../support/mod.rs"]
mod support;

mod app_sync;
mod device;
mod lid;
mod messages;
mod protocol;
mod signal;

use std::sync::Arc;

use wacore::store::InMemoryBackend;
use wacore::store::traits::Backend;

/// Makes two tests of every check, each on a fresh store.
macro_rules! conformance {
    ($($module:ident :: $check:ident),* $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $check() {
                super::$module::$check(super::in_memory_backend().as_ref()).await;
            })*
        }
        mod ours {
            $(#[tokio::test]
            async fn $check() {
                let (_server, store) = super::our_backend().await;
                super::$module::$check(store.as_ref()).await;
            })*
        }
    };
}

fn in_memory_backend() -> Arc<dyn Backend> {
    Arc::new(InMemoryBackend::new())
}

async fn our_backend() -> (support::Server, Arc<dyn Backend>) {
    let server = support::Server::start().await;
    let redis = server.redis().await;
    let fence = support::claim(&redis, "host").await;
    let store = support::open(&redis, fence, "main").await;
    (server, store)
}

conformance! {
    signal::identities,
    signal::sessions,
    signal::a_user_has_signal_state,
    signal::prekeys,
    signal::many_prekeys,
    signal::signed_prekeys,
    signal::sender_keys,
    app_sync::sync_keys,
    app_sync::versions,
    app_sync::mutation_macs,
    protocol::sender_key_devices,
    protocol::base_keys,
    protocol::device_lists,
    protocol::group_metadata,
    protocol::tc_tokens,
    protocol::tc_tokens_expire,
    lid::mappings,
    lid::a_lid_changes_its_number,
    lid::the_last_lid_of_a_number_counts,
    messages::sent_messages,
    messages::pending_inbound,
    messages::secrets,
    messages::secrets_are_merged,
    messages::secrets_expire,
    device::a_device,
}
