use super::*;

fn grants(texts: &[&str]) -> Grants {
    Grants::parse(texts.iter().copied()).unwrap()
}

#[test]
fn a_grant_is_for_one_scheme_host_and_port() {
    let granted = grants(&["redis://db.internal:6380"]);
    assert!(granted.allow("redis", "db.internal", 6380));
    assert!(granted.allow("redis", "DB.internal", 6380));
    assert!(!granted.allow("redis", "db.internal", 6379));
    assert!(!granted.allow("redis", "db.internal.evil", 6380));
    assert!(!granted.allow("rediss", "db.internal", 6380));
    assert!(!grants(&[]).allow("redis", "db.internal", 6380));
}

#[test]
fn without_a_port_the_schemes_own_is_meant() {
    assert!(grants(&["redis://db"]).allow("redis", "db", 6379));
    assert!(grants(&["https://api.example"]).allow("https", "api.example", 443));
    assert!(!grants(&["https://api.example"]).allow("https", "api.example", 8443));
    assert!(Grant::parse("gopher://old").is_err());
    assert!(Grant::parse("*://old").is_err());
}

#[test]
fn wildcards_stand_for_any_part() {
    assert!(grants(&["redis://*:*"]).allow("redis", "anything", 1));
    assert!(!grants(&["redis://*:*"]).allow("http", "anything", 1));
    assert!(grants(&["*://*:*"]).allow("http", "anything", 1));
    let subdomains = grants(&["https://*.example.org"]);
    assert!(subdomains.allow("https", "a.b.example.org", 443));
    assert!(!subdomains.allow("https", "example.org", 443));
    assert!(!subdomains.allow("https", "badexample.org", 443));
}

#[test]
fn a_port_range_leaves_out_its_end() {
    let range = grants(&["http://host:8000..8002"]);
    assert!(range.allow("http", "host", 8000) && range.allow("http", "host", 8001));
    assert!(!range.allow("http", "host", 8002));
}

#[test]
fn user_password_and_path_of_a_grant_do_not_count() {
    let granted = grants(&["redis://user:p@ss@db:6380/3"]);
    assert!(granted.allow("redis", "db", 6380));
    // What follows a slash is never the host.
    assert!(!grants(&["redis://db:6379/@evil:6379"]).allow("redis", "evil", 6379));
}

#[test]
fn one_grant_may_name_several_hosts() {
    let granted = grants(&["redis://user:p,ss@a:7000, b:7001/0"]);
    assert!(granted.allow("redis", "a", 7000) && granted.allow("redis", "b", 7001));
    assert!(!granted.allow("redis", "a", 7001) && !granted.allow("redis", "ss", 6379));
}

#[test]
fn ipv6_hosts_are_compared_without_brackets() {
    let granted = grants(&["redis://[::1]:6379"]);
    assert!(granted.allow("redis", "::1", 6379) && granted.allow("redis", "[::1]", 6379));
    assert!(grants(&["redis://[::1]"]).allow("redis", "::1", 6379));
}

#[test]
fn what_is_no_grant_is_refused_and_shows_no_secret() {
    for text in ["", "*", "db:6379", "redis://", "redis://a*b:1", "redis://db:port", "http://self"] {
        assert!(Grant::parse(text).is_err(), "{text}");
    }
    let shown = format!("{:#}", Grant::parse("user:secret@db").unwrap_err());
    assert!(!shown.contains("secret"), "{shown}");
}
