//! `cargo xtask sbom`: what the shipped programs are made of, as a CycloneDX 1.5 document on stdout.
//!
//! It has every package that conn-host, edge-host and the components reach through normal dependencies, with its version,
//! licence, package URL and the checksum of `Cargo.lock`. Build scripts' and tests' packages are not in it: they are not
//! shipped. Without a time or a serial number, so that one source gives one document.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::say::tell;
use crate::workspace::Workspace;

/// The programs that are shipped beside the components.
const PROGRAMS: [&str; 2] = ["conn-host", "edge-host"];

/// Prints the document.
///
/// # Errors
/// When cargo cannot tell what the packages are.
pub fn run() -> Result<()> {
    let workspace = Workspace::read()?;
    let metadata = workspace.graph(&[])?;
    let lock = std::fs::read_to_string(workspace.root.join("Cargo.lock")).context("reading Cargo.lock")?;
    let mut shipped: Vec<&str> = workspace.components.iter().map(String::as_str).collect();
    shipped.extend(PROGRAMS);
    let document = document(&metadata, &checksums(&lock), &shipped)?;
    tell(serde_json::to_string_pretty(&document)?);
    Ok(())
}

/// The packages' checksums, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |line: &str, name: &str| {
        let quoted = line.strip_prefix(name)?.strip_prefix(" = \"")?;
        quoted.strip_suffix('"').map(str::to_owned)
    };
    let mut found = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let field = |name: &str| package.lines().find_map(|line| value(line, name));
        if let (Some(name), Some(version), Some(checksum)) =
            (field("name"), field("version"), field("checksum"))
        {
            found.insert((name, version), checksum);
        }
    }
    found
}

fn document(
    metadata: &Value,
    checksums: &BTreeMap<(String, String), String>,
    shipped: &[&str],
) -> Result<Value> {
    let packages: BTreeMap<&str, &Value> = list(&metadata["packages"])
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let needs: BTreeMap<&str, Vec<&str>> = list(&metadata["resolve"]["nodes"])
        .iter()
        .filter_map(|node| Some((node["id"].as_str()?, normal(node))))
        .collect();
    let mut open: Vec<&str> = packages
        .iter()
        .filter(|(_, package)| {
            let is_ours = package["source"].is_null();
            is_ours && package["name"].as_str().is_some_and(|name| shipped.contains(&name))
        })
        .map(|(id, _)| *id)
        .collect();
    ensure!(open.len() == shipped.len(), "a shipped package is not in the workspace");
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(needs.get(id).into_iter().flatten());
        }
    }
    let reference = |id: &str| packages.get(id).map(|package| purl(package)).unwrap_or_default();
    let components: Vec<Value> = reached
        .iter()
        .filter_map(|id| packages.get(id))
        .map(|package| component(package, checksums))
        .collect();
    let dependencies: Vec<Value> = reached
        .iter()
        .map(|id| {
            let on: BTreeSet<String> = needs.get(id).into_iter().flatten().map(|id| reference(id)).collect();
            json!({ "ref": reference(id), "dependsOn": on })
        })
        .collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": "edgewire" } },
        "components": components,
        "dependencies": dependencies,
    }))
}

/// The ids of the normal dependencies of a node: neither for build scripts nor for tests.
fn normal(node: &Value) -> Vec<&str> {
    list(&node["deps"])
        .iter()
        .filter(|dep| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()))
        .filter_map(|dep| dep["pkg"].as_str())
        .collect()
}

fn component(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Value {
    let text = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
    let (name, version) = (text("name"), text("version"));
    let mut component = json!({
        "type": "library",
        "bom-ref": purl(package),
        "name": name,
        "version": version,
        "purl": purl(package),
    });
    if let Some(licence) = package["license"].as_str() {
        // Old manifests say `MIT/Apache-2.0` for what is `MIT OR Apache-2.0` now.
        component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
    }
    if let Some(checksum) = checksums.get(&(name, version)) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    component
}

fn purl(package: &Value) -> String {
    let text = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
    format!("pkg:cargo/{}@{}", text("name"), text("version"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(id: &str, name: &str, source: Option<&str>) -> Value {
        json!({ "id": id, "name": name, "version": "1.2.3", "license": "MIT/Apache-2.0", "source": source })
    }

    fn dep(id: &str, kind: Option<&str>) -> Value {
        json!({ "pkg": id, "dep_kinds": [{ "kind": kind }] })
    }

    #[test]
    fn what_is_shipped_is_in_it_and_nothing_else() {
        let metadata = json!({
            "packages": [
                package("1", "conn-host", None), package("2", "tokio", Some("registry")),
                package("3", "cc", Some("registry")), package("4", "proptest", Some("registry")),
                package("5", "bytes", Some("registry")), package("6", "bench", None),
            ],
            "resolve": { "nodes": [
                { "id": "1", "deps": [dep("2", None), dep("3", Some("build")), dep("4", Some("dev"))] },
                { "id": "2", "deps": [dep("5", None)] },
                { "id": "5", "deps": [] },
                { "id": "6", "deps": [dep("1", None)] },
            ] },
        });
        let lock = "[[package]]\nname = \"bytes\"\nversion = \"1.2.3\"\nchecksum = \"abc\"\n\n\
                    [[package]]\nname = \"tokio\"\nversion = \"9.9.9\"\nchecksum = \"def\"\n";
        let document = document(&metadata, &checksums(lock), &["conn-host"]).unwrap();
        let names: Vec<_> = list(&document["components"]).iter().map(|it| it["name"].clone()).collect();
        assert_eq!(names, ["conn-host", "tokio", "bytes"]);
        let bytes = &document["components"][2];
        assert_eq!(bytes["hashes"], json!([{ "alg": "SHA-256", "content": "abc" }]));
        assert_eq!(bytes["licenses"], json!([{ "expression": "MIT OR Apache-2.0" }]));
        assert_eq!(document["components"][1]["hashes"], Value::Null, "another version's");
        assert_eq!(
            document["dependencies"][0],
            json!({ "ref": "pkg:cargo/conn-host@1.2.3", "dependsOn": ["pkg:cargo/tokio@1.2.3"] })
        );
        assert!(self::document(&metadata, &checksums(lock), &["no-such"]).is_err());
    }
}
