//! Lanes: the commands of one chat run in order, those of different chats side by side.

use std::collections::{BTreeMap, HashMap, VecDeque};

use tokio::time::Instant;

use crate::commands::intake::Delivered;

/// The waiting commands of one session, by chat.
#[derive(Debug, Default)]
pub struct Lanes {
    lanes: HashMap<String, Lane>,
    /// Chats that have a command and run none.
    ready: VecDeque<String>,
    /// Chats whose next command has to wait, by until when, and in the order in which they came to it.
    held: BTreeMap<(Instant, u64), String>,
    turns: u64,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Delivered>,
    busy: bool,
    /// Whether its next command is held.
    held: bool,
    /// When that came to be held for the first time, counted.
    turn: Option<u64>,
}

impl Lanes {
    /// Puts a command at the end of its chat's lane.
    pub fn push(&mut self, chat: &str, command: Delivered) {
        let lane = self.lanes.entry(chat.to_owned()).or_default();
        if !lane.busy && lane.waiting.is_empty() {
            self.ready.push_back(chat.to_owned());
        }
        lane.waiting.push_back(command);
    }

    /// The next command that may run, with its chat, which is busy from now on.
    pub fn start_next(&mut self) -> Option<(String, Delivered)> {
        loop {
            let chat = self.ready.pop_front()?;
            let Some(lane) = self.lanes.get_mut(&chat).filter(|lane| !lane.busy) else { continue };
            let Some(command) = lane.waiting.pop_front() else { continue };
            lane.busy = true;
            return Some((chat, command));
        }
    }

    /// The chat's running command has ended.
    pub fn finish(&mut self, chat: &str) {
        let Some(lane) = self.lanes.get_mut(chat) else { return };
        (lane.busy, lane.turn) = (false, None);
        if lane.waiting.is_empty() {
            self.lanes.remove(chat);
        } else {
            self.ready.push_back(chat.to_owned());
        }
    }

    /// The chat's running command must run again, before anything else of the chat.
    pub fn again(&mut self, chat: &str, command: Delivered) {
        let waiting = &mut self.lanes.entry(chat.to_owned()).or_default().waiting;
        if waiting.front().is_none_or(|front| front.entry != command.entry) {
            waiting.push_front(command);
        }
        self.finish(chat);
    }

    /// The chat's running command must wait until then, and with it all that is behind it.
    pub fn hold(&mut self, chat: &str, command: Delivered, until: Instant) {
        let lane = self.lanes.entry(chat.to_owned()).or_default();
        (lane.busy, lane.held) = (false, true);
        lane.waiting.push_front(command);
        self.turns += 1;
        let turn = *lane.turn.get_or_insert(self.turns);
        self.held.insert((until, turn), chat.to_owned());
    }

    /// Whether the chat's next command is held.
    pub fn is_held(&self, chat: &str) -> bool {
        self.lanes.get(chat).is_some_and(|lane| lane.held)
    }

    /// When the first chat that is held may go on.
    pub fn held_until(&self) -> Option<Instant> {
        self.held.keys().next().map(|(until, _)| *until)
    }

    /// Lets the chats go on that are held until `now`.
    pub fn release(&mut self, now: Instant) {
        while let Some(first) = self.held.first_entry().filter(|first| first.key().0 <= now) {
            let chat = first.remove();
            self.go_on(chat);
        }
    }

    /// Lets all chats go on that are held.
    pub fn release_all(&mut self) {
        for chat in std::mem::take(&mut self.held).into_values() {
            self.go_on(chat);
        }
    }

    fn go_on(&mut self, chat: String) {
        if let Some(lane) = self.lanes.get_mut(&chat) {
            lane.held = false;
            self.ready.push_back(chat);
        }
    }

    /// Takes out all that waits; what runs goes on.
    pub fn take_waiting(&mut self) -> Vec<Delivered> {
        self.ready.clear();
        self.held.clear();
        self.lanes.values_mut().for_each(|lane| (lane.held, lane.turn) = (false, None));
        let taken = self.lanes.values_mut().flat_map(|lane| std::mem::take(&mut lane.waiting)).collect();
        self.lanes.retain(|_, lane| lane.busy);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::intake::tests::delivered;

    #[test]
    fn one_chat_is_in_order_and_chats_run_side_by_side() {
        let mut lanes = Lanes::default();
        for (chat, entry) in [("a", "1-0"), ("a", "2-0"), ("b", "3-0")] {
            lanes.push(chat, delivered(entry));
        }
        let first = lanes.start_next().unwrap();
        let second = lanes.start_next().unwrap();
        assert_eq!((first.0.as_str(), first.1.entry.as_str()), ("a", "1-0"));
        assert_eq!((second.0.as_str(), second.1.entry.as_str()), ("b", "3-0"));
        assert!(lanes.start_next().is_none(), "a is busy");
        lanes.again("a", first.1);
        assert_eq!(lanes.start_next().unwrap().1.entry, "1-0");
        lanes.finish("a");
        lanes.finish("b");
        assert_eq!(lanes.start_next().unwrap().1.entry, "2-0");
        lanes.finish("a");
        assert!(lanes.start_next().is_none());
    }

    #[test]
    fn a_chat_that_is_held_holds_up_no_other() {
        let mut lanes = Lanes::default();
        for (chat, entry) in [("a", "1-0"), ("b", "2-0")] {
            lanes.push(chat, delivered(entry));
        }
        let (now, later) = (Instant::now(), Instant::now() + std::time::Duration::from_secs(9));
        let (chat, first) = lanes.start_next().unwrap();
        lanes.hold(&chat, first, later);
        lanes.push("a", delivered("3-0"));
        assert_eq!(lanes.start_next().unwrap().1.entry, "2-0");
        lanes.release(now);
        assert!(lanes.start_next().is_none(), "what came behind it waits too");
        assert_eq!(lanes.held_until(), Some(later));
        lanes.release(later);
        assert_eq!(lanes.held_until(), None);
        assert_eq!(lanes.start_next().unwrap().1.entry, "1-0");
        lanes.finish("a");
        let (chat, third) = lanes.start_next().unwrap();
        assert_eq!(third.entry, "3-0");
        lanes.hold(&chat, third, later);
        assert!(lanes.is_held(&chat));
        lanes.release_all();
        assert!(!lanes.is_held(&chat));
        let (chat, third) = lanes.start_next().unwrap();
        lanes.hold(&chat, third, later);
        assert_eq!(lanes.take_waiting().len(), 1);
        assert_eq!(lanes.held_until(), None);
    }

    #[test]
    fn chats_go_on_in_the_order_in_which_they_came_to_wait() {
        let mut lanes = Lanes::default();
        for (chat, entry) in [("a", "1-0"), ("b", "2-0"), ("c", "3-0")] {
            lanes.push(chat, delivered(entry));
        }
        let later = Instant::now() + std::time::Duration::from_secs(9);
        let [a, b, c] = std::array::from_fn(|_| lanes.start_next().unwrap());
        for (chat, command) in [a, b, c] {
            lanes.hold(&chat, command, later);
        }
        lanes.release(later);
        // It has to wait once more, and is before those that have not asked again yet.
        let (chat, first) = lanes.start_next().unwrap();
        lanes.hold(&chat, first, later);
        for (chat, command) in [lanes.start_next().unwrap(), lanes.start_next().unwrap()] {
            lanes.hold(&chat, command, later);
        }
        lanes.release(later);
        let order: Vec<String> = std::iter::from_fn(|| lanes.start_next()).map(|(chat, _)| chat).collect();
        assert_eq!(order, ["a", "b", "c"]);
    }
}
