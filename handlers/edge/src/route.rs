//! Which operation a request's method and path name.
//!
//! Each component lists its routes once; the dispatcher and the test that holds `openapi.json` against the routes read
//! the same list. There is no router crate: it costs a quarter of a small request.

/// One route: `path` is a template whose `{…}` segments are parameters.
#[derive(Debug, Clone, Copy)]
pub struct Route<Op: 'static> {
    /// Upper case.
    pub method: &'static str,
    /// `/api/v1/sessions/{session}`.
    pub path: &'static str,
    /// What it does.
    pub op: Op,
}

/// A line of a component's list of routes.
pub const fn route<Op>(method: &'static str, path: &'static str, op: Op) -> Route<Op> {
    Route { method, path, op }
}

/// What was found for a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<Op> {
    /// The operation, and the path's parameters in their order, percent-decoded.
    Op(Op, Vec<String>),
    /// The path exists; these are its methods, as an `Allow` header names them.
    WrongMethod(String),
    /// No such path.
    Nothing,
}

/// Looks `method` and `path` up in `routes`.
pub fn find<Op: Copy>(routes: &[Route<Op>], method: &str, path: &str) -> Found<Op> {
    let Some(segments) = path.strip_prefix('/').and_then(segments) else { return Found::Nothing };
    let mut allow: Vec<&str> = Vec::new();
    for route in routes {
        let Some(params) = matches(route.path, &segments) else { continue };
        if route.method == method {
            return Found::Op(route.op, params);
        }
        if !allow.contains(&route.method) {
            allow.push(route.method);
        }
    }
    if allow.is_empty() { Found::Nothing } else { Found::WrongMethod(allow.join(", ")) }
}

fn segments(path: &str) -> Option<Vec<String>> {
    path.split('/').map(decode).collect()
}

fn matches(template: &str, segments: &[String]) -> Option<Vec<String>> {
    let mut parts = template.trim_start_matches('/').split('/');
    let mut params = Vec::new();
    for segment in segments {
        let part = parts.next()?;
        if part.starts_with('{') {
            params.push(segment.clone());
        } else if part != segment {
            return None;
        }
    }
    parts.next().is_none().then_some(params)
}

/// Undoes percent-encoding. `None` when what comes out is no text; a `%` without two hex digits stays what it is.
pub fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%').then(|| hex(after)).flatten();
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).ok()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |i: usize| (*digits.get(i)? as char).to_digit(16);
    Some((digit(0)? * 16 + digit(1)?) as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROUTES: &[Route<u8>] = &[
        Route { method: "GET", path: "/a/{x}", op: 1 },
        Route { method: "DELETE", path: "/a/{x}", op: 2 },
        Route { method: "GET", path: "/a/{x}/b", op: 3 },
    ];

    #[test]
    fn a_path_leads_to_its_operation() {
        assert_eq!(find(ROUTES, "GET", "/a/m%20n%2F"), Found::Op(1, vec!["m n/".into()]));
        assert_eq!(find(ROUTES, "DELETE", "/a/x"), Found::Op(2, vec!["x".into()]));
        assert_eq!(find(ROUTES, "GET", "/a/x/b"), Found::Op(3, vec!["x".into()]));
    }

    #[test]
    fn other_methods_are_told_which_there_are() {
        assert_eq!(find(ROUTES, "POST", "/a/x"), Found::WrongMethod("GET, DELETE".into()));
    }

    #[test]
    fn other_paths_are_nothing() {
        for path in ["", "/", "/a", "/a/x/", "/a/x/c", "/a/x/b/c", "a/x", "/a/%ff"] {
            assert_eq!(find(ROUTES, "GET", path), Found::Nothing, "{path}");
        }
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in "\\PC{0,20}") {
            let encoded: String = text.bytes().map(|b| format!("%{b:02X}")).collect();
            prop_assert_eq!(decode(&encoded), Some(text));
        }

        #[test]
        fn no_path_panics(path in "[/a%0-9{}\\PC]{0,40}") {
            let _ = find(ROUTES, "GET", &path);
        }
    }
}
