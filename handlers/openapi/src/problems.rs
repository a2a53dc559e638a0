//! What is wrong with the whole that no component can see.

use std::collections::BTreeMap;

use crate::parts::PARTS;
use crate::{Told, info};

/// In sentences: what components say of theirs, an id or a path twice, a chapter that is none, two schemas of one name.
pub fn problems() -> Vec<String> {
    let mut problems: Vec<String> = PARTS
        .iter()
        .flat_map(|part| (part.mistakes)().into_iter().map(|mistake| format!("{}: {mistake}", part.package)))
        .collect();
    let told = Told::by_all();
    let mut ids = BTreeMap::new();
    let mut places = BTreeMap::new();
    for operation in &told.operations {
        let line = format!("{} {}", operation.method, operation.path);
        if let Some(other) = ids.insert(operation.id.clone(), line.clone()) {
            problems.push(format!("{line} and {other} are both called {}", operation.id));
        }
        if info::place_of(operation.tag).is_none() {
            problems.push(format!("{line} stands in no chapter of info.rs: {:?}", operation.tag));
        }
        let place = (operation.method, blank(&operation.path));
        if let Some(other) = places.insert(place, line.clone()) {
            problems.push(format!("{line} and {other} are the same"));
        }
    }
    // Templates that differ in their names only are one path to OpenAPI.
    let mut paths: BTreeMap<String, &str> = BTreeMap::new();
    for operation in &told.operations {
        let first = paths.entry(blank(&operation.path)).or_insert(&operation.path);
        if *first != operation.path {
            problems.push(format!("{} and {first} differ in names only", operation.path));
        }
    }
    let mut names = std::collections::BTreeSet::new();
    for (name, _) in &told.schemas {
        if !names.insert(name) {
            problems.push(format!("two schemas are called {name}"));
        }
    }
    problems
}

/// The path with its names taken out.
fn blank(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}
