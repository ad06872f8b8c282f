//! Which crate depends on which.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::root;

/// Normal and build dependencies, by name; development dependencies are left out.
pub(super) struct Graph {
    pub(super) own: BTreeSet<String>,
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// What `cargo metadata` says for this platform, without the network where the packages are at hand.
    pub(super) fn of_this_workspace() -> Self {
        let version = output(Command::new("rustc").arg("-vV")).expect("rustc runs");
        let version = String::from_utf8_lossy(&version).into_owned();
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        let metadata = |network: &[&str]| {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["metadata", "--format-version", "1", "--locked"]);
            cargo.args(["--filter-platform", host.expect("rustc names its host")]);
            cargo.arg("--manifest-path").arg(root().join("Cargo.toml"));
            output(cargo.args(network))
        };
        let metadata = metadata(&["--offline"]).or_else(|_| metadata(&[]));
        let metadata = metadata.expect("cargo metadata runs");
        Self::from_metadata(&serde_json::from_slice(&metadata).expect("metadata is JSON"))
    }

    fn from_metadata(metadata: &Value) -> Self {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let packages = list(&metadata["packages"]);
        let names: BTreeMap<_, _> =
            packages.iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let own = packages.iter().filter(|package| package["source"].is_null());
        let own = own.map(|package| text(&package["name"])).collect();
        let mut edges = BTreeMap::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let shipped =
                |dep: &Value| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev");
            let deps = list(&node["deps"]);
            let off =
                switched_off(packages.iter().find(|package| package["id"] == node["id"]), &node);
            let deps = deps.iter().filter(|dep| shipped(dep));
            let deps = deps.map(|dep| names[&text(&dep["pkg"])].clone());
            let deps = deps.filter(|dep| !off.contains(dep));
            let of: &mut BTreeSet<_> = edges.entry(names[&text(&node["id"])].clone()).or_default();
            of.extend(deps);
        }
        Self { own, edges }
    }

    /// Edges between our crates that the table does not allow.
    pub(super) fn forbidden_edges(&self, may_know: &[(&str, &[&str])]) -> Vec<String> {
        let mut found = Vec::new();
        for from in &self.own {
            let Some((_, allowed)) = may_know.iter().find(|(name, _)| name == from) else {
                found.push(format!("{from} has no place in the architecture"));
                continue;
            };
            let known = self.edges.get(from).into_iter().flatten();
            let forbidden =
                known.filter(|to| self.own.contains(*to) && !allowed.contains(&to.as_str()));
            found.extend(forbidden.map(|to| format!("{from} knows {to}")));
        }
        found
    }

    /// Which of these crates are in the tree of a crate.
    pub(super) fn reaches(&self, from: &str, banned: &[&str]) -> Vec<String> {
        let mut seen = BTreeSet::from([from]);
        let mut waiting = vec![from];
        while let Some(at) = waiting.pop() {
            let deps = self.edges.get(at).into_iter().flatten().map(String::as_str);
            waiting.extend(deps.filter(|dep| seen.insert(dep)));
        }
        let found = banned.iter().filter(|name| seen.contains(*name));
        found.map(|name| format!("{from} brings {name}")).collect()
    }
}

/// The optional dependencies of a package that none of its features asks for: cargo lists also those of which a feature only says
/// what it wants of them if they are there.
fn switched_off(package: Option<&Value>, node: &Value) -> BTreeSet<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let Some(package) = package else { return BTreeSet::new() };
    let asked: BTreeSet<String> = list(&node["features"])
        .iter()
        .filter_map(Value::as_str)
        .flat_map(|feature| {
            let implied = list(&package["features"][feature]);
            implied.into_iter().chain([Value::from(feature)])
        })
        .filter_map(|asked| {
            let asked = asked.as_str()?;
            let name = asked.split('/').next()?;
            Some(name.strip_prefix("dep:").unwrap_or(name).to_owned())
        })
        .collect();
    let optional = list(&package["dependencies"]);
    let optional = optional.iter().filter(|dep| dep["optional"] == true);
    let asks_for = |dep: &&Value| {
        [&dep["name"], &dep["rename"]]
            .into_iter()
            .filter_map(Value::as_str)
            .any(|name| asked.contains(name))
    };
    let off = optional.filter(|dep| !asks_for(dep)).filter_map(|dep| dep["name"].as_str());
    off.map(str::to_owned).collect()
}

/// What a program printed, or what it complained about.
fn output(program: &mut Command) -> Result<Vec<u8>, String> {
    let output = program.output().map_err(|error| error.to_string())?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then_some(output.stdout).ok_or(complaint)
}

#[test]
fn forbidden_edge_is_found() {
    let metadata = serde_json::json!({
        "packages": [
            { "id": "p", "name": "mcp-engine-proto", "source": null },
            { "id": "r", "name": "mcp-engine-runtime", "source": null },
            { "id": "x", "name": "mcp-engine-extra", "source": null },
            { "id": "t", "name": "tokio", "source": "registry" },
            { "id": "m", "name": "mio", "source": "registry" },
            { "id": "d", "name": "dhat", "source": "registry" },
        ],
        "resolve": { "nodes": [
            { "id": "p", "deps": [
                { "pkg": "r", "dep_kinds": [{ "kind": null }] },
                { "pkg": "d", "dep_kinds": [{ "kind": "dev" }] },
            ] },
            { "id": "r", "deps": [
                { "pkg": "t", "dep_kinds": [{ "kind": "dev" }, { "kind": null }] },
                { "pkg": "p", "dep_kinds": [{ "kind": null }] },
            ] },
            { "id": "t", "deps": [{ "pkg": "m", "dep_kinds": [{ "kind": "build" }] }] },
        ] },
    });
    let graph = Graph::from_metadata(&metadata);
    assert_eq!(
        graph.forbidden_edges(&[
            ("mcp-engine-proto", &[]),
            ("mcp-engine-runtime", &["mcp-engine-proto"])
        ]),
        [
            "mcp-engine-extra has no place in the architecture",
            "mcp-engine-proto knows mcp-engine-runtime"
        ]
    );
    let brought = graph.reaches("mcp-engine-proto", &["mio", "rand", "tokio"]);
    assert_eq!(brought, ["mcp-engine-proto brings mio", "mcp-engine-proto brings tokio"]);
    assert_eq!(graph.reaches("mcp-engine-proto", &["dhat"]), Vec::<String>::new());
}

#[test]
fn optional_dependency_counts_when_a_feature_asks_for_it() {
    let reaches = |features: &[&str]| {
        let metadata = serde_json::json!({
            "packages": [
                { "id": "w", "name": "webpki", "source": "registry",
                  "features": { "alloc": ["ring?/alloc"], "ring": ["dep:ring"], "fast": ["ring"] },
                  "dependencies": [{ "name": "ring", "rename": null, "optional": true }] },
                { "id": "r", "name": "ring", "source": "registry" },
            ],
            "resolve": { "nodes": [
                { "id": "w", "features": features, "deps": [{ "pkg": "r", "dep_kinds": [{ "kind": null }] }] },
            ] },
        });
        !Graph::from_metadata(&metadata).reaches("webpki", &["ring"]).is_empty()
    };
    assert!(!reaches(&["alloc"]));
    assert!(reaches(&["alloc", "ring"]) && reaches(&["fast"]));
}
