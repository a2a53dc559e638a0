//! Text with `{{ variable }}` in it, as grants and component variables are written.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When a `{{` is never closed, or holds no name.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, following) =
                after.split_once("}}").with_context(|| format!("`{text}`: a `{{{{` is never closed"))?;
            let name = name.trim();
            if name.is_empty() || name.contains(['{', '}', ' ']) {
                bail!("`{text}`: `{{{{ }}}}` takes the name of one variable");
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Variable(name.to_owned()));
            rest = following;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The variables that it names, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Whether it names no variable.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.variables().next().is_none()
    }

    /// The text, with the values put in.
    ///
    /// # Errors
    /// When `values` lacks a variable. A checked manifest with resolved variables never does.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> anyhow::Result<String> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => Ok(text.as_str()),
                Part::Variable(name) => values
                    .get(name)
                    .map(String::as_str)
                    .with_context(|| format!("variable `{name}` has no value")),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_place_of_names() {
        let template = Template::parse("redis://{{ host }}:{{port}}/0").unwrap();
        assert_eq!(template.variables().collect::<Vec<_>>(), ["host", "port"]);
        let values = [("host".to_owned(), "db".to_owned()), ("port".to_owned(), "6379".to_owned())].into();
        assert_eq!(template.fill(&values).unwrap(), "redis://db:6379/0");
        assert!(template.fill(&BTreeMap::new()).is_err());
    }

    #[test]
    fn text_without_names_stays() {
        let template = Template::parse("*://*:*").unwrap();
        assert!(template.is_literal());
        assert_eq!(template.fill(&BTreeMap::new()).unwrap(), "*://*:*");
        assert_eq!(Template::parse("").unwrap().fill(&BTreeMap::new()).unwrap(), "");
    }

    #[test]
    fn broken_templates_are_refused() {
        for text in ["{{ open", "{{}}", "{{ two words }}", "{{ {{ a }} }}"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
