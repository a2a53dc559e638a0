//! Downloads.

use super::*;

fn gives(command: &Command) -> Ending {
    let Action::Live(Live::Download(download)) = &command.action else { panic!("{command:?}") };
    let length = download.uploaded.file_length as usize;
    Ending::File((0..length).map(|n| (n >> 8) as u8).collect())
}

fn body(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body = uploaded(600_000);
    change(&mut body);
    body.to_string().into_bytes()
}

#[test]
fn the_file_comes_out_and_is_forgotten() {
    let gateway = gateway();
    gateway.bus.host(gives);
    let mut answer = ask(&gateway, DOWNLOAD, &[], &body(|_| {}));
    assert_eq!(answer.status, 200);
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-length", "600000"),
        ("content-disposition", "attachment"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.headers[name], value);
    }
    assert!(!is_clean(&gateway));
    let bytes = answer.rest();
    assert_eq!((bytes.len(), bytes[599_999]), (600_000, (599_999 >> 8) as u8));
    assert!(is_clean(&gateway));
}

#[test]
fn an_empty_file_is_one() {
    let gateway = gateway();
    gateway.bus.host(gives);
    let mut answer = ask(&gateway, DOWNLOAD, &[], &body(|body| body["file_length"] = 0.into()));
    assert_eq!((answer.rest().len(), answer.status, &*answer.headers["content-length"]), (0, 200, "0"));
}

#[test]
fn the_kind_decides_on_the_keys() {
    let gateway = gateway();
    gateway.bus.host(gives);
    let asked = || {
        gateway.bus.with(|state| match &state.commands.last().unwrap().action {
            Action::Live(Live::Download(download)) => download.kind,
            other => panic!("{other:?}"),
        })
    };
    for (kind, mimetype, expected) in [
        (Value::Null, json!("audio/ogg; codecs=opus"), MediaKind::Audio),
        (json!("document"), json!("image/png"), MediaKind::Document),
        (json!("sticker"), Value::Null, MediaKind::Sticker),
        (Value::Null, json!("application/pdf"), MediaKind::Document),
    ] {
        let answer = ask(
            &gateway,
            DOWNLOAD,
            &[],
            &body(|body| {
                (body["kind"], body["mimetype"]) = (kind, mimetype.clone());
            }),
        );
        let told = mimetype.as_str().unwrap_or("application/octet-stream");
        assert_eq!((answer.status, &*answer.headers["content-type"], asked()), (200, told, expected));
    }
}

#[test]
fn every_bad_field_is_named() {
    let gateway = gateway();
    let bad = |body: &[u8]| ask(&gateway, DOWNLOAD, &[], body).bad_fields();
    assert_eq!(bad(b"[]"), ["body"]);
    assert_eq!(bad(b"{}"), ["direct_path", "media_key", "file_sha256", "file_enc_sha256", "file_length"]);
    assert_eq!(
        bad(&body(|body| {
            body["media_key"] = "AAAA".into();
            body["file_length"] = (-1).into();
            body["kind"] = "smoke".into();
            body["mimetype"] = "a\nb/c".into();
        })),
        ["media_key", "file_length", "mimetype", "kind"]
    );
    let neither = body(|body| body["mimetype"] = Value::Null);
    assert_eq!(
        message(&ask(&gateway, DOWNLOAD, &[], &neither)),
        "kind: is required where there is no mimetype"
    );
    assert!(gateway.bus.with(|state| state.commands.is_empty()));
}

#[test]
fn who_reads_or_sends_may_download() {
    let gateway = gateway();
    gateway.bus.host(gives);
    for (secret, capability, status) in [
        ("wa_read", Capability::Read, 200),
        ("wa_send", Capability::Send, 200),
        ("wa_events", Capability::Events, 403),
    ] {
        gateway.bus.add_token(secret, "acme", &[capability]);
        let header = format!("authorization: Bearer {secret}");
        assert_eq!(ask(&gateway, DOWNLOAD, &[&header], &body(|_| {})).status, status);
    }
}

#[test]
fn failures_are_told() {
    let gateway = gateway();
    let status = |gateway: &FakeGateway| ask(gateway, DOWNLOAD, &[], &body(|_| {})).status;
    assert_eq!(status(&gateway), 504);
    for (code, expected) in
        [(FaultCode::MediaFetchFailed, 502), (FaultCode::NotFound, 404), (FaultCode::PayloadTooLarge, 413)]
    {
        let ends: fn(&Command) -> Ending = match code {
            FaultCode::NotFound => |_| Ending::Failed(Fault::not_found("media")),
            FaultCode::MediaFetchFailed => {
                |_| Ending::Failed(Fault::new(FaultCode::MediaFetchFailed, "away"))
            }
            _ => |_| Ending::Failed(Fault::new(FaultCode::PayloadTooLarge, "too large")),
        };
        gateway.bus.host(ends);
        assert_eq!(status(&gateway), expected);
    }
    gateway.bus.host(|_| Ending::Done(None));
    assert_eq!(status(&gateway), 500);
    gateway.bus.change_session("main", |view| view.record.status = SessionStatus::Reconnecting);
    assert_eq!(status(&gateway), 409);
    let line = DOWNLOAD.replace("main", "other");
    assert_eq!(ask(&gateway, &line, &[], &body(|_| {})).status, 404);
}
