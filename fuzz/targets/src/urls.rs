//! URLs that users give: the guard of conn-host, what the handlers say of webhooks' targets, and media paths.

use edgewire_contract::media::is_direct_path;
use edgewire_contract::webhook::target;
use edgewire_outbound::{Guard, address};
use url::{Host, Url};

use crate::text;

/// What passes leads where it says, and never inside.
pub fn run(data: &[u8]) {
    let text = text(data);
    let (closed, open) = (Guard::public(), Guard::webhooks(true));
    if let Ok(url) = closed.inspect(&text) {
        passed(&url);
        // What hyper makes of it is the same place.
        if let Ok(uri) = url.as_str().parse::<http::Uri>() {
            let again = Url::parse(&uri.to_string()).expect("hyper's form of a URL is one");
            assert_eq!(
                (again.host(), again.port_or_known_default()),
                (url.host(), url.port_or_known_default())
            );
        }
        assert_eq!(
            closed.inspect(url.as_str()).as_ref(),
            Ok(&url),
            "it is judged alike when it is written anew"
        );
        assert!(open.inspect(&text).is_ok(), "the switch closes nothing");
    }
    if let Ok(url) = open.inspect(&text)
        && let Some(Host::Ipv4(v4)) = url.host()
    {
        assert!(v4.is_loopback() || address::refused(v4.into()).is_none(), "{url}");
    }
    // The handlers' check is the stricter one about writing: what is an address to the guard is none of a name's.
    if target::check(&text).is_ok()
        && !target::is_this_machine(&text)
        && let Ok(url) = Url::parse(&text)
    {
        match url.host() {
            Some(Host::Ipv4(v4)) => assert!(address::refused(v4.into()).is_none(), "{url}"),
            Some(Host::Ipv6(v6)) => assert!(address::refused(v6.into()).is_none(), "{url}"),
            _ => {}
        }
    }
    if is_direct_path(&text) {
        let url =
            Url::parse(&format!("https://mmg.whatsapp.net{text}?auth=x")).expect("a path behind a host");
        assert_eq!((url.host_str(), url.port(), url.username()), (Some("mmg.whatsapp.net"), None, ""));
    }
}

fn passed(url: &Url) {
    assert!(matches!(url.scheme(), "http" | "https"));
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    match url.host().expect("a host") {
        Host::Ipv4(v4) => assert!(address::refused(v4.into()).is_none(), "{url}"),
        Host::Ipv6(v6) => assert!(address::refused(v6.into()).is_none(), "{url}"),
        Host::Domain(name) => {
            assert!(name.is_ascii() && name.len() <= 254 && name.contains('.'), "{url}");
            let bare = name.trim_end_matches('.');
            assert!(bare != "localhost" && !bare.ends_with(".localhost"), "{url}");
        }
    }
}
