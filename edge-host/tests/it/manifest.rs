//! Manifests that are refused, and the repository's own, with its components where they are built.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use edge_host::Manifest;
use edge_host::manifest::Target;
use edge_host::manifest::route::Router;
use edge_host::runtime::{engine, linker};
use edge_host::variables::Values;
use wasmtime::component::Component;

use super::support::guest;

const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"x\"\n";
const COMPONENT: &str = "[component.a]\nsource = \"a.wasm\"\n";

fn refused(text: &str) -> String {
    format!("{:#}", Manifest::parse(text, Path::new(".")).unwrap_err())
}

#[test]
fn what_this_host_does_not_support_is_refused_by_name() {
    let trigger = "[[trigger.http]]\nroute = \"/a\"\ncomponent = \"a\"\n";
    for (text, named) in [
        ("spin_manifest_version = 1\n[application]\nname = \"x\"".to_owned(), "spin_manifest_version"),
        (format!("{HEAD}[tools.x]\n"), "tools"),
        (format!("{HEAD}[application.trigger.http]\nbase = \"/b\"\n"), "application.trigger"),
        (format!("{HEAD}{COMPONENT}files = [\"f\"]\n"), "component.a.files"),
        (format!("{HEAD}{COMPONENT}key_value_stores = [\"default\"]\n"), "component.a.key_value_stores"),
        (format!("{HEAD}[component.a]\nsource = {{ url = \"u\", digest = \"d\" }}\n"), "component.a.source"),
        (
            format!("{HEAD}{COMPONENT}allowed_outbound_hosts = [\"redis\"]\n"),
            "component.a.allowed_outbound_hosts",
        ),
        (format!("{HEAD}{COMPONENT}[component.a.variables]\nx = \"{{{{ nope }}}}\"\n"), "`nope`"),
        (format!("{HEAD}[variables]\nx = {{}}\n"), "variables.x"),
        (format!("{HEAD}[variables]\nX-y = {{ default = \"\" }}\n"), "variables.X-y"),
        (format!("{HEAD}{trigger}"), "[component.a]"),
        (format!("{HEAD}{COMPONENT}{trigger}{trigger}"), "`/a` is there twice"),
        (format!("{HEAD}{COMPONENT}{trigger}executor = {{ type = \"wagi\" }}\n"), "wagi"),
        (format!("{HEAD}{COMPONENT}{trigger}dependencies = {{}}\n"), "trigger.http.dependencies"),
        (format!("{HEAD}{COMPONENT}[[trigger.redis]]\nroute = \"/a\"\ncomponent = \"a\"\n"), "trigger.redis"),
        (format!("{HEAD}{COMPONENT}[[trigger.http]]\nroute = \"/.../a\"\ncomponent = \"a\"\n"), "/.../a"),
        (format!("{HEAD}[[trigger.http]]\nroute = \"/a\"\n"), "component or a static_response"),
    ] {
        let error = refused(&text);
        assert!(error.contains(named), "{named}: {error}");
    }
}

