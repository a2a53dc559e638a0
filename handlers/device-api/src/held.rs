//! A body of which the first part may have been looked at.

use std::collections::VecDeque;

use edgewire_edge::body::MAX_JSON;
use edgewire_edge::request::{CutShort, Incoming};

use crate::finder::{Finder, Found};

/// A body that is read in whole although a part of it has been looked at.
#[derive(Debug)]
pub struct Held<I> {
    seen: VecDeque<Result<Vec<u8>, CutShort>>,
    ended: bool,
    rest: I,
}

impl<I: Incoming> Held<I> {
    /// Nothing of it has been looked at.
    pub fn new(rest: I) -> Self {
        Self { seen: VecDeque::new(), ended: false, rest }
    }

    /// Puts back what was read.
    pub fn put_back(&mut self, bytes: Vec<u8>) {
        self.seen.push_front(Ok(bytes));
    }

    /// Looks for the text of a member of the outermost object: in all of a body up to [`MAX_JSON`], in the beginning of a
    /// longer one, and no further than it must.
    pub async fn find(&mut self, name: &'static str) -> Found {
        let mut finder = Finder::new(name);
        let mut held = 0;
        while held <= MAX_JSON && !self.ended {
            let Some(piece) = self.rest.piece().await else {
                self.ended = true;
                break;
            };
            let found = piece.as_deref().map_or(Found::NotYet, |bytes| finder.feed(bytes));
            held += piece.as_deref().map_or(0, <[u8]>::len);
            self.ended = piece.is_err();
            self.seen.push_back(piece);
            if found != Found::NotYet {
                return found;
            }
        }
        Found::NotYet
    }
}

impl<I: Incoming> Incoming for Held<I> {
    async fn piece(&mut self) -> Option<Result<Vec<u8>, CutShort>> {
        match self.seen.pop_front() {
            Some(piece) => Some(piece),
            None if self.ended => None,
            None => self.rest.piece().await,
        }
    }
}
