//! The policy: which of the URLs that users give may be called at all.
//!
//! [`Guard::inspect`] judges the text; [`Guard::admit`] judges what the name resolved to. The client asks both, the
//! second one for each new connection.

use std::net::IpAddr;

use url::{Host, Url};

use crate::address::{self, Kind};
use crate::error::Refusal;

/// Ports that speak something else than HTTP: the Fetch standard's list, and the usual data stores. On these a POST
/// is an attack on a third party, or on a service that reads commands line by line.
const FOREIGN_PORTS: &[u16] = &[
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103,
    104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 138, 139, 143, 161, 179, 389, 427, 445, 465, 512,
    513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 873, 989, 990, 993, 995, 1433,
    1521, 1719, 1720, 1723, 2049, 2181, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 6000, 6379,
    6380, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 10080, 11211, 26379, 27017,
];

/// Names of metadata services: refused before anybody is asked for their address.
const METADATA_NAMES: &[&str] = &[
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "instance-data",
    "instance-data.ec2.internal",
    "metadata.tencentyun.com",
];

/// Endings of names that are in no public DNS, by what IETF and ICANN have set aside. Asking for them would tell a caller
/// which machines there are inside.
const INTERNAL_ENDINGS: &[&str] = &[".internal", ".local", ".localdomain", ".home.arpa"];

/// The longest name that DNS has, and the longest part of one.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Which ports may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ports {
    /// All but those of other protocols.
    Web,
    /// These only.
    Only(Vec<u16>),
}

impl Ports {
    fn allow(&self, port: u16) -> bool {
        match self {
            Self::Web => !FOREIGN_PORTS.contains(&port),
            Self::Only(ports) => ports.contains(&port),
        }
    }
}

/// The policy for one use of outbound calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Which ports.
    pub ports: Ports,
    /// Lets `127.0.0.0/8`, `::1` and names that lead there pass: for webhooks in the sandbox, never for media.
    pub allow_loopback: bool,
}

impl Default for Guard {
    fn default() -> Self {
        Self::public()
    }
}

impl Guard {
    /// The public internet only.
    pub fn public() -> Self {
        Self { ports: Ports::Web, allow_loopback: false }
    }

    /// The public internet, and this machine when `allow_loopback`.
    pub fn webhooks(allow_loopback: bool) -> Self {
        Self { ports: Ports::Web, allow_loopback }
    }

    /// Reads a URL and judges all that needs no DNS. The answer has no fragment.
    pub fn inspect(&self, text: &str) -> Result<Url, Refusal> {
        // The URL standard drops tabs and line ends inside a URL and trims around it: nobody means that.
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Refusal::Malformed);
        }
        let mut url = Url::parse(text).map_err(|_| Refusal::Malformed)?;
        self.check(&url)?;
        url.set_fragment(None);
        Ok(url)
    }

    /// As [`Guard::inspect`], of a URL that is parsed already (a redirect's target).
    pub fn check(&self, url: &Url) -> Result<(), Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Userinfo);
        }
        let port = url.port_or_known_default().ok_or(Refusal::Malformed)?;
        if !self.ports.allow(port) {
            return Err(Refusal::Port(port));
        }
        match url.host().ok_or(Refusal::Malformed)? {
            Host::Ipv4(v4) => self.admit(v4.into()),
            Host::Ipv6(v6) => self.admit(v6.into()),
            Host::Domain(name) => self.check_name(name),
        }
    }

    /// Judges an address, literal or resolved.
    pub fn admit(&self, address: IpAddr) -> Result<(), Refusal> {
        match address::refused(address) {
            None => Ok(()),
            Some(Kind::Loopback) if self.allow_loopback && address.to_canonical().is_loopback() => Ok(()),
            Some(kind) => Err(Refusal::Address(kind)),
        }
    }

    fn check_name(&self, name: &str) -> Result<(), Refusal> {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let labels = name.split('.').all(|label| (1..=LONGEST_LABEL).contains(&label.len()));
        if name.len() > LONGEST_NAME || !labels {
            return Err(Refusal::Malformed);
        }
        if METADATA_NAMES.contains(&name.as_str()) {
            return Err(Refusal::Name);
        }
        // What a name in the machine's own table leads to is judged by its address.
        if self.allow_loopback {
            return Ok(());
        }
        if name == "localhost" || name.ends_with(".localhost") {
            return Err(Refusal::Address(Kind::Loopback));
        }
        // A name without a dot is looked up in the network's own domain, or in the machine's table.
        let internal = !name.contains('.') || INTERNAL_ENDINGS.iter().any(|ending| name.ends_with(ending));
        if internal { Err(Refusal::Name) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_urls_pass() {
        for text in [
            "https://example.com",
            "http://example.com:8080/hook?x=1",
            "https://1.1.1.1/",
            "https://[2606:4700::1111]/",
            "https://bücher.example/ä",
        ] {
            assert!(Guard::public().inspect(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn loopback_is_a_switch_and_nothing_more() {
        let sandbox = Guard::webhooks(true);
        for text in
            ["http://127.0.0.1:8080/", "http://[::1]/", "http://localhost:9000", "http://[::ffff:127.0.0.1]/"]
        {
            assert!(sandbox.inspect(text).is_ok(), "{text}");
            assert!(Guard::public().inspect(text).is_err(), "{text}");
        }
        for text in [
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://169.254.169.254/",
            "http://127.0.0.1:6379/",
            "http://[::]/",
        ] {
            assert!(sandbox.inspect(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_that_dns_cannot_have_is_none() {
        let label = "a".repeat(LONGEST_LABEL);
        let longest = [label.as_str(), &label, &label, &label[..61]].join(".");
        assert_eq!(longest.len(), LONGEST_NAME);
        for good in
            [format!("http://{label}.com/"), format!("http://{longest}/"), format!("http://{longest}./")]
        {
            assert!(Guard::public().inspect(&good).is_ok(), "{good}");
        }
        for bad in [
            format!("http://{label}a.com/"),
            format!("http://a{longest}/"),
            "http://a..example.com/".into(),
            "http://example.com../".into(),
            "http://.example.com/".into(),
            "http://../".into(),
        ] {
            assert_eq!(Guard::webhooks(true).inspect(&bad), Err(Refusal::Malformed), "{bad}");
        }
    }

    #[test]
    fn names_that_no_public_dns_has_are_not_asked_for() {
        for url in ["http://redis/", "http://db.local/", "http://Vault.INTERNAL./", "http://nas.home.arpa/"] {
            assert_eq!(Guard::public().inspect(url), Err(Refusal::Name), "{url}");
            assert!(Guard::webhooks(true).inspect(url).is_ok(), "{url}");
        }
        for url in ["http://internal.example.com/", "http://local.dev/", "http://notlocal.example/"] {
            assert!(Guard::public().inspect(url).is_ok(), "{url}");
        }
        assert_eq!(Guard::webhooks(true).inspect("http://metadata.goog./"), Err(Refusal::Name));
    }

    #[test]
    fn a_fragment_is_left_out() {
        assert_eq!(
            Guard::public().inspect("https://example.com/a#b").unwrap().as_str(),
            "https://example.com/a"
        );
    }

    #[test]
    fn ports_can_be_named() {
        let guard = Guard { ports: Ports::Only(vec![443]), allow_loopback: false };
        assert!(guard.inspect("https://example.com/").is_ok());
        assert_eq!(guard.inspect("https://example.com:8443/"), Err(Refusal::Port(8443)));
    }
}
