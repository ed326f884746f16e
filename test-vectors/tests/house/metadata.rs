//! What `cargo metadata` says, as far as the rules need it.

use alloc::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::tree::{TIERS, root};

#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_members: Vec<String>,
    pub(crate) workspace_default_members: Vec<String>,
    pub(crate) resolve: Option<Resolve>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) edition: String,
    pub(crate) license: Option<String>,
    pub(crate) rust_version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) readme: Option<String>,
    pub(crate) manifest_path: String,
    /// The native library that it links, if any.
    pub(crate) links: Option<String>,
    /// The registries it may go to: none at all for an unpublished member.
    pub(crate) publish: Option<Vec<String>>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
    /// What each feature turns on.
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

/// A library, a program, an example, a test: by what it is compiled as.
#[derive(Clone, Deserialize)]
pub(crate) struct Target {
    kind: Vec<String>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Option<Kind>,
    pub(crate) optional: bool,
    pub(crate) req: String,
    pub(crate) features: Vec<String>,
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Dev,
    Build,
}

#[derive(Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<Node>,
}

#[derive(Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) deps: Vec<Edge>,
}

#[derive(Deserialize)]
pub(crate) struct Edge {
    pub(crate) pkg: String,
    pub(crate) dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
pub(crate) struct EdgeKind {
    pub(crate) kind: Option<Kind>,
}

impl Metadata {
    /// The members and what their manifests declare.
    pub(crate) fn of_members() -> Self {
        Self::ask(&["--no-deps", "--offline"])
    }

    /// Members and dependencies, with every feature, on this platform.
    pub(crate) fn with_dependencies() -> Self {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let version = Command::new(rustc)
            .arg("-vV")
            .output()
            .expect("rustc runs")
            .stdout;
        let version = String::from_utf8(version).expect("UTF-8");
        let host = version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .expect("a host");
        Self::ask(&["--all-features", "--locked", "--filter-platform", host])
    }

    fn ask(arguments: &[&str]) -> Self {
        let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["metadata", "--format-version=1"])
            .args(arguments)
            .current_dir(root())
            .output()
            .expect("cargo runs");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo metadata: {complaint}");
        serde_json::from_slice(&output.stdout).expect("cargo's JSON")
    }
}

impl Package {
    /// True for what goes to a registry.
    pub(crate) fn is_published(&self) -> bool {
        self.publish
            .as_ref()
            .is_none_or(|registries| !registries.is_empty())
    }

    /// Whether it is something to depend on.
    pub(crate) fn has_library(&self) -> bool {
        let mut kinds = self.targets.iter().flat_map(|target| &target.kind);
        kinds.any(|kind| kind == "lib")
    }

    /// Where it lies, from the root of the project.
    pub(crate) fn directory(&self) -> String {
        let directory = Path::new(&self.manifest_path).parent();
        let directory = directory.and_then(|directory| directory.strip_prefix(root()).ok());
        directory
            .map(|path| path.display().to_string().replace('\\', "/"))
            .unwrap_or_default()
    }

    /// Whether it stands above the libraries, on a tier that may ask for more.
    pub(crate) fn is_above(&self) -> bool {
        let directory = self.directory();
        let upper = TIERS.iter().skip(1);
        upper
            .into_iter()
            .any(|tier| directory.starts_with(&format!("{tier}/")))
    }

    /// A package in `crates` for tests of the rules.
    #[cfg(test)]
    pub(crate) fn fabricated(name: &str, dependencies: &[Dependency]) -> Self {
        Self::fabricated_in("crates", name, dependencies)
    }

    /// A package in a directory for tests of the rules.
    #[cfg(test)]
    pub(crate) fn fabricated_in(tier: &str, name: &str, dependencies: &[Dependency]) -> Self {
        Self {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            edition: "2024".to_owned(),
            license: Some("MIT OR Apache-2.0".to_owned()),
            rust_version: Some("1.88".to_owned()),
            description: Some("what it is".to_owned()),
            readme: Some("README.md".to_owned()),
            manifest_path: root()
                .join(tier)
                .join(name)
                .join("Cargo.toml")
                .display()
                .to_string(),
            links: None,
            publish: None,
            dependencies: dependencies.to_vec(),
            targets: vec![Target {
                kind: vec!["lib".to_owned()],
            }],
            features: BTreeMap::new(),
        }
    }
}

impl Dependency {
    /// A dependency for tests of the rules.
    #[cfg(test)]
    pub(crate) fn fabricated(name: &str, kind: Option<Kind>, optional: bool) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            optional,
            req: "*".to_owned(),
            features: Vec::new(),
        }
    }
}
