//! Tells rust-analyzer of the runtime.
//!
//! Cells are compiled against a prebuilt runtime that cargo knows nothing of.
//! rust-analyzer learns the structure of a project from `cargo metadata`, so the
//! runtime's own metadata, saved when it was built, is added to every answer
//! about the session's crate.

use serde_json::{Value, json};
use std::path::Path;

/// Name of the file beside the runtime that holds its `cargo metadata`.
pub(crate) const FILE: &str = "metadata.json";

/// The answer with the runtime added, or `None` if it is not about a session's
/// crate (rust-analyzer also asks about the standard library).
pub(crate) fn with_runtime(answer: &[u8], runtime: &Path) -> Option<Vec<u8>> {
    let mut answer: Value = serde_json::from_slice(answer).ok()?;
    let saved = std::fs::read(runtime.join(FILE)).ok()?;
    let saved: Value = serde_json::from_slice(&saved).ok()?;
    let root = find_package(&answer, "ctx")?;
    let runtime = find_package(&saved, "pynn")?;

    append(&mut answer["packages"], &saved["packages"]);
    append(&mut answer["resolve"]["nodes"], &saved["resolve"]["nodes"]);
    let nodes = answer["resolve"]["nodes"].as_array_mut()?;
    let node = nodes.iter_mut().find(|node| node["id"] == root)?;
    node["dependencies"].as_array_mut()?.push(runtime.clone());
    node["deps"].as_array_mut()?.push(json!({
        "name": "pynn",
        "pkg": runtime,
        "dep_kinds": [{ "kind": null, "target": null }],
    }));
    serde_json::to_vec(&answer).ok()
}

/// An answer about the members of a workspace alone (`--no-deps`), completed by what they
/// are to each other, or `None` if it is no answer.
pub(crate) fn of_members(answer: &[u8]) -> Option<Vec<u8>> {
    let mut answer: Value = serde_json::from_slice(answer).ok()?;
    let packages = answer["packages"].as_array()?;
    let nodes: Vec<Value> = packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().into_iter().flatten();
            let inner = dependencies.filter(|one| one["kind"].is_null());
            let deps: Vec<Value> = inner
                .filter_map(|one| {
                    let name = one["rename"].as_str().or(one["name"].as_str())?;
                    let id = find_package(&answer, one["name"].as_str()?)?;
                    Some(json!({
                        "name": name.replace('-', "_"),
                        "pkg": id,
                        "dep_kinds": [{ "kind": null, "target": null }],
                    }))
                })
                .collect();
            let dependencies: Vec<&Value> = deps.iter().map(|one| &one["pkg"]).collect();
            json!({
                "id": package["id"],
                "dependencies": dependencies,
                "deps": deps,
                "features": [],
            })
        })
        .collect();
    answer["resolve"] = json!({ "nodes": nodes, "root": null });
    serde_json::to_vec(&answer).ok()
}

fn find_package(metadata: &Value, name: &str) -> Option<Value> {
    let packages = metadata["packages"].as_array()?;
    packages
        .iter()
        .find(|package| package["name"] == name)
        .map(|package| package["id"].clone())
}

/// Adds the packages (or nodes) that are not there yet.
fn append(to: &mut Value, from: &Value) {
    if let (Some(to), Some(from)) = (to.as_array_mut(), from.as_array()) {
        for one in from {
            if !to.iter().any(|present| present["id"] == one["id"]) {
                to.push(one.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_becomes_a_dependency_once() {
        let directory = tempfile::tempdir().unwrap();
        let saved = json!({
            "packages": [{ "name": "pynn", "id": "p" }, { "name": "hx-figure", "id": "f" }],
            "resolve": { "nodes": [{ "id": "p" }, { "id": "f" }] },
        });
        std::fs::write(directory.path().join(FILE), saved.to_string()).unwrap();
        let asked = json!({
            "packages": [{ "name": "ctx", "id": "c" }],
            "resolve": { "nodes": [{ "id": "c", "dependencies": [], "deps": [] }] },
        });
        let text = with_runtime(asked.to_string().as_bytes(), directory.path()).unwrap();
        let answer: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(answer["packages"].as_array().unwrap().len(), 3);
        assert_eq!(answer["resolve"]["nodes"][0]["deps"][0]["pkg"], "p");
        let other = json!({ "packages": [{ "name": "std", "id": "s" }] });
        assert!(with_runtime(other.to_string().as_bytes(), directory.path()).is_none());
    }

    #[test]
    fn members_depend_on_each_other_and_on_nothing_else() {
        let asked = json!({
            "packages": [
                { "name": "core", "id": "c", "dependencies": [] },
                { "name": "std", "id": "s", "dependencies": [
                    { "name": "core", "rename": null, "kind": null },
                    { "name": "hashbrown", "rename": null, "kind": null },
                    { "name": "core", "rename": "own-core", "kind": "dev" },
                ] },
            ],
            "resolve": null,
        });
        let text = of_members(asked.to_string().as_bytes()).unwrap();
        let answer: Value = serde_json::from_slice(&text).unwrap();
        let std = &answer["resolve"]["nodes"][1];
        assert_eq!(std["dependencies"], json!(["c"]));
        assert_eq!(std["deps"][0]["name"], "core");
        assert_eq!(of_members(b""), None);
    }
}
