//! Forms, however they are split.

use proptest::prelude::*;

use super::*;

type Parts = Vec<(Head, Vec<u8>)>;

fn parsed(boundary: &str, body: &[u8], sizes: &[usize]) -> Result<(Parts, bool), Malformed> {
    let mut form = Multipart::new(boundary);
    let (mut parts, mut rest, mut sizes) = (Parts::new(), body, sizes.iter().cycle());
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap_or(&1)));
        rest = after;
        form.feed(piece);
        loop {
            match form.step()? {
                Event::More => break,
                Event::Part(head) => parts.push((head, Vec::new())),
                Event::Data(bytes) => parts.last_mut().unwrap().1.extend_from_slice(bytes),
                Event::PartEnd => {}
            }
        }
    }
    Ok((parts, form.is_complete()))
}

#[test]
fn heads_are_read_as_browsers_and_tools_write_them() {
    for (head, name, is_file, mimetype) in [
        (
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png",
            "file",
            true,
            Some("image/png"),
        ),
        ("content-disposition:form-data;name=file", "file", false, None),
        (
            "X-Other: 1\r\nCONTENT-DISPOSITION: Form-Data; filename*=UTF-8''%C3%A9; NAME=\"a\\\"b;c=d\"",
            "a\"b;c=d",
            true,
            None,
        ),
        ("Content-Disposition: form-data; name=\"f\"; filename=\"C:\\dir\\x.png\"", "f", true, None),
        (
            "Content-Disposition: form-data; name=\"\"; filename=\"\u{e9}\"\r\nContent-Transfer-Encoding: BINARY",
            "",
            true,
            None,
        ),
    ] {
        let expected = Head { name: name.into(), is_file, mimetype: mimetype.map(str::to_owned) };
        assert_eq!(Head::read(head.as_bytes()), Ok(expected), "{head}");
    }
    for bad in [
        "Content-Disposition: form-data",
        "Content-Disposition: attachment; name=a",
        "Content-Disposition: form-data; name",
        "Content-Disposition: form-data; name=\"a",
        "Content-Disposition: form-data; name=\"a\"b",
    ] {
        assert!(Head::read(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn boundaries_are_read() {
    for (content_type, expected) in [
        (
            "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxk",
            Some("----WebKitFormBoundary7MA4YWxk"),
        ),
        ("multipart/form-data;charset=utf-8; Boundary=\"a b\"", Some("a b")),
        ("multipart/form-data; boundary=a ; x=y", Some("a")),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=\"a \"", None),
        ("multipart/form-data; boundary=\"\"", None),
    ] {
        assert_eq!(head::boundary(content_type).ok().as_deref(), expected, "{content_type}");
    }
}

#[test]
fn what_stands_around_the_parts_is_passed_over() {
    let body = b"a preamble\r\n--x  \t\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--\r\n--y\r\n--x--\r\nan epilogue\r\n--x\r\n";
    for size in 1..body.len() {
        let (parts, complete) = parsed("x", body, &[size]).unwrap();
        assert_eq!((parts.len(), &*parts[0].1, complete), (1, &b"\r\n--\r\n--y"[..], true));
    }
}

proptest! {
    #[test]
    fn parts_come_out_as_they_went_in(
        contents in proptest::collection::vec("[\r\n\\-x\u{0}é]{0,40}", 0..5),
        boundary in "[-xb]{1,6}",
        sizes in proptest::collection::vec(1_usize..30, 1..5),
    ) {
        let delimiter = format!("--{boundary}");
        prop_assume!(contents.iter().all(|text| !format!("\r\n{text}\r").contains(&format!("\r\n{delimiter}"))));
        let mut body = String::new();
        for (i, text) in contents.iter().enumerate() {
            body += &format!("{delimiter}\r\nContent-Disposition: form-data; name=\"{i}\"\r\n\r\n{text}\r\n");
        }
        body += &format!("{delimiter}--\r\n");
        let (parts, complete) = parsed(&boundary, body.as_bytes(), &sizes).unwrap();
        prop_assert!(complete);
        prop_assert_eq!(parts.len(), contents.len());
        for (i, (head, bytes)) in parts.iter().enumerate() {
            prop_assert_eq!((&head.name, bytes), (&i.to_string(), &contents[i].as_bytes().to_vec()));
        }
        // Cut off anywhere, it is not complete.
        let cut = body.len() - 3;
        prop_assert!(parsed(&boundary, &body.as_bytes()[..cut], &sizes).is_ok_and(|(_, complete)| !complete));
    }

    #[test]
    fn no_body_panics(body in "(--x|\r\n|\r|-|Content-Disposition: |form-data; |name=|\"|;|:|a|é|\u{0}){0,60}", size in 1_usize..9) {
        let _ = parsed("x", body.as_bytes(), &[size]);
        let _ = Head::read(body.as_bytes());
        let _ = head::boundary(&body);
    }
}
