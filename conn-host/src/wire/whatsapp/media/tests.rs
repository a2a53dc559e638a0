//! Files, without a server: what is written, what is verified, and what errors mean.

use std::io::{Cursor, Seek as _, Write as _};

use whatsapp_rust::download::{DownloadUtils, DownloadWriter as _};
use whatsapp_rust::wacore::upload::UploadSource as _;

use super::*;

fn dir() -> std::path::PathBuf {
    std::env::temp_dir()
}

fn encrypt(plain: Vec<u8>) -> (Ciphertext, [u8; 32], [u8; 32]) {
    let plain = Box::new(Cursor::new(plain));
    let (ciphertext, info) =
        Ciphertext::encrypt(&dir(), plain, MediaType::Document, CancellationToken::new()).unwrap();
    assert!(info.streaming_sidecar.is_none());
    (ciphertext, info.media_key, info.file_sha256)
}

fn sink(limit: u64) -> Sink {
    Sink::create(&dir(), limit, CancellationToken::new()).unwrap()
}

/// As the library does, with the writer that it is given.
fn decrypt(ciphertext: &Ciphertext, key: &[u8], sink: Sink) -> anyhow::Result<Sink> {
    let mut writer = sink.buffered();
    writer.truncate(0)?;
    let reader = ciphertext.reader_from(0)?;
    DownloadUtils::decrypt_stream_to_writer(reader, key, MediaType::Document, &mut writer)?;
    writer.rewind()?;
    Ok(writer.into_inner()?)
}

#[test]
fn a_file_comes_back_as_it_went() {
    let plain: Vec<u8> = (0..1_000_003_u32).map(|i| (i % 251) as u8).collect();
    let (ciphertext, key, hash) = encrypt(plain.clone());
    assert_eq!(ciphertext.len(), 1_000_016 + 10, "padded to a block, and the MAC");
    let (mut file, bytes, got) = decrypt(&ciphertext, &key, sink(1_000_003)).unwrap().finish();
    assert_eq!((bytes, got), (1_000_003, hash));
    let mut back = Vec::new();
    file.read_to_end(&mut back).unwrap();
    assert_eq!(back, plain);
}

