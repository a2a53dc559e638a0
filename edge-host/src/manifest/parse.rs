//! From TOML to a [`Manifest`].
//!
//! serde reads the shapes; what serde cannot know is checked here. Keys fall in three kinds: those
//! that are served, those that change nothing at run time and are let be (`build`, `description`,
//! …), and all others, which are refused by name: an ignored `files` or `dependencies` would serve
//! something else than what its author wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

use super::route::Route;
use super::template::Template;
use super::{Component, Manifest, StaticResponse, Target, Trigger, Variable};

/// Keys of a table that have no meaning to a host that runs the application.
const IGNORED_IN_APPLICATION: &[&str] = &["description", "authors", "tool"];
const IGNORED_IN_COMPONENT: &[&str] = &["description", "version", "build", "tool", "targets"];
const IGNORED_IN_TRIGGER: &[&str] = &["id"];
const IGNORED_IN_VARIABLE: &[&str] = &["description"];

type Rest = BTreeMap<String, toml::Value>;

#[derive(Deserialize)]
struct File {
    spin_manifest_version: toml::Value,
    application: Application,
    #[serde(default)]
    variables: BTreeMap<String, RawVariable>,
    #[serde(default)]
    trigger: BTreeMap<String, Vec<RawTrigger>>,
    #[serde(default)]
    component: BTreeMap<String, RawComponent>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Deserialize)]
struct Application {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Deserialize)]
struct RawVariable {
    default: Option<String>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    secret: bool,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Deserialize)]
