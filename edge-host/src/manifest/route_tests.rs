use super::*;

fn router(routes: &[&'static str]) -> Router<&'static str> {
    Router::new(routes.iter().map(|raw| (Route::parse(raw).unwrap(), *raw)))
}

fn found(router: &Router<&'static str>, path: &str) -> &'static str {
    router.find(path).map_or("nothing", |(_, target, _)| *target)
}

#[test]
fn the_most_specific_route_wins_in_any_order() {
    let routes = [
        "/...",
        "/api/v1/sessions",
        "/api/v1/sessions/...",
        "/api/v1/sessions/:session/messages",
        "/api/v1/sessions/:session/messages/...",
        "/api/v1/outbox/...",
    ];
    let mut reversed = routes;
    reversed.reverse();
    for router in [router(&routes), router(&reversed)] {
        assert_eq!(found(&router, "/"), "/...");
        assert_eq!(found(&router, "/api/v1/sessions"), "/api/v1/sessions");
        assert_eq!(found(&router, "/api/v1/sessions/"), "/api/v1/sessions");
        assert_eq!(found(&router, "/api/v1/sessions/a"), "/api/v1/sessions/...");
        assert_eq!(found(&router, "/api/v1/sessions/a/qr"), "/api/v1/sessions/...");
        assert_eq!(found(&router, "/api/v1/sessions/a/messages"), "/api/v1/sessions/:session/messages");
        assert_eq!(
            found(&router, "/api/v1/sessions/a/messages/x/y"),
            "/api/v1/sessions/:session/messages/..."
        );
        assert_eq!(found(&router, "/api/v1/outbox"), "/api/v1/outbox/...");
    }
}

#[test]
fn an_exact_end_beats_a_wildcard_of_no_segments() {
    let router = router(&["/a/...", "/a", "/:x", "/a/:y"]);
    assert_eq!(found(&router, "/a"), "/a");
    assert_eq!(found(&router, "/b"), "/:x");
    assert_eq!(found(&router, "/a/b"), "/a/:y");
    assert_eq!(found(&router, "/a/b/c"), "/a/...");
    assert_eq!(found(&router, "/b/c"), "nothing");
}

#[test]
fn captures_are_named_and_the_rest_is_path_info() {
    let route = Route::parse("/foo/:userid/...").unwrap();
    let matched = route.matches("/foo/42/bar/").unwrap();
    assert_eq!(matched.named["userid"], "42");
    assert_eq!(matched.path_info, "/bar/");
    assert_eq!(route.matches("/foo/42").unwrap().path_info, "");
    assert_eq!(route.matches("/foo/42/").unwrap().path_info, "/");
    assert_eq!(route.matches("/foo"), None);
    assert_eq!(route.matches("/foo//bar"), None, "a named segment is not empty");
    assert_eq!(Route::parse("/...").unwrap().matches("/").unwrap().path_info, "/");
    assert_eq!(Route::parse("/foo").unwrap().matches("/foo/").unwrap().path_info, "");
}

#[test]
fn broken_routes_are_refused() {
    for raw in ["/.../a", "/a/:", "/:a/:a", "/a:b", "/a*", "/a?b", "/*/*"] {
        assert!(Route::parse(raw).is_err(), "{raw}");
    }
}

#[test]
fn routes_that_match_the_same_paths_have_one_shape() {
    let shape = |raw| Route::parse(raw).unwrap().shape();
    assert_eq!(shape("/a/:b/..."), shape("/a/:c/*"));
    assert_eq!(shape("/a/"), shape("a"));
    assert_ne!(shape("/a"), shape("/a/..."));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn segment() -> impl Strategy<Value = String> {
        "[a-c]{1,2}"
    }

    fn route() -> impl Strategy<Value = String> {
        (prop::collection::vec(prop_oneof![segment(), Just(":p".to_owned())], 0..4), any::<bool>()).prop_map(
            |(segments, wildcard)| {
                let mut raw = String::new();
                for (index, segment) in segments.iter().enumerate() {
                    raw.push('/');
                    if segment == ":p" { raw.push_str(&format!(":p{index}")) } else { raw.push_str(segment) }
                }
                if wildcard {
                    raw + "/..."
                } else if raw.is_empty() {
                    "/".into()
                } else {
                    raw
                }
            },
        )
    }

    proptest! {
        #[test]
        fn a_path_built_from_a_route_matches_it(raw in route(), fill in segment(), tail in prop::collection::vec(segment(), 0..3)) {
            let route = Route::parse(&raw).unwrap();
            let path = raw
                .trim_end_matches("/...")
                .split('/')
                .map(|part| if part.starts_with(':') { fill.as_str() } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let tail: String = tail.iter().map(|part| format!("/{part}")).collect();
            let path = if raw.ends_with("...") { path + &tail } else { path };
            let path = if path.is_empty() { "/".to_owned() } else { path };
            prop_assert!(route.matches(&path).is_some(), "{raw} {path}");
        }

        #[test]
        fn the_order_of_routes_does_not_matter(raws in prop::collection::btree_set(route(), 1..8), path in prop::collection::vec(segment(), 0..5)) {
            let path = format!("/{}", path.join("/"));
            let parsed = || raws.iter().map(|raw| Route::parse(raw).unwrap());
            let mut shapes: Vec<_> = parsed().map(|route| route.shape()).collect();
            shapes.sort();
            shapes.dedup();
            prop_assume!(shapes.len() == raws.len());
            let forward = Router::new(parsed().map(|route| (route, ())));
            let backward = Router::new(parsed().rev().map(|route| (route, ())));
            let name = |router: &Router<()>| router.find(&path).map(|(route, ..)| route.raw().to_owned());
            prop_assert_eq!(name(&forward), name(&backward));
        }

        #[test]
        fn no_path_and_no_route_panics(raw in ".{0,20}", path in ".{0,20}") {
            if let Ok(route) = Route::parse(&raw) {
                let _ = route.matches(&path);
            }
        }
    }
}
