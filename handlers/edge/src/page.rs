//! A part of an index by time, and where the next one begins. A cursor is the place that a page ended with, so that it
//! stays good while others come and go; places of one time are told apart by their names, so that none is left out or
//! told twice.

use edgewire_contract::token::hex;

use crate::bus::BusError;
use crate::bus::archive::{Order, Place};
use crate::checks::Checks;
use crate::query::Query;

/// How many places a page has when its caller does not say.
pub const USUAL_LIMIT: u64 = 50;
/// How many it may have.
pub const HIGHEST_LIMIT: u64 = 200;
/// How many are read at once where many have the time of the cursor.
const AT_ONCE: u32 = 1000;

/// Which part of an index is asked for.
#[derive(Debug, Clone)]
pub struct Page {
    /// In which order.
    pub order: Order,
    limit: usize,
    after: Option<Place>,
}

impl Page {
    /// Reads `limit`, `cursor` and `order`, which is the newest first where nothing else is asked for.
    pub fn read(query: &Query, checks: &mut Checks) -> Self {
        Self::ordered(query, Order::Newest, checks)
    }

    /// As [`Self::read`], with another order where none is asked for.
    pub fn ordered(query: &Query, usual: Order, checks: &mut Checks) -> Self {
        let limit = query.integer("limit", USUAL_LIMIT, 1, HIGHEST_LIMIT, checks) as usize;
        let after = query.parsed("cursor", place, checks);
        let order = query.parsed("order", order, checks).unwrap_or(usual);
        Self { order, limit, after }
    }

    /// The page's places and the next page's cursor. `fetch` gives places of the page's order from a time on: see
    /// [`crate::bus::archive::Archive::places`].
    ///
    /// # Errors
    /// Those of `fetch`.
    pub async fn of(
        &self,
        mut fetch: impl AsyncFnMut(Option<i64>, (u32, u32)) -> Result<Vec<Place>, BusError>,
    ) -> Result<(Vec<Place>, Option<String>), BusError> {
        let (from, mut skip, mut count) =
            (self.after.as_ref().map(|after| after.at), 0, self.limit as u32 + 1);
        let mut page: Vec<Place> = Vec::with_capacity(self.limit + 1);
        loop {
            let some = fetch(from, (skip, count)).await?;
            let all = (some.len() as u64) < u64::from(count);
            page.extend(some.into_iter().filter(|place| self.is_ahead(place)));
            if all || page.len() > self.limit {
                break;
            }
            (skip, count) = (skip + count, AT_ONCE);
        }
        let more = page.len() > self.limit;
        page.truncate(self.limit);
        let next = page.last().filter(|_| more).map(cursor);
        Ok((page, next))
    }

    fn is_ahead(&self, place: &Place) -> bool {
        self.after.as_ref().is_none_or(|after| match self.order {
            Order::Newest => place < after,
            Order::Oldest => place > after,
        })
    }
}

fn cursor(Place { at, name }: &Place) -> String {
    hex(format!("{at}:{name}").as_bytes())
}

fn place(cursor: &str) -> Result<Place, &'static str> {
    let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = cursor.as_bytes().chunks(2).map(digits).collect();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref()
        .and_then(|text| text.split_once(':'))
        .and_then(|(at, name)| Some(Place { at: at.parse().ok()?, name: name.to_owned() }))
        .ok_or("must be the nextCursor of an earlier answer")
}

fn order(text: &str) -> Result<Order, &'static str> {
    match text {
        "desc" => Ok(Order::Newest),
        "asc" => Ok(Order::Oldest),
        _ => Err("must be desc (the newest first) or asc (the oldest first)"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::run;

    /// A sorted set as Redis reads it.
    fn redis(all: &[Place], order: Order, from: Option<i64>, (skip, count): (u32, u32)) -> Vec<Place> {
        let mut places = all.to_vec();
        places.sort();
        if order == Order::Newest {
            places.reverse();
        }
        let ahead = |place: &Place| match (from, order) {
            (None, _) => true,
            (Some(from), Order::Newest) => place.at <= from,
            (Some(from), Order::Oldest) => place.at >= from,
        };
        places.into_iter().filter(ahead).skip(skip as usize).take(count as usize).collect()
    }

    fn page(query: &str) -> Page {
        let mut checks = Checks::default();
        let page = Page::read(&Query::parse(Some(query)), &mut checks);
        checks.finish().unwrap();
        page
    }

    proptest! {
        #[test]
        fn pages_give_everything_once_and_in_order(
            // Few times, so that many are equal.
            times in prop::collection::vec(0_i64..4, 0..60),
            limit in 1_usize..12,
            ascending in any::<bool>(),
        ) {
            let place = |(n, at): (usize, &i64)| Place { at: *at, name: format!("3EB0{n:X}") };
            let all: Vec<Place> = times.iter().enumerate().map(place).collect();
            let order = if ascending { "asc" } else { "desc" };
            let (mut told, mut query) = (Vec::new(), format!("limit={limit}&order={order}"));
            for turn in 0.. {
                prop_assert!(turn <= all.len(), "it never ends");
                let page = page(&query);
                let fetch = async |from, part| Ok(redis(&all, page.order, from, part));
                let (places, next) = run(page.of(fetch)).unwrap();
                prop_assert!(places.len() <= limit);
                told.extend(places);
                let Some(cursor) = next else { break };
                query = format!("limit={limit}&order={order}&cursor={cursor}");
            }
            let page = page(&query);
            prop_assert_eq!(told, redis(&all, page.order, None, (0, 1000)));
        }

        #[test]
        fn a_cursor_leads_back_to_its_place(at in any::<i64>(), name in "[A-Za-z0-9_.:@-]{1,64}") {
            let at = Place { at, name };
            prop_assert_eq!(place(&cursor(&at)), Ok(at));
        }

        #[test]
        fn no_cursor_panics(text in "\\PC{0,40}") {
            let _ = place(&text);
        }
    }

    #[test]
    fn a_new_message_moves_no_page() {
        let place = |at, name: &str| Place { at, name: name.into() };
        let mut all = vec![place(5, "B"), place(5, "A"), place(4, "Z")];
        let first = page("limit=1");
        let (places, next) =
            run(first.of(async |from, part| Ok(redis(&all, first.order, from, part)))).unwrap();
        assert_eq!(places, [place(5, "B")]);
        all.extend([place(9, "N"), place(5, "C")]);
        let second = page(&format!("limit=9&cursor={}", next.unwrap()));
        let (places, next) =
            run(second.of(async |from, part| Ok(redis(&all, second.order, from, part)))).unwrap();
        assert_eq!((places, next), (vec![place(5, "A"), place(4, "Z")], None));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let mut checks = Checks::default();
        Page::read(&Query::parse(Some("limit=201&cursor=zz&order=up")), &mut checks);
        let fault = checks.finish().unwrap_err();
        assert_eq!(fault.message, "3 fields are invalid: query.limit, query.cursor, query.order");
    }
}
