//! Who may write to an account out of the blue, and with what a sender shows that it may.
//!
//! A restricted account takes messages only from senders that it gave a token to (trusted contacts), or that can prove
//! a salt of their own. Push names can say so when an account is made: `restricted:NAME`, or
//! `scenario:restricted,cs_enabled=0:NAME`.

use serde::{Deserialize, Serialize};

use super::blob::Blob;

/// An account's part in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Guard {
    /// Strangers need a token: to write, to see presence and picture.
    pub restricted: bool,
    /// Tokens that it gave to contacts are accepted.
    pub tc_enabled: bool,
    /// Proofs made with the sender's salt are accepted.
    pub cs_enabled: bool,
    /// As a sender it is told to send such proofs.
    pub nct_send_ab: bool,
    /// Its clients get the salt with a history sync.
    pub nct_history_delivery: bool,
    /// Its clients get the salt as a synced setting.
    pub nct_syncd_delivery: bool,
    /// The salt, 32 bytes.
    pub salt: Blob,
}

impl Default for Guard {
    fn default() -> Self {
        Guard {
            restricted: false,
            tc_enabled: true,
            cs_enabled: true,
            nct_send_ab: false,
            nct_history_delivery: false,
            nct_syncd_delivery: false,
            salt: Blob(rand::random::<[u8; 32]>().to_vec()),
        }
    }
}

impl Guard {
    /// What a push name asks for.
    pub fn named(push_name: &str) -> Self {
        let mut guard = Guard::default();
        let flags = match push_name.split_once(':') {
            Some(("restricted", _)) => "restricted",
            Some(("scenario", rest)) => rest.split_once(':').map_or(rest, |(flags, _)| flags),
            _ => "",
        };
        for flag in flags.split(',').filter(|flag| !flag.is_empty()) {
            let (name, value) = flag.split_once('=').unwrap_or((flag, "1"));
            let on = value == "1" || value == "true";
            match name {
                "restricted" => guard.restricted = on,
                "tc_enabled" => guard.tc_enabled = on,
                "cs_enabled" => guard.cs_enabled = on,
                "nct_send_ab" => guard.nct_send_ab = on,
                "nct_history_delivery" => guard.nct_history_delivery = on,
                "nct_syncd_delivery" => guard.nct_syncd_delivery = on,
                // Others are known elsewhere and show nowhere.
                _ => {}
            }
        }
        guard
    }
}
