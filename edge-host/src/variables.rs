//! The values of the manifest's `[variables]`, and what of them a component sees.
//!
//! In order: `--variable`, the environment (`SPIN_VARIABLE_<NAME>`), the default. Values are read
//! once, at the start: a required variable without a value stops the start, by name.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, ensure};

use crate::manifest::grants::Grants;
use crate::manifest::{Component, Manifest};

/// Values by variable name. Its `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Values(BTreeMap<String, String>);

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Values {
    /// Gives every declared variable its value: from `given`, else from `environment` (asked for
    /// `SPIN_VARIABLE_<NAME>`), else its default.
    ///
    /// # Errors
    /// When a required variable has none, or `given` holds one that the manifest does not declare.
    pub fn resolve(
        manifest: &Manifest,
        given: &BTreeMap<String, String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        for name in given.keys() {
            ensure!(
                manifest.variables.contains_key(name),
                "--variable {name}: the manifest declares no such variable"
            );
        }
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, declared) in &manifest.variables {
            let key = environment_key(name);
            let value =
                given.get(name).cloned().or_else(|| environment(&key)).or_else(|| declared.default.clone());
            match value {
                Some(value) => {
                    values.insert(name.clone(), value);
                }
                None => missing.push(format!("`{name}` (set {key} or --variable {name}=…)")),
            }
        }
        ensure!(missing.is_empty(), "required variable without a value: {}", missing.join(", "));
        Ok(Self(values))
    }

    /// What component `name` may read: its `[component.<name>.variables]`, filled in.
    ///
    /// # Errors
    /// When a template names a variable without a value; a checked manifest has none such.
    pub fn of_component(&self, component: &Component) -> anyhow::Result<BTreeMap<String, String>> {
        component.variables.iter().map(|(name, text)| Ok((name.clone(), text.fill(&self.0)?))).collect()
    }

    /// The grants of component `name`, filled in.
    ///
    /// # Errors
    /// When a value makes a grant that is none, naming the grant as the manifest has it.
    pub fn grants_of(&self, name: &str, component: &Component) -> anyhow::Result<Grants> {
        let filled = component
            .allowed_outbound_hosts
            .iter()
            .map(|text| text.fill(&self.0))
            .collect::<anyhow::Result<Vec<_>>>()?;
        Grants::parse(filled.iter().map(String::as_str))
            .with_context(|| format!("component.{name}.allowed_outbound_hosts"))
    }
}

/// The environment variable that gives a Spin variable its value.
#[must_use]
pub fn environment_key(name: &str) -> String {
    format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        spin_manifest_version = 2
        [application]
        name = "test"
        [variables]
        token = { required = true, secret = true }
        redis_url = { default = "redis://127.0.0.1" }
        [component.a]
        source = "a.wasm"
        allowed_outbound_hosts = ["{{ redis_url }}"]
        [component.a.variables]
        url = "{{ redis_url }}"
        both = "{{ token }}-x"
    "#;

    fn manifest() -> Manifest {
        Manifest::parse(MANIFEST, ".".as_ref()).unwrap()
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn a_flag_beats_the_environment_and_that_the_default() {
        let environment = |key: &str| (key == "SPIN_VARIABLE_TOKEN").then(|| "from-env".to_owned());
        let component = &manifest().components["a"];
        let values = Values::resolve(&manifest(), &given(&[]), environment).unwrap();
        let seen = values.of_component(component).unwrap();
        assert_eq!(seen, given(&[("url", "redis://127.0.0.1"), ("both", "from-env-x")]));
        let values = Values::resolve(&manifest(), &given(&[("token", "t")]), environment).unwrap();
        assert_eq!(values.of_component(component).unwrap()["both"], "t-x");
        assert!(values.grants_of("a", component).unwrap().allow("redis", "127.0.0.1", 6379));
    }

    #[test]
    fn a_required_variable_without_value_is_named() {
        let error = Values::resolve(&manifest(), &given(&[]), |_| None).unwrap_err().to_string();
        assert!(error.contains("`token`") && error.contains("SPIN_VARIABLE_TOKEN"), "{error}");
    }

    #[test]
    fn an_undeclared_variable_is_refused() {
        let error = Values::resolve(&manifest(), &given(&[("tokne", "t")]), |_| None).unwrap_err();
        assert!(error.to_string().contains("tokne"));
    }

    #[test]
    fn values_are_not_shown() {
        let values = Values::resolve(&manifest(), &given(&[("token", "hush")]), |_| None).unwrap();
        assert!(!format!("{values:?}").contains("hush"));
    }
}
