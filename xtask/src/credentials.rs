//! What a data folder must keep to be the same gateway at the next start: the first API key and user token, and the
//! master key that seals the device store. One file, readable by its owner only.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use ::redis::{Cmd, Value};
use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edgewire_contract::ids::{OrganizationId, TokenId, UserId};
use edgewire_contract::token::{Capability, TokenKind, TokenRecord, api_key, token_hash, user_token};
use edgewire_contract::{CONTRACT_VERSION, keys};
use serde::{Deserialize, Serialize};

use crate::say::say;

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

    /// Makes sure that Redis knows the organization and both tokens; what is there already stays as it is, and what was
    /// revoked stays revoked, which is said.
    ///
    /// # Errors
    /// When Redis cannot be written.
    pub fn put_into_redis(&self, url: &str) -> Result<()> {
        for name in self.put(|command| crate::redis::run(url, [command]).map(|[answer]| answer))? {
            say(format!("tokens     the {name} of this data folder was revoked, and is not made again"));
        }
        Ok(())
    }

    /// Those that were revoked.
    fn put(&self, mut ask: impl FnMut(&Cmd) -> Result<Value>) -> Result<Vec<&'static str>> {
        let tokens = [
            (&self.api_key, TokenKind::ApiKey, "first API key"),
            (&self.user_token, TokenKind::UserToken, "first user token"),
        ];
        let mut revoked = Vec::new();
        for (secret, kind, name) in tokens {
            let hash = token_hash(secret);
            let key = keys::token(&hash);
            if ask(::redis::cmd("SISMEMBER").arg(keys::placed()).arg(&hash))? == Value::Int(0) {
                let record = serde_json::to_string(&token_record(&self.organization, kind, name)?)?;
                ask(::redis::cmd("SET").arg(&key).arg(record).arg("NX"))?;
            }
            let kept = ask(::redis::cmd("GET").arg(&key))?;
            if kept == Value::Nil {
                revoked.push(name);
                continue;
            }
            // One that was there already has an id of its own.
            ask(&place(secret, kept)?)?;
            ask(::redis::cmd("SADD").arg(keys::organizations()).arg(&self.organization))?;
            // Last: whoever is broken off before that does all of it again.
            ask(::redis::cmd("SADD").arg(keys::placed()).arg(&hash))?;
        }
        Ok(revoked)
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
fn place(secret: &str, kept: Value) -> Result<Cmd> {
    let Value::BulkString(json) = kept else { bail!("a token was not kept") };
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
    use std::collections::BTreeMap;

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

    /// A Redis as far as it is needed: sets and tables are keys with their members.
    #[derive(Default)]
    struct Redis(BTreeMap<String, String>);

    impl Redis {
        fn ask(&mut self, command: &Cmd) -> Result<Value> {
            let words: Vec<String> = command
                .args_iter()
                .map(|word| match word {
                    ::redis::Arg::Simple(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                    _ => panic!("no cursors"),
                })
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let (key, value) = match words[..] {
                ["SISMEMBER", set, member] => {
                    return Ok(Value::Int(self.0.contains_key(&format!("{set} {member}")).into()));
                }
                ["GET", key] => {
                    let value = self.0.get(key);
                    return Ok(value.map_or(Value::Nil, |value| Value::BulkString(value.clone().into())));
                }
                ["SET", key, value, "NX"] => (key.to_owned(), value),
                ["SADD", set, member] => (format!("{set} {member}"), ""),
                ["HSET", table, field, value] => (format!("{table} {field}"), value),
                ref other => panic!("{other:?}"),
            };
            self.0.entry(key).or_insert_with(|| value.to_owned());
            Ok(Value::Okay)
        }
    }

    #[test]
    fn what_was_revoked_is_not_made_again() {
        let credentials = Credentials::generate("default", Network::Sandbox).unwrap();
        let mut redis = Redis::default();
        let start = |redis: &mut Redis| credentials.put(|command| redis.ask(command)).unwrap();
        assert!(start(&mut redis).is_empty());
        let first = redis.0.clone();
        assert_eq!(first.len(), 7, "two records, where they are, that they were made, whose they are");
        assert!(start(&mut redis).is_empty());
        assert_eq!(redis.0, first);
        // As `DELETE` does it, or the deletion of the organization.
        let key = keys::token(&token_hash(&credentials.api_key));
        redis.0.retain(|name, value| *name != key && *value != token_hash(&credentials.api_key));
        let revoked = redis.0.clone();
        assert_eq!(start(&mut redis), ["first API key"]);
        assert_eq!(redis.0, revoked);
    }

    #[test]
    fn who_is_broken_off_makes_them_the_next_time() {
        let credentials = Credentials::generate("default", Network::Sandbox).unwrap();
        for steps in 0..12 {
            let mut redis = Redis::default();
            let mut left = steps;
            let broken = credentials.put(|command| {
                left = u32::checked_sub(left, 1).context("killed")?;
                redis.ask(command)
            });
            assert!(broken.is_err());
            assert!(credentials.put(|command| redis.ask(command)).unwrap().is_empty());
            assert_eq!(redis.0.len(), 7);
        }
    }

    #[test]
    fn the_record_is_the_contracts() {
        let record = token_record("default", TokenKind::ApiKey, "first").unwrap();
        assert!(Capability::ALL.iter().all(|c| record.allows(*c)));
        assert!(token_record("not valid!", TokenKind::ApiKey, "x").is_err());
    }
}
