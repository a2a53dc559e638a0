//! A request's query: known parameters are checked, unknown ones ignored. Of a parameter that is given twice, the first
//! counts, unless it is a list.

use crate::checks::Checks;
use crate::route::decode;

/// The parameters, decoded.
#[derive(Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the part of a URI behind the `?`. A pair that is not text is left out.
    pub fn parse(query: Option<&str>) -> Self {
        let decoded = |text: &str| decode(&text.replace('+', " "));
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .filter_map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    Some((decoded(name)?, decoded(value)?))
                })
                .collect(),
        )
    }

    /// The value of `name`. An empty one counts as none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }

    /// `true` or `false`; `default` when it is not given.
    pub fn flag(&self, name: &str, default: bool, checks: &mut Checks) -> bool {
        match self.get(name) {
            None => default,
            Some("true") => true,
            Some("false") => false,
            Some(other) => {
                checks.note(&format!("query.{name}"), "must be true or false", other);
                default
            }
        }
    }

    /// A whole number of `min..=max`; `default` when it is not given.
    pub fn integer(&self, name: &str, default: u64, min: u64, max: u64, checks: &mut Checks) -> u64 {
        let Some(text) = self.get(name) else { return default };
        match text.parse() {
            Ok(n) if (min..=max).contains(&n) => n,
            _ => {
                let message = format!("must be a whole number from {min} to {max}");
                checks.note(&format!("query.{name}"), message, text);
                default
            }
        }
    }

    /// What `parse` makes of the value; `None` when it is not given or bad.
    pub fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        checks: &mut Checks,
    ) -> Option<T> {
        let text = self.get(name)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(e) => {
                checks.note(&format!("query.{name}"), e.to_string(), text);
                None
            }
        }
    }

    /// All values of `name`, each split at its commas.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(n, _)| n == name);
        values.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|v| !v.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parameters_are_decoded_and_checked() {
        let mut checks = Checks::default();
        let query =
            Query::parse(Some("async=true&limit=7&events=message,auth.qr&events=x&name=a+b%26c&&empty="));
        assert!(query.flag("async", false, &mut checks));
        assert_eq!(query.integer("limit", 50, 1, 200, &mut checks), 7);
        assert_eq!(query.list("events"), ["message", "auth.qr", "x"]);
        assert_eq!(query.get("name"), Some("a b&c"));
        assert_eq!(query.get("empty"), None);
        assert!(checks.finish().is_ok());
    }

    #[test]
    fn every_bad_parameter_is_named() {
        let mut checks = Checks::default();
        let query = Query::parse(Some("async=yes&limit=0"));
        query.flag("async", false, &mut checks);
        query.integer("limit", 50, 1, 200, &mut checks);
        let fault = checks.finish().unwrap_err();
        assert_eq!(fault.message, "2 fields are invalid: query.async, query.limit");
    }

    proptest! {
        #[test]
        fn no_query_panics(text in "[a-z%&=+,0-9\\PC]{0,60}") {
            let query = Query::parse(Some(&text));
            let mut checks = Checks::default();
            let _ = (query.list("a"), query.flag("a", false, &mut checks), query.get("b"));
        }
    }
}
