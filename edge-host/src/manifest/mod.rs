//! What a `spin.toml` says, checked.
//!
//! - `parse` reads the file and refuses, by name, every key that would change what is served and
//!   that this host does not know;
//! - `route` matches paths to routes, by Spin's rules;
//! - `template` is the `{{ variable }}` text of grants and component variables;
//! - `grants` decides whether a component may speak to an address.
//!
//! Nothing here does IO but [`Manifest::read`].

pub mod grants;
mod parse;
pub mod route;
pub mod template;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use route::Route;
use template::Template;

/// A checked manifest: every trigger names a component that is there, every route parses, every
/// template names declared variables only.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// `application.name`.
    pub name: String,
    /// `application.version`, empty when not given.
    pub version: String,
    /// `[variables]`.
    pub variables: BTreeMap<String, Variable>,
    /// `[[trigger.http]]`, in the file's order, without the private ones.
    pub triggers: Vec<Trigger>,
    /// `[component.<name>]`.
    pub components: BTreeMap<String, Component>,
    /// The folder that component sources are relative to.
    pub root: PathBuf,
}

/// One of `[variables]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The value when nobody gives one. `None` means that it is required.
    pub default: Option<String>,
    /// Its value is not to be shown.
    pub secret: bool,
}

/// One of `[[trigger.http]]`.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// Where it listens.
    pub route: Route,
    /// What answers.
    pub target: Target,
}

/// What a route leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A component, by its name.
    Component(String),
    /// An answer that the manifest itself gives.
    Static(StaticResponse),
}

/// `static_response` of a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaticResponse {
    /// 200 unless given.
    pub status: u16,
    /// Headers, as written.
    pub headers: BTreeMap<String, String>,
    /// The body; empty unless given.
    pub body: String,
}

/// One of `[component.<name>]`.
#[derive(Debug, Clone)]
pub struct Component {
    /// The `.wasm` file, relative to [`Manifest::root`].
    pub source: PathBuf,
    /// `allowed_outbound_hosts`, templates not yet filled in.
    pub allowed_outbound_hosts: Vec<Template>,
    /// `[component.<name>.variables]`.
    pub variables: BTreeMap<String, Template>,
    /// `[component.<name>.environment]`.
    pub environment: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads and checks the manifest at `path`.
    ///
    /// # Errors
    /// When the file cannot be read, or for whatever [`Manifest::parse`] refuses.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| anyhow::anyhow!("cannot read the manifest {}: {error}", path.display()))?;
        let root = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::parse(&text, root).map_err(|error| error.context(format!("in {}", path.display())))
    }

    /// Checks a manifest's text; component sources are taken relative to `root`.
    ///
    /// # Errors
    /// Names the key at fault: text that is not TOML, a version other than 2, a missing key, a key
    /// that this host does not support, an unknown component or variable, two equal routes.
    pub fn parse(text: &str, root: &Path) -> anyhow::Result<Self> {
        parse::parse(text, root)
    }

    /// The file that component `name` is loaded from.
    #[must_use]
    pub fn source(&self, component: &Component) -> PathBuf {
        self.root.join(&component.source)
    }
}
