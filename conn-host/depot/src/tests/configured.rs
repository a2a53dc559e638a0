//! What the environment says, and a store that is not there.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Option<Settings>, String> {
    let get = |name: &str| {
        let name = name.strip_prefix("EDGEWIRE_MEDIA_STORE").unwrap();
        pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
    };
    Settings::read(get).map_err(|e| e.to_string())
}

const KEYS: [(&str, &str); 2] = [("_ACCESS_KEY", "AKIA"), ("_SECRET_KEY", "hush-hush")];

#[test]
fn what_cannot_be_used_is_refused_by_its_name() {
    let s3 = ("", "s3://bucket/some/prefix");
    let all = [&[s3][..], &KEYS].concat();
    assert_eq!(read(&[]), Ok(None));
    assert!(read(&all).unwrap().is_some());
    for (more, name, says) in [
        (vec![("", "bucket")], "", "must be s3://"),
        (vec![("", "s3:///prefix")], "", "must be s3://"),
        (vec![("", "gs://bucket")], "", "must be s3://"),
        (vec![("", "s3://bucket?region=x")], "", "must be s3://"),
        (vec![("", "s3://host:9000/bucket")], "", "_ENDPOINT takes that"),
        (vec![("", "s3://AKIA:hush-hush@bucket")], "", "must not have keys"),
        (vec![("", "file://folder")], "", "must be s3://"),
        (vec![("", "file:///tmp")], "_ACCESS_KEY", "no use with"),
        (vec![("", "")], "_ACCESS_KEY", "no use without"),
        (vec![s3, ("_ACCESS_KEY", "")], "_ACCESS_KEY", "is required"),
        (vec![s3, ("_SECRET_KEY", "")], "_SECRET_KEY", "is required"),
        (vec![s3, ("_ACCESS_KEY", "AKIA\n")], "_ACCESS_KEY", "visible ASCII"),
        (vec![s3, ("_SECRET_KEY", "hush-hush\r\n")], "_SECRET_KEY", "visible ASCII"),
        (vec![s3, ("_SECRET_KEY", "hush hush")], "_SECRET_KEY", "visible ASCII"),
        (vec![s3, ("_REGION", "zürich")], "_REGION", "visible ASCII"),
        (vec![s3, ("_ALLOW_HTTP", "yes")], "_ALLOW_HTTP", "true or false"),
        (vec![s3, ("_ENDPOINT", "s3.example.com")], "_ENDPOINT", "must be a URL"),
        (vec![s3, ("_ENDPOINT", "https://hush-hush@s3.example.com")], "_ENDPOINT", "must be a URL"),
        (vec![s3, ("_ENDPOINT", "http://s3.example.com")], "_ENDPOINT", "not encrypted"),
    ] {
        let pairs = [&more[..], &KEYS].concat();
        let said = read(&pairs).unwrap_err();
        assert!(said.starts_with(&format!("EDGEWIRE_MEDIA_STORE{name}: ")), "{more:?}: {said}");
        assert!(said.contains(says) && !said.contains("hush-hush"), "{more:?}: {said}");
    }
    let plain = [&[s3, ("_ENDPOINT", "http://127.0.0.1:9000/"), ("_ALLOW_HTTP", "true")][..], &KEYS].concat();
    assert!(read(&plain).unwrap().is_some());
}

#[test]
fn a_secret_is_shown_to_nobody() {
    let settings = read(&[&[("", "s3://bucket")][..], &KEYS].concat()).unwrap().unwrap();
    let shown = format!("{settings:?}");
    assert!(shown.contains("bucket") && !shown.contains("hush-hush"), "{shown}");
    let depot = Depot::open(&settings).unwrap();
    assert!(!format!("{depot:?}").contains("hush-hush"));
}

#[test]
fn a_folder_must_be_there() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("file://{}/none", dir.path().display());
    let refused = Depot::open(&read(&[("", &url)]).unwrap().unwrap()).unwrap_err();
    assert_eq!(refused.to_string(), "EDGEWIRE_MEDIA_STORE: there is no such folder");
}

fn s3_at(endpoint: &str) -> Depot {
    let pairs =
        [&[("", "s3://bucket"), ("_ENDPOINT", endpoint), ("_ALLOW_HTTP", "true")][..], &KEYS].concat();
    Depot::open(&read(&pairs).unwrap().unwrap()).unwrap()
}

#[tokio::test]
async fn a_store_that_is_away_has_nothing_and_is_no_trouble() {
    // A port that was ours a moment ago, and refuses.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let depot = s3_at(&endpoint);
    assert!(depot.get(&place("main", b"1"), 1).await.is_none());
    depot.keep(&place("main", b"1"), file(b"1"), 1);
    depot.close(LONG).await;
    let counted = depot.counted();
    assert_eq!((counted.not_read, counted.not_kept, counted.misses), (1, 1, 0), "{counted:?}");
    // A session's files are not deleted only because nobody says that they are there.
    assert!(depot.forget(&acme(), &session("main")).await.is_err());
}

/// Whether the bucket was emptied or is only called otherwise now is not known.
#[tokio::test]
async fn a_bucket_that_is_not_there_refuses_deletions_and_its_answer_is_not_told() {
    const ANSWER: &str = "<?xml version='1.0'?><Error><Code>NoSuchBucket</Code><Key>AKIA</Key></Error>";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _request = socket.read(&mut [0; 4096]).await.unwrap();
            let head = "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length";
            socket.write_all(format!("{head}: {}\r\n\r\n{ANSWER}", ANSWER.len()).as_bytes()).await.unwrap();
        }
    });
    let depot = s3_at(&endpoint);
    let listed = depot.store.list(None).next().await.unwrap().unwrap_err();
    assert!(listed.to_string().contains("AKIA"), "the answer is in the error: {listed}");
    let told = health::outline(&listed);
    assert!(told.ends_with("404 Not Found") && !told.contains("AKIA"), "{told}");
    depot.forget(&acme(), &session("main")).await.unwrap_err();
    assert!(depot.get(&place("main", b"1"), 1).await.is_none());
    assert_eq!(depot.counted().misses, 1);
    server.abort();
}
