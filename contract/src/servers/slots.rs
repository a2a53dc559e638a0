//! Redis Cluster: 16,384 slots, each at one node.

use super::url::endpoint;
use crate::shard::crc16;

/// How many slots a cluster has.
pub const SLOTS: u16 = 16_384;

/// The slot of a key: that of its hash tag, where it has one.
pub fn slot(key: &[u8]) -> u16 {
    let tag = || {
        let begin = key.iter().position(|byte| *byte == b'{')? + 1;
        let length = key[begin..].iter().position(|byte| *byte == b'}').filter(|length| *length > 0)?;
        key.get(begin..begin + length)
    };
    crc16(tag().unwrap_or(key)) % SLOTS
}

/// What a node answers that has not the slot, or has no longer all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Only for this once, and after `ASKING`: the slot is on its way there.
    pub ask: bool,
    /// The slot.
    pub slot: u16,
    /// Who has it, `host:port`.
    pub node: String,
}

impl Redirect {
    /// Reads `MOVED 3999 host:port` or `ASK …` out of the text of an error of the node `asked` (`host:port`). redis-rs,
    /// which a Spin host uses, writes `Moved: 3999 host:port`.
    pub fn read(text: &str, asked: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace().skip_while(|word| kind(word).is_none());
        let ask = kind(words.next()?)?;
        let slot = words.next()?.parse().ok().filter(|slot| *slot < SLOTS)?;
        let (host, port) = words.next()?.rsplit_once(':')?;
        let port: u16 = port.parse().ok()?;
        Some(Self { ask, slot, node: endpoint(known(host, asked), port) })
    }
}

/// Whether a word begins a redirection, and is `ASK`.
fn kind(word: &str) -> Option<bool> {
    match word.trim_end_matches(':') {
        "MOVED" | "Moved" => Some(false),
        "ASK" | "Ask" => Some(true),
        _ => None,
    }
}

/// The host that a node names; one that does not know its own name means the one that was asked.
fn known<'a>(host: &'a str, asked: &'a str) -> &'a str {
    match host {
        "" | "?" => asked.rsplit_once(':').map_or(asked, |(host, _)| host),
        host => host,
    }
}

/// Who has which slot, as far as is known.
#[derive(Debug, Clone, Default)]
pub struct Slots {
    nodes: Vec<String>,
    /// Per slot, a node's place plus one; 0 when it is not known. Empty until something is known.
    owners: Vec<u16>,
}

/// One value of the answer to `CLUSTER SLOTS`, read through all its lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told<'a> {
    /// The first or last slot of a range, or a port.
    Number(i64),
    /// A host, an id, or what else is told of a node.
    Text(&'a str),
    /// A host that the node does not know.
    Nothing,
}

impl Slots {
    /// Reads the answer to `CLUSTER SLOTS` of the node `asked`: per range its first and last slot, then host, port and more
    /// of its primary, then of its replicas. Two numbers in a row begin a range, since a port has a text behind it.
    pub fn read(told: &[Told<'_>], asked: &str) -> Self {
        let mut slots = Self::default();
        for at in told.windows(4) {
            let [Told::Number(first), Told::Number(last), host, Told::Number(port)] = at else { continue };
            let host = match host {
                Told::Text(host) => known(host, asked),
                Told::Nothing => known("", asked),
                Told::Number(_) => continue,
            };
            let range = (u16::try_from(*first), u16::try_from(*last));
            if let (Ok(first), Ok(last)) = range {
                slots.set(first, last, &endpoint(host, port));
            }
        }
        slots
    }

    /// Who has a slot, `host:port`.
    pub fn node(&self, slot: u16) -> Option<&str> {
        let place = self.owners.get(usize::from(slot))?.checked_sub(1)?;
        self.nodes.get(usize::from(place)).map(String::as_str)
    }

    /// All that have any.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(String::as_str)
    }

    /// Nobody knows any more who has what was at `node`.
    pub fn forget(&mut self, node: &str) {
        let place =
            self.nodes.iter().position(|known| known == node).and_then(|at| u16::try_from(at + 1).ok());
        self.owners.iter_mut().filter(|owner| Some(**owner) == place).for_each(|owner| *owner = 0);
    }

    /// The slots from `first` to `last` are at `node`.
    pub fn set(&mut self, first: u16, last: u16, node: &str) {
        let place = self.nodes.iter().position(|known| known == node).unwrap_or_else(|| {
            self.nodes.push(node.to_owned());
            self.nodes.len() - 1
        });
        self.owners.resize(usize::from(SLOTS), 0);
        let range = usize::from(first)..=usize::from(last);
        if let (Some(owners), Ok(place)) = (self.owners.get_mut(range), u16::try_from(place + 1)) {
            owners.fill(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_redis_clusters() {
        // As `CLUSTER KEYSLOT` answers.
        for (key, expected) in
            [("foo", 12182), ("{user1000}.following", 3443), ("foo{}{bar}", 8363), ("foo{{bar}}zap", 4015)]
        {
            assert_eq!(slot(key.as_bytes()), expected, "{key}");
        }
        assert_eq!(slot(b"ew1:{s17}:cmd"), slot(b"s17"));
    }

    #[test]
    fn redirections_are_read() {
        let moved = |node: &str| Some(Redirect { ask: false, slot: 3999, node: node.to_owned() });
        let read = |text| Redirect::read(text, "10.0.0.1:7000");
        assert_eq!(read("MOVED 3999 127.0.0.1:6381"), moved("127.0.0.1:6381"));
        assert_eq!(
            read("An error was signalled by the server - Moved: 3999 127.0.0.1:6381"),
            moved("127.0.0.1:6381")
        );
        assert_eq!(read("MOVED 3999 :6381"), moved("10.0.0.1:6381"));
        assert_eq!(read("MOVED 3999 ::1:6381"), moved("[::1]:6381"));
        assert!(read("An error was signalled by the server - Ask: 1 h:2").is_some_and(|it| it.ask));
        for other in ["ERR no", "MOVED", "MOVED x y:1", "MOVED 3999 nowhere", "MOVED 16384 h:1"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn the_table_is_read_from_a_flat_answer() {
        use Told::{Nothing, Number, Text};
        let told = [
            Number(0),
            Number(5460),
            Text("10.0.0.1"),
            Number(7000),
            Text("id"),
            Text("hostname"),
            Text("one"),
            Text("10.0.0.4"),
            Number(7003),
            Text("id"),
            Number(5461),
            Number(16383),
            Nothing,
            Number(7001),
            Text("id"),
        ];
        let mut slots = Slots::read(&told, "10.0.0.9:7000");
        assert_eq!(slots.node(5460), Some("10.0.0.1:7000"));
        assert_eq!(slots.node(5461), Some("10.0.0.9:7001"));
        slots.set(5460, 5460, "10.0.0.9:7001");
        assert_eq!((slots.node(5460), slots.nodes().count()), (Some("10.0.0.9:7001"), 2));
        slots.forget("10.0.0.9:7001");
        assert_eq!((slots.node(5460), slots.node(5459)), (None, Some("10.0.0.1:7000")));
        assert_eq!(Slots::default().node(1), None);
    }
}