#[test]
fn an_upload_can_go_on_from_anywhere() {
    let (ciphertext, ..) = encrypt(vec![7; 100_000]);
    let read = |offset| {
        let mut bytes = Vec::new();
        ciphertext.reader_from(offset).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    let (all, tail) = (read(0), read(99_000));
    assert_eq!(all.len() as u64, ciphertext.len());
    assert_eq!(tail, all[99_000..]);
    // Two attempts do not move one another.
    let (mut one, mut other) = (ciphertext.reader_from(0).unwrap(), ciphertext.reader_from(50_000).unwrap());
    let mut buffer = [0; 16];
    other.read_exact(&mut buffer).unwrap();
    one.read_exact(&mut buffer).unwrap();
    assert_eq!(buffer, all[..16]);
}

#[test]
fn an_attempt_that_failed_leaves_nothing() {
    let mut sink = sink(10);
    sink.write_all(b"forged").unwrap();
    sink.truncate(0).unwrap();
    sink.rewind().unwrap();
    sink.write_all(b"real").unwrap();
    sink.rewind().unwrap();
    let (mut file, bytes, hash) = sink.finish();
    let mut back = Vec::new();
    file.read_to_end(&mut back).unwrap();
    let expected: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(b"real").into();
    assert_eq!((back.as_slice(), bytes, hash), (b"real".as_slice(), 4, expected));
}

#[test]
fn a_transfer_that_nobody_waits_for_breaks_off() {
    let given_up = CancellationToken::new();
    let mut sink = Sink::create(&dir(), 10, given_up.clone()).unwrap();
    sink.write_all(b"1234").unwrap();
    given_up.cancel();
    let error = anyhow::Error::from(sink.write_all(b"5").unwrap_err()).context("streaming");
    assert!(matches!(not_got(error), AskError::Timeout));

    let plain = Box::new(Cursor::new(vec![0; 100]));
    let Err(error) = Ciphertext::encrypt(&dir(), plain, MediaType::Image, given_up) else {
        panic!("encrypted for nobody")
    };
    assert_eq!(error.chain().find_map(Broken::of), Some(Broken::GivenUp));
}

/// The words are the library's own: a newer one that words it otherwise fails here.
#[test]
fn what_does_not_open_is_told_so() {
    let (ciphertext, key, _) = encrypt(vec![7; 1000]);
    let wrong_key = decrypt(&ciphertext, &[0; 32], sink(2000)).unwrap_err();
    assert!(matches!(not_got(wrong_key), AskError::Invalid("media_key", _)));
    let longer = decrypt(&ciphertext, &key, sink(999)).unwrap_err();
    assert!(matches!(not_got(longer), AskError::Invalid("file_length", _)));
    let mut writer = sink(1000).buffered();
    let plain =
        DownloadUtils::copy_and_validate_plaintext_to_writer(Cursor::new(b"other"), &[0; 32], &mut writer);
    assert!(matches!(not_got(plain.unwrap_err()), AskError::Invalid("media_key", _)));
    let short = DownloadUtils::decrypt_stream(Cursor::new(b"short"), &[0; 32], MediaType::Image);
    assert!(matches!(not_got(short.unwrap_err()), AskError::Invalid("media_key", _)));
}

fn status(status: u16) -> anyhow::Error {
    anyhow::Error::new(whatsapp_rust::http::HttpStatusError { status }).context("the body of the answer")
}

#[test]
fn the_media_servers_answers_are_told_apart() {
    for code in [401, 403, 404, 410] {
        assert!(matches!(not_got(status(code)), AskError::NotFound("media")), "{code}");
    }
    assert!(matches!(not_got(status(503)), AskError::Refused { code: 503, .. }));
    assert!(matches!(not_taken(status(413)), WireError::Refused(_)));
    let told = not_taken(status(507));
    assert!(matches!(&told, WireError::Failed(why) if !why.contains("body")), "{told:?}");
    let offline = || anyhow::Error::new(whatsapp_rust::IqError::NotConnected).context("media_conn");
    assert!(matches!(not_got(offline()), AskError::NotConnected));
    assert!(matches!(not_taken(offline()), WireError::NotConnected));
}

fn uploaded() -> Uploaded {
    let text = STANDARD.encode([7; 32]);
    Uploaded {
        url: None,
        direct_path: "/v/t62/x.enc?ccb=11-4&oh=01".into(),
        media_key: text.clone(),
        file_sha256: text.clone(),
        file_enc_sha256: text,
        file_length: 10,
        facts: FileFacts::default(),
    }
}

#[test]
fn a_reference_is_checked_before_it_is_followed() {
    let (got, hash) = params(&uploaded(), MediaKind::Sticker).unwrap();
    assert_eq!((hash, got.media_type), ([7; 32], MediaType::Sticker));
    let open = Uploaded { media_key: String::new(), file_enc_sha256: String::new(), ..uploaded() };
    assert!(params(&open, MediaKind::Image).unwrap().0.media_key.is_none());
    let bad = |change: fn(&mut Uploaded)| {
        let mut uploaded = uploaded();
        change(&mut uploaded);
        match params(&uploaded, MediaKind::Image) {
            Err(AskError::Invalid(field, _)) => field,
            _ => "nothing",
        }
    };
    assert_eq!(bad(|it| it.media_key = "AAAA".into()), "media_key");
    assert_eq!(bad(|it| it.file_sha256.clear()), "file_sha256");
    assert_eq!(bad(|it| it.file_enc_sha256.clear()), "file_enc_sha256");
    // The token must not go to another host.
    for path in ["@evil.example/x", ".evil.example/x", "//evil.example/x", "", "/x y", "/x\r\nHost: y", "/`"]
    {
        let uploaded = Uploaded { direct_path: path.into(), ..uploaded() };
        let told = params(&uploaded, MediaKind::Image);
        assert!(matches!(told, Err(AskError::Invalid("direct_path", _))), "{path:?}");
    }
}

#[test]
fn a_large_file_is_waited_for_longer() {
    assert_eq!(patience(0), TRANSFER);
    assert_eq!(patience(100 << 20), TRANSFER + Duration::from_secs(1600));
}

#[test]
fn uploads_can_stream_through_the_sandboxes_client_too() {
    use whatsapp_rust::http::HttpClient as _;
    let client = crate::wire::sandbox_media::MediaClient::new(http(), true);
    assert!(client.supports_upload_streaming() && client.supports_streaming());
}