struct RawTrigger {
    route: RawRoute,
    component: Option<toml::Value>,
    static_response: Option<RawStatic>,
    executor: Option<Executor>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawRoute {
    Path(String),
    Private { private: bool },
}

#[derive(Deserialize)]
struct Executor {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStatic {
    status_code: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

#[derive(Deserialize)]
struct RawComponent {
    source: toml::Value,
    #[serde(default)]
    allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(flatten)]
    rest: Rest,
}

pub(super) fn parse(text: &str, root: &Path) -> anyhow::Result<Manifest> {
    let file: File = toml::from_str(text)?;
    ensure!(
        file.spin_manifest_version.as_integer() == Some(2),
        "spin_manifest_version is {}: this host serves version 2",
        file.spin_manifest_version
    );
    refuse_rest("", &file.rest, &[])?;
    refuse_rest("application.", &file.application.rest, IGNORED_IN_APPLICATION)?;

    let mut variables = BTreeMap::new();
    for (name, raw) in file.variables {
        variables.insert(name.clone(), variable(&name, raw)?);
    }
    let mut components = BTreeMap::new();
    for (name, raw) in file.component {
        components.insert(name.clone(), component(&name, raw, &variables)?);
    }
    let triggers = triggers(file.trigger, &components)?;
    Ok(Manifest {
        name: file.application.name,
        version: file.application.version,
        variables,
        triggers,
        components,
        root: root.to_owned(),
    })
}

fn variable(name: &str, raw: RawVariable) -> anyhow::Result<Variable> {
    let prefix = format!("variables.{name}.");
    refuse_rest(&prefix, &raw.rest, IGNORED_IN_VARIABLE)?;
    ensure!(is_variable_name(name), "{prefix}: a variable's name is lower case words joined by `_`");
    ensure!(
        raw.required != raw.default.is_some(),
        "variables.{name} needs either `required = true` or a `default`, not both"
    );
    Ok(Variable { default: raw.default, secret: raw.secret })
}

fn component(
    name: &str,
    raw: RawComponent,
    declared: &BTreeMap<String, Variable>,
) -> anyhow::Result<Component> {
    let prefix = format!("component.{name}.");
    refuse_rest(&prefix, &raw.rest, IGNORED_IN_COMPONENT)?;
    let source = raw.source.as_str().with_context(|| {
        format!("{prefix}source: this host loads files only: give the path of a .wasm file")
    })?;
    let template = |key: &str, text: &str| {
        let template = Template::parse(text).with_context(|| format!("{prefix}{key}"))?;
        for used in template.variables() {
            ensure!(declared.contains_key(used), "{prefix}{key}: [variables] declares no `{used}`");
        }
        Ok(template)
    };
    let allowed_outbound_hosts = raw
        .allowed_outbound_hosts
        .iter()
        .map(|host| {
            let parsed = template("allowed_outbound_hosts", host)?;
            if parsed.is_literal() {
                super::grants::Grant::parse(host)
                    .with_context(|| format!("{prefix}allowed_outbound_hosts"))?;
            }
            Ok(parsed)
        })
        .collect::<anyhow::Result<_>>()?;
    let mut variables = BTreeMap::new();
    for (key, text) in &raw.variables {
        ensure!(is_variable_name(key), "{prefix}variables.{key}: not a variable's name");
        variables.insert(key.clone(), template(&format!("variables.{key}"), text)?);
    }
    Ok(Component { source: source.into(), allowed_outbound_hosts, variables, environment: raw.environment })
}

fn triggers(
    raw: BTreeMap<String, Vec<RawTrigger>>,
    components: &BTreeMap<String, Component>,
) -> anyhow::Result<Vec<Trigger>> {
    let mut triggers = Vec::new();
    let mut seen = BTreeSet::new();
    for (kind, list) in raw {
        ensure!(kind == "http", "trigger.{kind}: this host serves HTTP triggers only");
        for raw in list {
            let Some(trigger) = trigger(raw, components)? else { continue };
            ensure!(
                seen.insert(trigger.route.shape()),
                "trigger.http.route `{}` is there twice",
                trigger.route
            );
            triggers.push(trigger);
        }
    }
    Ok(triggers)
}

fn trigger(raw: RawTrigger, components: &BTreeMap<String, Component>) -> anyhow::Result<Option<Trigger>> {
    let route = match raw.route {
        RawRoute::Path(path) => path,
        // A private component is reached by other components only, which this host does not offer.
        RawRoute::Private { private: true } => return Ok(None),
        RawRoute::Private { private: false } => {
            bail!("trigger.http.route: a path, or {{ private = true }}")
        }
    };
    refuse_rest("trigger.http.", &raw.rest, IGNORED_IN_TRIGGER)?;
    if let Some(executor) = raw.executor {
        ensure!(
            executor.kind == "http",
            "trigger.http.executor.type `{}`: this host knows `http` only",
            executor.kind
        );
    }
    let parsed = Route::parse(&route).with_context(|| format!("trigger.http.route `{route}`"))?;
    let target = match (raw.component, raw.static_response) {
        (Some(component), None) => {
            let name = component.as_str().with_context(|| {
                format!("trigger.http.component of `{route}`: this host takes a component's name only")
            })?;
            ensure!(
                components.contains_key(name),
                "trigger.http.component of `{route}`: there is no [component.{name}]"
            );
            Target::Component(name.to_owned())
        }
        (None, Some(fixed)) => Target::Static(StaticResponse {
            status: fixed.status_code.unwrap_or(200),
            headers: fixed.headers,
            body: fixed.body,
        }),
        _ => bail!("trigger.http `{route}` needs either a component or a static_response"),
    };
    Ok(Some(Trigger { route: parsed, target }))
}

/// Refuses the first key that is neither served nor known to be without effect.
fn refuse_rest(prefix: &str, rest: &Rest, ignored: &[&str]) -> anyhow::Result<()> {
    match rest.keys().find(|key| !ignored.contains(&key.as_str())) {
        Some(key) => bail!("{prefix}{key}: this host does not support this key"),
        None => Ok(()),
    }
}

/// Spin's rule: words of `[a-z0-9]`, joined by single underscores, the first starting with a letter.
fn is_variable_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('_').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}
