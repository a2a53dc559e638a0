//! A body of which the first part may have been looked at.

use edgewire_edge::body::MAX_JSON;
use edgewire_edge::request::{CutShort, Incoming};

use crate::finder::{Finder, Found};

/// A body that is read in whole although a part of it has been looked at.
#[derive(Debug)]
pub struct Held<I> {
    /// What was looked at, in one: pieces may be much smaller than the memory that each takes.
    seen: Vec<u8>,
    /// It broke off behind what was looked at.
    broken: Option<CutShort>,
    ended: bool,
    rest: I,
}

impl<I: Incoming> Held<I> {
    /// Nothing of it has been looked at.
    pub fn new(rest: I) -> Self {
        Self { seen: Vec::new(), broken: None, ended: false, rest }
    }

    /// Puts back what was read.
    pub fn put_back(&mut self, mut bytes: Vec<u8>) {
        bytes.append(&mut self.seen);
        self.seen = bytes;
    }

    /// Looks for the text of a member of the outermost object: in all of a body up to [`MAX_JSON`], in the beginning of a
    /// longer one, and no further than it must.
    pub async fn find(&mut self, name: &'static str) -> Found {
        let mut finder = Finder::new(name);
        while self.seen.len() <= MAX_JSON && !self.ended {
            let bytes = match self.rest.piece().await {
                Some(Ok(bytes)) => bytes,
                Some(Err(broken)) => {
                    (self.broken, self.ended) = (Some(broken), true);
                    break;
                }
                None => {
                    self.ended = true;
                    break;
                }
            };
            let found = finder.feed(&bytes);
            self.seen.extend_from_slice(&bytes);
            if found != Found::NotYet {
                return found;
            }
        }
        Found::NotYet
    }
}

impl<I: Incoming> Incoming for Held<I> {
    async fn piece(&mut self) -> Option<Result<Vec<u8>, CutShort>> {
        if !self.seen.is_empty() {
            return Some(Ok(std::mem::take(&mut self.seen)));
        }
        if let Some(broken) = self.broken.take() {
            return Some(Err(broken));
        }
        if self.ended { None } else { self.rest.piece().await }
    }
}
