//! Lanes: the commands of one chat run in order, those of different chats side by side.

use std::collections::{HashMap, VecDeque};

use crate::commands::intake::Delivered;

/// The waiting commands of one session, by chat.
#[derive(Debug, Default)]
pub struct Lanes {
    lanes: HashMap<String, Lane>,
    /// Chats that have a command and run none.
    ready: VecDeque<String>,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Delivered>,
    busy: bool,
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
        lane.busy = false;
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

    /// Takes out all that waits; what runs goes on.
    pub fn take_waiting(&mut self) -> Vec<Delivered> {
        self.ready.clear();
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
}
