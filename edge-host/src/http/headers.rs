//! The request id, and the headers that Spin gives to guests.

use std::net::SocketAddr;

use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use crate::manifest::route::{Match, Route};

/// The header that carries the request id, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id that is taken from a client.
const LONGEST_ID: usize = 128;

/// The client's request id if it is one (1 to 128 of `[A-Za-z0-9_.:-]`), else a fresh one.
pub fn request_id(headers: &HeaderMap) -> String {
    let sane = |id: &&str| {
        (1..=LONGEST_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte))
    };
    match headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(sane) {
        Some(id) => id.to_owned(),
        None => format!("req_{:032x}", rand::random::<u128>()),
    }
}

/// Readies a request's head for a guest: an absolute URI, the `spin-*` headers, and none of those
/// from the client.
pub fn for_guest(
    parts: &mut Parts,
    id: &str,
    route: &Route,
    matched: &Match,
    client: SocketAddr,
    local: SocketAddr,
) {
    let authority = parts
        .headers
        .get(header::HOST)
        .and_then(|host| Authority::try_from(host.as_bytes()).ok())
        .or_else(|| Authority::try_from(local.to_string()).ok());
    let path = parts.uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    if let Some(authority) = authority {
        let mut uri = http::uri::Parts::default();
        uri.scheme = Some(Scheme::HTTP);
        uri.authority = Some(authority);
        uri.path_and_query = Some(path);
        if let Ok(uri) = Uri::from_parts(uri) {
            parts.uri = uri;
        }
    }

    let headers = &mut parts.headers;
    let forged: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with("spin-")).cloned().collect();
    for name in forged {
        headers.remove(name);
    }
    let mut set = |name: HeaderName, value: &str| {
        // A path may hold bytes that a header may not; Spin has no header then, either.
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            headers.insert(name, value);
        }
    };
    set(REQUEST_ID, id);
    set(HeaderName::from_static("spin-path-info"), &matched.path_info);
    set(HeaderName::from_static("spin-full-url"), &parts.uri.to_string());
    set(HeaderName::from_static("spin-matched-route"), &route.based());
    set(HeaderName::from_static("spin-base-path"), "/");
    set(HeaderName::from_static("spin-raw-component-route"), route.raw());
    set(HeaderName::from_static("spin-component-route"), route.prefix());
    set(HeaderName::from_static("spin-client-addr"), &client.to_string());
    for (name, value) in &matched.named {
        if let Ok(name) = HeaderName::try_from(format!("spin-path-match-{}", name.to_ascii_lowercase())) {
            set(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(id: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_str(id).unwrap());
        headers
    }

    #[test]
    fn a_sane_request_id_is_kept_and_any_other_replaced() {
        assert_eq!(request_id(&headers("a-Z_0.9:x")), "a-Z_0.9:x");
        assert_eq!(request_id(&headers(&"x".repeat(128))).len(), 128);
        for bad in ["", "two words", "semi;colon", &"x".repeat(129)] {
            let id = request_id(&headers(bad));
            assert!(id.starts_with("req_") && id.len() == 36, "{bad:?} {id}");
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }

    #[test]
    fn a_guest_sees_spins_headers_and_no_forged_ones() {
        let (mut parts, ()) = http::Request::get("/foo/42/bar?q=1")
            .header("host", "api.example:8080")
            .header("spin-client-addr", "forged")
            .header("spin-path-match-other", "forged")
            .body(())
            .unwrap()
            .into_parts();
        let route = Route::parse("/foo/:UserId/...").unwrap();
        let matched = route.matches("/foo/42/bar").unwrap();
        let client = "10.0.0.1:5555".parse().unwrap();
        for_guest(&mut parts, "id-1", &route, &matched, client, "127.0.0.1:3000".parse().unwrap());
        let seen = |name: &str| parts.headers.get(name).map_or("", |value| value.to_str().unwrap());
        assert_eq!(parts.uri, "http://api.example:8080/foo/42/bar?q=1");
        assert_eq!(seen("x-request-id"), "id-1");
        assert_eq!(seen("spin-path-info"), "/bar");
        assert_eq!(seen("spin-full-url"), "http://api.example:8080/foo/42/bar?q=1");
        assert_eq!(seen("spin-matched-route"), "/foo/:UserId/...");
        assert_eq!(seen("spin-raw-component-route"), "/foo/:UserId/...");
        assert_eq!(seen("spin-component-route"), "/foo/:UserId");
        assert_eq!(seen("spin-base-path"), "/");
        assert_eq!(seen("spin-client-addr"), "10.0.0.1:5555");
        assert_eq!(seen("spin-path-match-userid"), "42");
        assert_eq!(seen("spin-path-match-other"), "");
    }
}
