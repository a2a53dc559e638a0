//! Uploads of forms.

use edgewire_contract::media::MAX_MEDIA_BYTES;

use super::up::{asked, takes};
use super::*;

const FORM: &str = "content-type: multipart/form-data; boundary=\"b 1\"";

fn part(head: &str, body: &[u8]) -> Vec<u8> {
    [b"--b 1\r\nContent-Disposition: form-data; ", head.as_bytes(), b"\r\n\r\n", body, b"\r\n"].concat()
}

fn form(parts: &[Vec<u8>]) -> Vec<u8> {
    [&parts.concat()[..], b"--b 1--\r\n"].concat()
}

fn file(bytes: &[u8]) -> Vec<u8> {
    part("name=\"file\"; filename=\"a; \\\"b\\\".png\"\r\nContent-Type: image/png", bytes)
}

#[test]
fn a_form_has_a_file_and_more() {
    let gateway = gateway();
    gateway.bus.host(takes);
    let text = |name: &str, text: &str| part(&format!("name={name}"), text.as_bytes());
    let png = || Some("image/png".to_owned());
    for (parts, kind, mimetype) in [
        (vec![file(b"12345")], MediaKind::Image, png()),
        (vec![text("kind", "document"), file(b"12345")], MediaKind::Document, png()),
        (vec![file(b"12345"), text("kind", "sticker")], MediaKind::Sticker, png()),
        (
            vec![file(b"12345"), text("mimetype", "video/mp4"), text("filename", "x.mp4")],
            MediaKind::Video,
            Some("video/mp4".into()),
        ),
        (
            vec![part("name=photo; filename*=UTF-8''a.bin", b"12345"), file(b"another")],
            MediaKind::Document,
            None,
        ),
        (
            vec![text("note", "x"), part("name=\"file\"", b"12345"), text("kind", "")],
            MediaKind::Document,
            None,
        ),
    ] {
        for size in [1, 7, 100_000] {
            let answer = ask_in(&gateway, UPLOAD, &[FORM], &form(&parts), size);
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(asked(&gateway), (kind, mimetype.clone(), 5));
        }
    }
    let same = form(&[file(b"x"), text("kind", "image")]);
    assert_eq!(ask(&gateway, &format!("{UPLOAD}?kind=image"), &[FORM], &same).status, 200);
}

#[test]
fn what_is_wrong_with_a_form_is_said() {
    let gateway = gateway();
    let text = |name: &str, text: &str| part(&format!("name={name}"), text.as_bytes());
    let encoded = part("name=file\r\nContent-Transfer-Encoding: base64", b"YQ==");
    for (body, told) in [
        (b"".to_vec(), "body: is not multipart/form-data: it ends before its closing boundary"),
        (
            form(&[file(b"x")])[..60].to_vec(),
            "body: is not multipart/form-data: it ends before its closing boundary",
        ),
        (vec![b'x'; 70_000], "body: is not multipart/form-data: it does not begin with its boundary"),
        (b"--b 1x\r\n".to_vec(), "body: is not multipart/form-data: a boundary is not the end of its line"),
        (
            b"--b 1\r\n\r\nx\r\n--b 1--".to_vec(),
            "body: is not multipart/form-data: a part has no Content-Disposition",
        ),
        (
            form(&[part("x", b"")]),
            "body: is not multipart/form-data: a part's Content-Disposition is not form-data with a name",
        ),
        (
            form(&[part("name=a\r\nnonsense", b"")]),
            "body: is not multipart/form-data: a line of a part's head has no colon",
        ),
        (
            form(&[part(&format!("name={}", "a".repeat(9000)), b"")]),
            "body: is not multipart/form-data: a part's head is too long",
        ),
        (form(&vec![text("a", ""); 65]), "body: is not multipart/form-data: it has too many parts"),
        (
            form(&[encoded]),
            "body: is not multipart/form-data: a part's Content-Transfer-Encoding is not binary",
        ),
        (form(&[]), "file: is required"),
        (form(&[text("kind", "image")]), "file: is required"),
        (form(&[file(b"")]), "file: must not be empty"),
        (
            form(&[file(b"x"), text("kind", "smoke")]),
            "kind: must be one of image, video, audio, document, sticker",
        ),
        (form(&[file(b"x"), text("mimetype", "png")]), "mimetype: must be a type such as image/jpeg"),
        (form(&[text("kind", &"x".repeat(257))]), "kind: must be at most 256 bytes"),
        (
            form(&[part("name=file\r\nContent-Type: png", b"x")]),
            "file: its Content-Type must be a type such as image/jpeg",
        ),
    ] {
        let answer = ask(&gateway, UPLOAD, &[FORM], &body);
        assert_eq!((answer.status, &*message(&answer)), (400, told));
    }
    let answer =
        ask(&gateway, &format!("{UPLOAD}?kind=video"), &[FORM], &form(&[file(b"x"), text("kind", "image")]));
    assert_eq!(message(&answer), "kind: must be what the query says");
    let answer = ask(&gateway, UPLOAD, &[FORM], &form(&[file(b"x"), text("kind", "video")]));
    assert_eq!(
        (answer.status, &*message(&answer)),
        (415, "a file of type image/png cannot be sent as video")
    );
    for boundary in
        ["", "; boundary=", "; boundary=\"", "; boundary=é", &format!("; boundary={}", "x".repeat(71))]
    {
        let header = format!("content-type: multipart/form-data{boundary}");
        assert_eq!(
            ask(&gateway, UPLOAD, &[&header], b"").bad_fields(),
            ["header.Content-Type"],
            "{boundary}"
        );
    }
    assert!(is_clean(&gateway));
}

#[test]
fn limits_hold_wherever_the_kind_is_said() {
    let gateway = gateway();
    gateway.bus.host(takes);
    let whole = vec![1; MAX_MEDIA_BYTES as usize + 1];
    let kind = |kind: &str| part("name=kind", kind.as_bytes());
    for (line, parts, status) in [
        ("", vec![file(&whole)], 413),
        ("", vec![file(&whole[1..])], 200),
        ("", vec![kind("image"), file(&whole)], 413),
        ("", vec![file(&whole), kind("document")], 200),
        ("?kind=image", vec![file(&whole)], 413),
        ("?kind=document", vec![file(&whole)], 200),
        ("?kind=image", vec![file(b"x"), part("name=note", &[0; 18 << 20])], 413),
    ] {
        let answer = ask(&gateway, &format!("{UPLOAD}{line}"), &[FORM, "content-length: 9"], &form(&parts));
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(is_clean(&gateway));
    }
}
