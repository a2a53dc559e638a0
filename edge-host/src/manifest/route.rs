//! Routes and the match of a path to the most specific of them.
//!
//! Spin's rules (its router is `routefinder`): segments are exact, `:name` (one segment, not empty)
//! or a last `...` (any number of segments, none included; also written `*`). Slashes at the ends of
//! a path do not count. Among the routes that match, compare segment by segment from the left:
//! exact beats `:name` beats `...`, and a route that ends beats one that goes on with `...`.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{bail, ensure};

/// A parsed route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    raw: String,
    segments: Vec<Segment>,
    wildcard: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Exact(String),
    Named(String),
}

/// What a path's match yields.
#[derive(Debug, PartialEq, Eq)]
pub struct Match {
    /// The values of `:name` segments, as they stand in the path (not percent-decoded).
    pub named: BTreeMap<String, String>,
    /// What `...` took: empty, or starting with `/`; a last `/` of the path is kept, as in Spin.
    pub path_info: String,
}

impl Route {
    /// Reads a route as `spin.toml` writes it.
    ///
    /// # Errors
    /// When `...` or `*` is not last, a name is empty or there twice, or a segment mixes `:` into
    /// other text.
    pub fn parse(raw: &str) -> anyhow::Result<Self> {
        let mut segments = Vec::new();
        let mut wildcard = false;
        let mut names = Vec::new();
        for segment in raw.trim_matches('/').split('/').filter(|segment| !segment.is_empty()) {
            ensure!(!wildcard, "`...` must be the last segment");
            match segment.strip_prefix(':') {
                Some(name) => {
                    ensure!(!name.is_empty(), "`:` needs a name");
                    ensure!(!names.contains(&name), "`:{name}` is there twice");
                    names.push(name);
                    segments.push(Segment::Named(name.to_owned()));
                }
                None if matches!(segment, "..." | "*") => wildcard = true,
                None if segment.contains([':', '*', '?', '#']) => {
                    bail!("segment `{segment}`: `:` and `*` stand alone, and a route has no query");
                }
                None => segments.push(Segment::Exact(segment.to_owned())),
            }
        }
        Ok(Self { raw: raw.to_owned(), segments, wildcard })
    }

    /// The route as written.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The route as written, with a leading `/` and without a trailing one.
    #[must_use]
    pub fn based(&self) -> String {
        format!("/{}", self.raw.trim_matches('/'))
    }

    /// The route as written, without its `/...`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.raw.strip_suffix("/...").unwrap_or(&self.raw)
    }

    /// The same for two routes that match the same paths.
    #[must_use]
    pub fn shape(&self) -> String {
        let mut shape = String::new();
        for segment in &self.segments {
            shape.push('/');
            match segment {
                Segment::Exact(text) => shape.push_str(text),
                Segment::Named(_) => shape.push(':'),
            }
        }
        if self.wildcard {
            shape.push_str("/...");
        }
        shape
    }

    /// Whether `path` (without query) is this route's, and what it captures.
    #[must_use]
    pub fn matches(&self, path: &str) -> Option<Match> {
        let trimmed = path.trim_matches('/');
        let mut given = trimmed.split('/').filter(|_| !trimmed.is_empty());
        let mut named = BTreeMap::new();
        for segment in &self.segments {
            let value = given.next()?;
            match segment {
                Segment::Exact(text) if text == value => {}
                Segment::Named(name) if !value.is_empty() => {
                    named.insert(name.clone(), value.to_owned());
                }
                _ => return None,
            }
        }
        let mut path_info: String = given.flat_map(|segment| ["/", segment]).collect();
        if !self.wildcard {
            return path_info.is_empty().then_some(Match { named, path_info });
        }
        if path.ends_with('/') {
            path_info.push('/');
        }
        Some(Match { named, path_info })
    }

    /// Orders routes so that the more specific of two that match one path comes first.
    fn specificity(&self) -> Vec<u8> {
        let segments = self.segments.iter().map(|segment| match segment {
            Segment::Exact(_) => 1,
            Segment::Named(_) => 2,
        });
        // 0 marks an end without wildcard: it goes before anything that continues.
        segments.chain([if self.wildcard { 3 } else { 0 }]).collect()
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

/// Routes with what they lead to, ready to be asked.
#[derive(Debug)]
pub struct Router<T> {
    /// Most specific first.
    routes: Vec<(Route, T)>,
}

impl<T> Router<T> {
    /// Takes routes in any order.
    pub fn new(routes: impl IntoIterator<Item = (Route, T)>) -> Self {
        let mut routes: Vec<_> = routes.into_iter().collect();
        routes.sort_by_key(|(route, _)| route.specificity());
        Self { routes }
    }

    /// The most specific route for `path`, or `None`.
    pub fn find(&self, path: &str) -> Option<(&Route, &T, Match)> {
        self.routes.iter().find_map(|(route, target)| Some((route, target, route.matches(path)?)))
    }
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
