//! `allowed_outbound_hosts`: whom a component may speak to.
//!
//! A grant is `scheme://host:port`. Each part may be `*`; a host may be `*.domain`; a port may be a
//! range `8000..9000` (its end not included); without a port, the scheme's own is meant.
//!
//! Two differences from Spin: a grant may carry user, password and path, as an address does, and they
//! are left out of the comparison; and it may name several hosts with commas between them. So
//! `["{{ redis_url }}"]` grants a Redis with a password and a database number, too, where Spin refuses
//! the path and never matches the password, and several nodes of a cluster, where Spin takes one.

use std::fmt;

use anyhow::{Context, bail, ensure};

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    scheme: Option<String>,
    host: Host,
    port: Port,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Any,
    /// With its leading dot.
    Subdomains(String),
    Exact(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Port {
    Any,
    Range(std::ops::Range<u32>),
}

impl Grant {
    /// Reads a grant whose templates are filled in.
    ///
    /// # Errors
    /// When it has no scheme, no host, a wildcard inside a word, a port that is no number, or a
    /// scheme without a port of its own and none given.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        let (scheme, rest) = text
            .split_once("://")
            .with_context(|| format!("`{}`: a grant is scheme://host[:port]", Hidden(text)))?;
        ensure!(
            scheme == "*" || scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+'),
            "`{scheme}` is not a scheme"
        );
        let authority = authority(rest);
        let (host, port) = split_port(authority);
        ensure!(!host.is_empty(), "`{scheme}://`: a grant needs a host");
        ensure!(
            host != "self" && !host.contains(['{', '/']),
            "`{scheme}://{host}`: this host grants single hosts, `*` and `*.domain` only"
        );
        let host = match host.strip_prefix('*') {
            Some("") => Host::Any,
            Some(domain) if domain.starts_with('.') && !domain.contains('*') => {
                Host::Subdomains(domain.to_ascii_lowercase())
            }
            None if !host.contains('*') => Host::Exact(bare(host).to_ascii_lowercase()),
            _ => bail!("`{host}`: `*` stands for a whole host, or before `.domain`"),
        };
        let port = match port {
            Some("*") => Port::Any,
            Some(text) => Port::parse(text)?,
            None if scheme == "*" => bail!("`{scheme}://`: any scheme needs a port, `*` for any"),
            None => {
                let port = default_port(scheme)
                    .with_context(|| format!("`{scheme}` has no port of its own: give one"))?;
                Port::one(port)
            }
        };
        Ok(Self { scheme: (scheme != "*").then(|| scheme.to_owned()), host, port })
    }

    fn allows(&self, scheme: &str, host: &str, port: u16) -> bool {
        let host = bare(host).to_ascii_lowercase();
        self.scheme.as_deref().is_none_or(|granted| granted == scheme)
            && match &self.host {
                Host::Any => true,
                Host::Subdomains(suffix) => host.ends_with(suffix.as_str()),
                Host::Exact(granted) => *granted == host,
            }
            && match &self.port {
                Port::Any => true,
                Port::Range(range) => range.contains(&u32::from(port)),
            }
    }
}

impl Port {
    fn one(port: u16) -> Self {
        Self::Range(u32::from(port)..u32::from(port) + 1)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let number = |text: &str| text.parse::<u16>().with_context(|| format!("`{text}` is not a port"));
        match text.split_once("..") {
            Some((from, to)) => Ok(Self::Range(u32::from(number(from)?)..u32::from(number(to)?))),
            None => Ok(Self::one(number(text)?)),
        }
    }
}

/// All grants of one component.
#[derive(Debug, Clone, Default)]
pub struct Grants(Vec<Grant>);

impl Grants {
    /// Reads grants whose templates are filled in.
    ///
    /// # Errors
    /// As [`Grant::parse`], for the first that is refused.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> anyhow::Result<Self> {
        texts
            .into_iter()
            .flat_map(each)
            .map(|text| Grant::parse(&text))
            .collect::<anyhow::Result<_>>()
            .map(Self)
    }

    /// Whether a scheme, host and port may be spoken to. Ask with the parts that the connection will
    /// really use (the Redis client's own parse of an address, the URI of a request), never with a
    /// second parse of the text: two parsers that disagree are a way around the grant.
    #[must_use]
    pub fn allow(&self, scheme: &str, host: &str, port: u16) -> bool {
        self.0.iter().any(|grant| grant.allows(scheme, host, port))
    }

    /// Whether any grant is for this scheme.
    #[must_use]
    pub fn name_scheme(&self, scheme: &str) -> bool {
        self.0.iter().any(|grant| grant.scheme.as_deref().is_none_or(|granted| granted == scheme))
    }
}

/// A grant for each host that one names.
fn each(text: &str) -> Vec<String> {
    match text.split_once("://") {
        Some((scheme, rest)) if authority(rest).contains(',') => {
            authority(rest).split(',').map(|host| format!("{scheme}://{}", host.trim())).collect()
        }
        _ => vec![text.to_owned()],
    }
}

/// What stands between `://` and the path, without user and password.
fn authority(rest: &str) -> &str {
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        // An IPv6 host in brackets without a port.
        Some((_, port)) if port.ends_with(']') => (authority, None),
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    }
}

/// An IPv6 host without its brackets, any other as it is.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// The port that a scheme means when an address names none.
fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "redis" | "rediss" => Some(6379),
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// Shows no more of a bad grant than cannot be a secret: it may come from a variable.
struct Hidden<'a>(&'a str);

impl fmt::Display for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains('@') { f.write_str("***") } else { f.write_str(self.0) }
    }
}

#[cfg(test)]
#[path = "grants_tests.rs"]
mod tests;
