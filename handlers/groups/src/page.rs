//! A list in pages. WhatsApp gives it whole, every time; a page is cut out of it. A cursor is the JID that a page ended
//! with, so that it stays good while others come and go.

use edgewire_contract::jid::{Jid, JidKind};
use edgewire_edge::checks::Checks;
use edgewire_edge::query::Query;
use serde_json::{Value, json};

/// How many items a page has when its caller does not say.
pub const USUAL_LIMIT: u64 = 100;
/// How many it may have: nearly the largest group, in one.
pub const HIGHEST_LIMIT: u64 = 1000;

/// Which part of a list is asked for.
#[derive(Debug)]
pub struct Page {
    limit: usize,
    after: Option<Jid>,
}

impl Page {
    /// Reads `limit` and `cursor`, a JID of one of `kinds`.
    pub fn read(query: &Query, kinds: &[JidKind], checks: &mut Checks) -> Self {
        let limit = query.integer("limit", USUAL_LIMIT, 1, HIGHEST_LIMIT, checks) as usize;
        let after = query.parsed(
            "cursor",
            |text| {
                let jid = Jid::parse_recipient(text).ok().filter(|jid| kinds.contains(&jid.kind()));
                jid.ok_or("must be the nextCursor of an earlier answer")
            },
            checks,
        );
        Self { limit, after }
    }

    /// That part of `items`, which are sorted by the JID in their field `key`.
    pub fn of(&self, mut items: Vec<Value>, key: &str) -> Value {
        let jid = |item: &Value| item[key].as_str().unwrap_or_default().to_owned();
        items.sort_by_cached_key(jid);
        items.dedup_by_key(|item| jid(item));
        if let Some(after) = &self.after {
            items.retain(|item| item[key].as_str().is_some_and(|jid| jid > after.as_str()));
        }
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let next = items.last().filter(|_| more).map(jid);
        json!({"data": items, "nextCursor": next})
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn page(query: &str) -> Page {
        let mut checks = Checks::default();
        let page = Page::read(&Query::parse(Some(query)), &[JidKind::Group], &mut checks);
        checks.finish().unwrap();
        page
    }

    fn jids(items: &Value) -> Vec<String> {
        items.as_array().unwrap().iter().map(|item| item["jid"].as_str().unwrap().to_owned()).collect()
    }

    proptest! {
        #[test]
        fn pages_give_everything_once_and_in_order(
            ids in prop::collection::vec("[1-9][0-9]{0,3}", 0..40),
            limit in 1_usize..12,
        ) {
            let all: Vec<Value> = ids.iter().map(|id| json!({"jid": format!("{id}@g.us")})).collect();
            let (mut told, mut query) = (Vec::new(), format!("limit={limit}"));
            for turn in 0.. {
                prop_assert!(turn <= ids.len(), "it never ends");
                let given = page(&query).of(all.clone(), "jid");
                let part = jids(&given["data"]);
                prop_assert!(part.len() <= limit);
                told.extend(part);
                let Some(cursor) = given["nextCursor"].as_str() else { break };
                query = format!("limit={limit}&cursor={cursor}");
            }
            let expected: BTreeSet<String> = ids.iter().map(|id| format!("{id}@g.us")).collect();
            prop_assert_eq!(told, expected.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_cursor_is_good_when_its_group_is_gone() {
        let items = vec![json!({"jid": "1@g.us"}), json!({"jid": "3@g.us"})];
        assert_eq!(
            page("cursor=2@g.us").of(items, "jid"),
            json!({"data": [{"jid": "3@g.us"}], "nextCursor": null})
        );
    }
}
