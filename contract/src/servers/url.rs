//! The URL of Redis.

/// A URL of one server, or of several that are alike: `redis://[user:password@]host[:port][,host[:port]…][/database]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisUrl {
    /// `redis://`, `rediss://`; empty for anything without a scheme, which is left as it is.
    scheme: String,
    /// With the `@` behind it; empty when there are none.
    credentials: String,
    hosts: Vec<String>,
    /// From the `/` on.
    rest: String,
}

impl RedisUrl {
    /// Takes a URL apart. Whether its parts make sense is found out by who connects.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let whole = |hosts: &str| vec![hosts.to_owned()];
        let Some((scheme, rest)) = text.split_once("://") else {
            let (scheme, credentials, rest) = (String::new(), String::new(), String::new());
            return Self { scheme, credentials, hosts: whole(text), rest };
        };
        let (credentials, rest) = match rest.rsplit_once('@') {
            Some((credentials, rest)) => (format!("{credentials}@"), rest),
            None => (String::new(), rest),
        };
        let (hosts, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let named = hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
        let hosts = Some(named.map(str::to_owned).collect()).filter(|named: &Vec<_>| !named.is_empty());
        let hosts = hosts.unwrap_or_else(|| whole(""));
        Self { scheme: format!("{scheme}://"), credentials, hosts, rest: rest.to_owned() }
    }

    /// Each server that is named, as it is; at least one.
    pub fn endpoints(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(String::as_str)
    }

    /// The URL of each server that is named; at least one.
    pub fn each(&self) -> Vec<String> {
        self.hosts.iter().map(|host| self.at(host)).collect()
    }

    /// Of another server of the same kind: with this one's scheme, credentials and database.
    pub fn at(&self, endpoint: &str) -> String {
        format!("{}{}{endpoint}{}", self.scheme, self.credentials, self.rest)
    }

    /// Each server's URL with neither credentials nor a database, and with credentials alone: sentinels have no databases,
    /// and mostly no password.
    pub fn sentinels(&self) -> Vec<[String; 2]> {
        let Self { scheme, credentials, .. } = self;
        self.hosts
            .iter()
            .map(|host| [format!("{scheme}{host}"), format!("{scheme}{credentials}{host}")])
            .collect()
    }
}

/// `host:port`, an IPv6 address in brackets.
pub fn endpoint(host: &str, port: impl std::fmt::Display) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_is_itself() {
        for url in [
            "redis://127.0.0.1:6379",
            "rediss://me:a,b%40@db.example:6380/3",
            "redis://db",
            "unix:/tmp/redis",
        ] {
            assert_eq!(RedisUrl::parse(url).each(), [url]);
        }
    }

    #[test]
    fn several_share_what_stands_around_them() {
        let url = RedisUrl::parse("rediss://me:secret@a:1, b:2,[::1]:3/0");
        let each = ["rediss://me:secret@a:1/0", "rediss://me:secret@b:2/0", "rediss://me:secret@[::1]:3/0"];
        assert_eq!(url.each(), each);
        assert_eq!(url.at(&endpoint("::2", 4)), "rediss://me:secret@[::2]:4/0");
        assert_eq!(url.sentinels()[1], ["rediss://b:2", "rediss://me:secret@b:2"]);
    }
}
