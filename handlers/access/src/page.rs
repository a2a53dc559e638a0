//! Lists in the order of ids. A cursor is the id that a page ended with.

use std::fmt::Display;

use edgewire_edge::checks::Checks;
use edgewire_edge::page::{HIGHEST_LIMIT, USUAL_LIMIT};
use edgewire_edge::query::Query;

/// Which page is asked for.
#[derive(Debug)]
pub struct Page<Id> {
    limit: usize,
    after: Option<Id>,
}

impl<Id: Ord + Display> Page<Id> {
    /// Reads `limit` and `cursor`.
    pub fn read<E: Display>(
        query: &Query,
        parse: impl FnOnce(&str) -> Result<Id, E>,
        checks: &mut Checks,
    ) -> Self {
        Self::read_up_to(HIGHEST_LIMIT, query, parse, checks)
    }

    /// As [`Self::read`], of what is so large that a page may have no more than `highest`.
    pub fn read_up_to<E: Display>(
        highest: u64,
        query: &Query,
        parse: impl FnOnce(&str) -> Result<Id, E>,
        checks: &mut Checks,
    ) -> Self {
        let limit = query.integer("limit", USUAL_LIMIT, 1, highest, checks) as usize;
        Self { limit, after: query.parsed("cursor", parse, checks) }
    }

    /// The page of `all`, which are in the order of their ids, and the next page's cursor.
    pub fn of<T>(&self, all: Vec<T>, id: impl Fn(&T) -> &Id) -> (Vec<T>, Option<String>) {
        let is_behind = |item: &T| self.after.as_ref().is_none_or(|after| id(item) > after);
        let mut page: Vec<T> = all.into_iter().filter(is_behind).take(self.limit + 1).collect();
        let more = page.len() > self.limit;
        page.truncate(self.limit);
        let next = page.last().filter(|_| more).map(|last| id(last).to_string());
        (page, next)
    }
}
