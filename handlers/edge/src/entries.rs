//! A part of a stream of records, the newest first; a cursor is the place of the last entry that was told.

use edgewire_contract::fault::Fault;
use edgewire_contract::ids::EntryId;

use crate::checks::Checks;
use crate::page::{HIGHEST_LIMIT, USUAL_LIMIT};
use crate::query::Query;

/// Which page of a stream is asked for: how many, and before which entry.
///
/// # Errors
/// 400.
pub fn page(query: &Query) -> Result<(u32, Option<EntryId>), Fault> {
    let mut checks = Checks::default();
    let limit = query.integer("limit", USUAL_LIMIT, 1, HIGHEST_LIMIT, &mut checks) as u32;
    let before = query.parsed("cursor", EntryId::parse, &mut checks);
    checks.finish()?;
    Ok((limit, before))
}

/// A page of what was read, which is one more if there is another page: then also its cursor.
pub fn cut<T>(mut found: Vec<(EntryId, T)>, limit: u32) -> (Vec<(EntryId, T)>, Option<String>) {
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|(at, _)| at.to_string());
    (found, next)
}
