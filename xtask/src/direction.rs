//! Who may depend on whom, checked on cargo's own graph: normal and build dependencies, through every level.
//!
//! `deny.toml` holds some of this too; this check needs nothing installed and knows the folders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::workspace::Workspace;

/// What packages in a folder (of the workspace) must not reach, and why.
const RULES: [(&str, &[&str], &str); 6] = [
    ("contract", &["tokio", "redis", "spin-sdk", "wasmtime"], "the contract does no IO"),
    ("handlers", CONN_HOST, "handlers and conn-host meet in Redis and in the contract only"),
    ("handlers", &["tokio", "redis", "wasmtime"], "a component has only what its host gives it"),
    ("conn-host", HANDLERS, "handlers and conn-host meet in Redis and in the contract only"),
    (
        "edge-host",
        &["edgewire-contract", "whatsapp-rust", "spin-sdk"],
        "edge-host knows spin.toml and wit only",
    ),
    ("sandbox", &["edgewire-contract", "conn-host", "spin-sdk"], "the sandbox is WhatsApp, not Edgewire"),
];
const CONN_HOST: &[&str] = &[
    "conn-host",
    "edgewire-store",
    "edgewire-outbound",
    "edgewire-delivery",
    "edgewire-media",
    "edgewire-depot",
    "edgewire-login",
    "whatsapp-rust",
    "wacore",
];
const HANDLERS: &[&str] = &[
    "edgewire-edge",
    "edgewire-messages",
    "edgewire-sessions",
    "edgewire-events",
    "edgewire-groups",
    "edgewire-contacts",
    "edgewire-chats",
    "edgewire-media-handlers",
    "edgewire-newsletters",
    "edgewire-webhooks",
    "edgewire-access",
    "edgewire-docs",
    "edgewire-openapi",
    "edgewire-device-api",
    "spin-sdk",
];

/// Packages that only the named folders may reach.
const RESERVED: [(&str, &[&str]); 3] = [
    ("spin-sdk", &["handlers", "fuzz"]),
    ("whatsapp-rust", &["conn-host", "tests", "bench"]),
    ("wasmtime", &["edge-host", "bench"]),
];

/// Checks every rule.
///
/// # Errors
/// Names every breach.
pub fn check(workspace: &Workspace) -> Result<String> {
    let data = workspace.graph(&["--features", crate::build::SANDBOX_FEATURE])?;
    let graph = Graph::read(&data, &workspace.root);
    let breaches = graph.breaches();
    if breaches.is_empty() {
        return Ok(format!("{} packages keep to their folders' rules", graph.members.len()));
    }
    bail!("{}", breaches.join("\n"))
}

#[derive(Debug, Default)]
struct Graph {
    /// Name by package id.
    names: BTreeMap<String, String>,
    /// Package ids by package id; development dependencies are left out.
    edges: BTreeMap<String, Vec<String>>,
    /// Folder and package id of the workspace's own.
    members: Vec<(String, String)>,
}

impl Graph {
    fn read(data: &Value, root: &Path) -> Self {
        let mut graph = Self::default();
        let own: BTreeSet<&str> = strings(&data["workspace_members"]).collect();
        for package in items(&data["packages"]) {
            let (Some(id), Some(name)) = (package["id"].as_str(), package["name"].as_str()) else { continue };
            graph.names.insert(id.to_owned(), name.to_owned());
            let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
            if own.contains(id)
                && let Ok(inside) = manifest.strip_prefix(root)
                && let Some(folder) = inside.components().next()
            {
                graph.members.push((folder.as_os_str().to_string_lossy().into_owned(), id.to_owned()));
            }
        }
        for node in items(&data["resolve"]["nodes"]) {
            let lasting = items(&node["deps"])
                .filter(|dep| items(&dep["dep_kinds"]).any(|kind| kind["kind"].as_str() != Some("dev")));
            let targets = lasting.filter_map(|dep| dep["pkg"].as_str().map(str::to_owned)).collect();
            graph.edges.insert(node["id"].as_str().unwrap_or_default().to_owned(), targets);
        }
        graph
    }

    /// The names of all that `id` reaches, itself left out.
    fn reached(&self, id: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            for next in self.edges.get(id).into_iter().flatten() {
                if seen.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        seen.iter().filter_map(|id| self.names.get(*id).map(String::as_str)).collect()
    }

    fn breaches(&self) -> Vec<String> {
        let mut breaches = Vec::new();
        for (folder, id) in &self.members {
            let name = self.names.get(id).map_or("?", String::as_str);
            let reached = self.reached(id);
            for (_, forbidden, why) in RULES.iter().filter(|(of, ..)| of == folder) {
                for bad in forbidden.iter().filter(|bad| reached.contains(**bad)) {
                    breaches.push(format!("{name} ({folder}/) depends on {bad}: {why}"));
                }
            }
            for (reserved, folders) in RESERVED {
                // Tests and xtask may reach everything that the processes are made of.
                if reached.contains(reserved) && !folders.contains(&folder.as_str()) {
                    breaches.push(format!(
                        "{name} ({folder}/) depends on {reserved}: only {} may",
                        folders.join(", ")
                    ));
                }
            }
        }
        breaches
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    items(value).filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_dependency_is_followed_through_every_level_but_not_into_tests() {
        let package = |name: &str, path: &str| json!({"id": name, "name": name, "manifest_path": path});
        let dep = |name: &str, kind: Value| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let data = json!({
            "workspace_members": ["edgewire-contract", "conn-host"],
            "packages": [
                package("edgewire-contract", "/w/contract/Cargo.toml"),
                package("conn-host", "/w/conn-host/Cargo.toml"),
                package("between", "/r/between/Cargo.toml"),
                package("tokio", "/r/tokio/Cargo.toml"),
                package("spin-sdk", "/r/spin-sdk/Cargo.toml"),
            ],
            "resolve": {"nodes": [
                {"id": "edgewire-contract", "deps": [dep("between", Value::Null)]},
                {"id": "between", "deps": [dep("tokio", Value::Null)]},
                {"id": "conn-host", "deps": [dep("tokio", Value::Null), dep("spin-sdk", json!("dev"))]},
            ]},
        });
        let breaches = Graph::read(&data, Path::new("/w")).breaches();
        assert_eq!(breaches, ["edgewire-contract (contract/) depends on tokio: the contract does no IO"]);
    }
}
