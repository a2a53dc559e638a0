//! Where a webhook may lead, as far as its text says. What a name resolves to is judged at each delivery, by the guard of
//! conn-host, which has the last word.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::{self, Kind};

/// Longest URL, characters.
pub const LONGEST: usize = 2048;

/// A host that is this machine.
pub const IS_THIS_MACHINE: &str = "must not lead to this machine";

/// What is wrong with a webhook's URL: it must be http or https, hold no user name, and its host must be a name or a
/// public address. This machine passes: see [`is_this_machine`].
///
/// # Errors
/// Says what.
pub fn check(text: &str) -> Result<(), String> {
    if text.chars().count() > LONGEST {
        return Err(format!("must be at most {LONGEST} characters"));
    }
    let host = host(text)?;
    match literal(host)? {
        Some(address) => match address::refused(address) {
            None | Some(Kind::Loopback) => Ok(()),
            Some(kind) => Err(format!("must not lead to an address that is not public ({kind})")),
        },
        None if host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')) => Ok(()),
        None => Err(no_url()),
    }
}

/// Whether a URL that [`check`] passes names this machine: allowed where the sandbox is, and nowhere else.
pub fn is_this_machine(text: &str) -> bool {
    let Ok(host) = host(text) else { return false };
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || matches!(literal(host), Ok(Some(address)) if address::refused(address) == Some(Kind::Loopback))
}

fn no_url() -> String {
    "must be an http or https URL with a host".into()
}

/// The host, an IPv6 address without its brackets.
fn host(text: &str) -> Result<&str, String> {
    let (scheme, rest) = text.split_once("://").ok_or_else(no_url)?;
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    if !known || !rest.bytes().all(|b| b.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&b)) {
        return Err(no_url());
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("must not hold a user name or a password".into());
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(inside) => inside.split_once(']').ok_or_else(no_url)?,
        None => authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon)),
    };
    let good_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|p| p.is_empty() || p.parse::<u16>().is_ok_and(|p| p > 0));
    if host.trim_end_matches('.').is_empty() || !good_port {
        return Err(no_url());
    }
    Ok(host)
}

/// The address that a host is; `None` for a name. A host whose last part is a number is an address in one of its many
/// spellings, of which only the usual one is taken.
fn literal(host: &str) -> Result<Option<IpAddr>, String> {
    if host.contains(':') {
        return host.parse::<Ipv6Addr>().map(|v6| Some(v6.into())).map_err(|_| no_url());
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|b| b.is_ascii_digit())
        || last.strip_prefix("0x").or_else(|| last.strip_prefix("0X")).is_some();
    if !number {
        return Ok(None);
    }
    let spelled = |_| "must spell its address as four numbers with dots between them".to_owned();
    host.parse::<Ipv4Addr>().map(|v4| Some(v4.into())).map_err(spelled)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn public_targets_pass() {
        for url in [
            "https://example.com",
            "http://example.com:8080/hook?x=1#y",
            "HTTPS://Example.com./",
            "https://1.1.1.1/",
            "https://[2606:4700::1111]:8443/",
            "http://my_host.internal:80/",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
            assert!(!is_this_machine(url), "{url}");
        }
    }

    #[test]
    fn this_machine_is_known_by_any_name() {
        for url in [
            "http://127.0.0.1:9000/",
            "http://127.9.9.9/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost:9000",
            "http://LOCALHOST./",
            "http://a.localhost/",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
            assert!(is_this_machine(url), "{url}");
        }
    }

    #[test]
    fn others_are_refused() {
        for url in [
            "",
            "example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "http://",
            "http:///x",
            "https://:80/",
            "https://user@example.com/",
            "https://user:pass@example.com/",
            "https://example.com:0/",
            "https://example.com:65536/",
            "https://exa mple.com/",
            "https://example.com/\u{e9}",
            "http://10.0.0.1/",
            "http://192.168.1.1:8080/x",
            "http://172.16.0.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://0.0.0.0/",
            "http://100.64.0.1/",
            "http://[::]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[::1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://0177.0.0.1/",
            "http://10.0.0.1./",
        ] {
            assert!(check(url).is_err(), "{url}");
        }
        assert!(check(&format!("https://a.b/{}", "x".repeat(LONGEST))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(https?://)?[a-z0-9:@/.\\[\\]%\\PC]{0,40}") {
            let _ = (check(&text), is_this_machine(&text));
        }
    }
}