#[test]
fn what_changes_nothing_is_let_be() {
    let text = format!(
        "{HEAD}description = \"d\"\nauthors = [\"a\"]\n{COMPONENT}description = \"d\"\n[component.a.build]\ncommand = \"make\"\n[[trigger.http]]\nid = \"t\"\nroute = {{ private = true }}\ncomponent = \"a\"\n"
    );
    let manifest = Manifest::parse(&text, Path::new("/app")).unwrap();
    assert!(manifest.triggers.is_empty(), "a private route is reached by nobody here");
    assert_eq!(manifest.source(&manifest.components["a"]), Path::new("/app/a.wasm"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn own() -> Manifest {
    Manifest::read(&root().join("spin.toml")).unwrap()
}

#[test]
fn the_repositorys_routes_lead_where_they_should() {
    let router = Router::new(own().triggers.into_iter().map(|trigger| (trigger.route, trigger.target)));
    for (path, component) in [
        ("/api/v1/sessions", "sessions"),
        ("/api/v1/sessions/s1", "sessions"),
        ("/api/v1/sessions/s1/qr.png", "sessions"),
        ("/api/v1/sessions/messages", "sessions"),
        ("/api/v1/sessions/s1/messages", "messages"),
        ("/api/v1/sessions/s1/messages/send", "messages"),
        ("/api/v1/sessions/messages/messages", "messages"),
        ("/api/v1/outbox/ob_1", "messages"),
        ("/api/v1/events", "events"),
        ("/api/v1/events/poll", "events"),
        ("/api/v1/sessions/s1/media/upload", "media"),
        ("/api/v1/sessions/s1/media/download", "media"),
        ("/api/v1/sessions/s1/messages/3EB0AA/media", "media"),
        ("/messages/3EB0AA/media", "media"),
        ("/messages/3EB0AA/status", "device-api"),
        ("/api/v1/sessions/s1/groups", "groups"),
        ("/api/v1/sessions/s1/groups/1@g.us/participants/promote", "groups"),
        ("/api/v1/sessions/s1/contacts/check", "contacts"),
        ("/api/v1/sessions/s1/presence", "contacts"),
        ("/api/v1/sessions/s1/chats/628123456789/typing", "contacts"),
        ("/api/v1/sessions/s1/presence/628123456789/subscribe", "contacts"),
        ("/api/v1/sessions/s1/chats", "chats"),
        ("/api/v1/sessions/s1/chats/628123456789/messages", "chats"),
        ("/api/v1/sessions/s1/newsletters", "newsletters"),
        ("/api/v1/sessions/s1/newsletters/1/messages/7/reactions", "newsletters"),
        ("/api/v1/webhooks", "webhooks"),
        ("/api/v1/webhooks/wh_1/dead/replay", "webhooks"),
        ("/api/v1/sessions/s1/webhooks", "webhooks"),
        ("/api/v1/sessions/s1/webhooks/wh_1", "webhooks"),
        ("/webhook", "webhooks"),
        ("/webhook/events", "webhooks"),
        ("/api/v1/tokens", "access"),
        ("/api/v1/tokens/tok_1", "access"),
        ("/api/v1/organizations", "access"),
        ("/api/v1/organizations/acme/users/ada", "access"),
        ("/api/v1/audit", "access"),
        ("/send/text", "device-api"),
        ("/messages/3EB0A1", "device-api"),
        ("/messages/3EB0A1/read", "device-api"),
        ("/jobs/01J", "device-api"),
        ("/devices", "device-api"),
        ("/status", "device-api"),
        ("/qr", "device-api"),
        ("/paircode", "device-api"),
        ("/connect", "device-api"),
        ("/disconnect", "device-api"),
        ("/readyz", "sessions"),
        ("/livez", "sessions"),
        ("/openapi.json", "docs"),
    ] {
        let (_, target, _) = router.find(path).unwrap_or_else(|| panic!("{path} leads nowhere"));
        assert_eq!(*target, Target::Component(component.to_owned()), "{path}");
    }
    assert!(router.find("/elsewhere").is_none());
}

#[test]
fn the_repositorys_components_may_speak_to_redis_and_nobody_else() {
    let manifest = own();
    let values = Values::resolve(&manifest, &[].into(), |_| None).expect("usable without settings");
    assert_eq!(
        manifest.components.keys().collect::<Vec<_>>(),
        [
            "access",
            "chats",
            "contacts",
            "device-api",
            "docs",
            "events",
            "groups",
            "media",
            "messages",
            "newsletters",
            "sessions",
            "webhooks"
        ]
    );
    assert!(manifest.variables["admin_token"].secret);
    for (name, component) in &manifest.components {
        let grants = values.grants_of(name, component).unwrap();
        if name == "docs" {
            assert!(!grants.allow("redis", "127.0.0.1", 6379), "docs needs nobody");
            continue;
        }
        assert!(grants.allow("redis", "127.0.0.1", 6379), "{name}");
        assert!(!grants.allow("redis", "127.0.0.1", 6380) && !grants.name_scheme("http"), "{name}");
        assert_eq!(values.of_component(component).unwrap()["redis_url"], "redis://127.0.0.1:6379");
    }
}

/// Imports by name, the patch of a 0.2 version left out: they are compatible.
fn plain(name: &str) -> String {
    match name.split_once("@0.2.") {
        Some((name, _)) => format!("{name}@0.2"),
        None => name.to_owned(),
    }
}

/// What the world `handler` of /wit lets a component import.
fn world() -> BTreeSet<String> {
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).unwrap();
    let world = resolve.select_world(&[package], Some("handler")).unwrap();
    let imports = resolve.worlds[world].imports.keys();
    imports.map(|key| plain(&resolve.name_world_key(key))).collect()
}

/// Holds the component in `file` against the world, the linker and its grants.
fn check(name: &str, file: &Path, speaks_http: bool) {
    let engine = engine::build(&edge_host::Options::default().instances).unwrap();
    let component = Component::from_file(&engine, file).unwrap();
    let world = world();
    for (import, _) in component.component_type().imports(&engine) {
        assert!(world.contains(&plain(import)), "{name} imports {import}, which /wit does not have");
        let client = import.starts_with("wasi:http/client@");
        assert!(!client || speaks_http, "{name} imports {import}, and nothing grants it a host");
    }
    linker::prepare(&linker::build(&engine).unwrap(), &component).unwrap();
}

#[test]
fn every_built_component_imports_what_the_world_has_and_no_more() {
    check("guest", guest::wasm(), true);
    let manifest = own();
    let values = Values::resolve(&manifest, &[].into(), |_| None).unwrap();
    for (name, component) in &manifest.components {
        let file = manifest.source(component);
        if !file.exists() {
            // `cargo xtask test` builds the components first; a plain `cargo test -p edge-host` may do without.
            assert!(std::env::var_os("EDGEWIRE_STAGE").is_none(), "{} is not built", file.display());
            eprintln!("{} is not built: not looked at", file.display());
            continue;
        }
        let grants = values.grants_of(name, component).unwrap();
        check(name, &file, grants.name_scheme("http") || grants.name_scheme("https"));
    }
}
