//! What a data folder must keep to be the same gateway at the next start: the first API key and user token, and the
//! master key that seals the device store. One file, readable by its owner only.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgewire_contract::ids::{OrganizationId, TokenId, UserId};
use edgewire_contract::token::{Capability, TokenKind, TokenRecord, api_key, token_hash, user_token};
use edgewire_contract::{CONTRACT_VERSION, keys};
use serde::{Deserialize, Serialize};

/// The organization that a fresh gateway starts with.
pub const FIRST_ORGANIZATION: &str = "default";

/// Which WhatsApp the data belongs to. Accounts of the one mean nothing to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// The one in a box.
    Sandbox,
    /// The real one.
    Whatsapp,
}

/// The file's content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Which WhatsApp.
    pub network: Network,
    /// The organization that both tokens belong to.
    pub organization: String,
    /// `wa_…`.
    pub api_key: String,
    /// A UUID.
    pub user_token: String,
    /// 32 bytes, base64.
    pub master_key: String,
}

impl Credentials {
    /// Reads `file`, or makes it with fresh secrets. Says whether they are fresh.
    ///
    /// # Errors
    /// When the file cannot be read or made, or belongs to the other network.
    pub fn load_or_create(file: &Path, network: Network) -> Result<(Self, bool)> {
        if file.exists() {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
            let read: Self =
                serde_json::from_str(&text).with_context(|| format!("{} is damaged", file.display()))?;
            if read.network != network {
                let (is, wanted) = (read.network.name(), network.name());
                bail!(
                    "the data in {} is of {is}, not of {wanted}: choose another folder with --data",
                    shown(file)
                );
            }
            return Ok((read, false));
        }
        let fresh = Self::generate(FIRST_ORGANIZATION, network)?;
        fresh.write(file).with_context(|| format!("writing {}", file.display()))?;
        Ok((fresh, true))
    }

    /// Fresh secrets for `organization`.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate(organization: &str, network: Network) -> Result<Self> {
        Ok(Self {
            network,
            organization: organization.to_owned(),
            api_key: api_key(random()?),
            user_token: user_token(random()?),
            master_key: STANDARD.encode(random::<32>()?),
        })
    }

    fn write(&self, file: &Path) -> Result<()> {
        let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
        out.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        out.sync_all()?;
        Ok(())
    }

    /// Makes sure that Redis knows the organization and both tokens; what is there already stays as it is.
    ///
    /// # Errors
    /// When Redis cannot be written.
    pub fn put_into_redis(&self, url: &str) -> Result<()> {
        let mut organization = ::redis::cmd("SADD");
        organization.arg(keys::organizations()).arg(&self.organization);
        let token = |secret: &str, kind, name| {
            let record = token_record(&self.organization, kind, name)?;
            let key = keys::token(&token_hash(secret));
            let (mut keep, mut look) = (::redis::cmd("SET"), ::redis::cmd("GET"));
            keep.arg(&key).arg(serde_json::to_string(&record)?).arg("NX");
            look.arg(&key);
            Ok::<_, anyhow::Error>([keep, look])
        };
        let key = token(&self.api_key, TokenKind::ApiKey, "first API key")?;
        let user = token(&self.user_token, TokenKind::UserToken, "first user token")?;
        let kept = crate::redis::run(url, [&organization, &key[0], &user[0], &key[1], &user[1]])?;
        // Those that were there already have ids of their own.
        let [_, _, _, key, user] = kept;
        let key = place(&self.api_key, key)?;
        let user = place(&self.user_token, user)?;
        crate::redis::run(url, [&key, &user]).map(drop)
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("organization", &self.organization).finish_non_exhaustive()
    }
}

impl Network {
    fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "the sandbox",
            Self::Whatsapp => "the real WhatsApp",
        }
    }
}

/// The command that says where a token is: what is not known there is not listed, and cannot be revoked.
fn place(secret: &str, kept: ::redis::Value) -> Result<::redis::Cmd> {
    let ::redis::Value::BulkString(json) = kept else { bail!("a token was not kept") };
    let record: TokenRecord = serde_json::from_slice(&json).context("a token's record is damaged")?;
    let mut place = ::redis::cmd("HSET");
    place.arg(keys::tokens(&record.organization)).arg(record.id.as_str()).arg(token_hash(secret));
    Ok(place)
}

/// A token's record with every capability.
///
/// # Errors
/// When `organization` is no organization's id or the system has no randomness.
pub fn token_record(organization: &str, kind: TokenKind, name: &str) -> Result<TokenRecord> {
    let now = now_ms();
    Ok(TokenRecord {
        v: CONTRACT_VERSION,
        id: TokenId::generate(now, u128::from_le_bytes(random()?)),
        kind,
        organization: OrganizationId::parse(organization).context("the organization's id")?,
        user: (kind == TokenKind::UserToken).then(|| UserId::parse("admin")).transpose()?,
        capabilities: Capability::ALL.to_vec(),
        sessions: None,
        expires_at: None,
        name: Some(name.to_owned()),
        created_at: now,
        last_used_at: None,
        deployment: false,
        suspended: false,
        suspensions: 0,
    })
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| anyhow::anyhow!("the system gives no random bytes: {e}"))?;
    Ok(bytes)
}

fn shown(file: &Path) -> String {
    file.parent().unwrap_or(file).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_finds_the_same_secrets_and_nobody_else_reads_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("credentials.json");
        let (first, fresh) = Credentials::load_or_create(&file, Network::Sandbox).unwrap();
        assert!(fresh && first.api_key.starts_with("wa_"));
        assert_eq!(STANDARD.decode(&first.master_key).unwrap().len(), 32);
        assert_eq!(Credentials::load_or_create(&file, Network::Sandbox).unwrap(), (first, false));
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let error = Credentials::load_or_create(&file, Network::Whatsapp).unwrap_err().to_string();
        assert!(error.contains("is of the sandbox, not of the real WhatsApp"), "{error}");
    }

    #[test]
    fn the_record_is_the_contracts() {
        let record = token_record("default", TokenKind::ApiKey, "first").unwrap();
        assert!(Capability::ALL.iter().all(|c| record.allows(*c)));
        assert!(token_record("not valid!", TokenKind::ApiKey, "x").is_err());
    }
}
