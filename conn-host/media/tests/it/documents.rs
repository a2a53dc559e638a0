//! Documents: as they are, with a name for what they are.

use edgewire_media::{Hints, Kind, MediaError, Settings, Spool, SpoolWriter};

use crate::world::{run_with, settings};

fn mimetype(bytes: &[u8], mimetype: Option<&str>, file_name: Option<&str>) -> String {
    let hints = Hints {
        mimetype: mimetype.map(Into::into),
        file_name: file_name.map(Into::into),
        ..Hints::default()
    };
    let prepared = run_with(Kind::Document, bytes, &hints, &settings()).unwrap();
    assert_eq!(prepared.spool.read_all().unwrap(), bytes);
    prepared.mimetype
}

#[test]
fn the_type_is_the_best_that_is_known() {
    let zip = b"PK\x03\x04\x14\0\0\0\0\0";
    assert_eq!(mimetype(b"%PDF-1.4", Some("Application/X-Mine"), None), "application/x-mine");
    assert_eq!(mimetype(b"%PDF-1.4", Some("no type\r\nX: y"), None), "application/pdf");
    assert_eq!(mimetype(b"%PDF-1.4", Some("application/octet-stream"), None), "application/pdf");
    assert_eq!(mimetype(b"%PDF-1.4", None, Some("x.txt")), "application/pdf");
    assert_eq!(mimetype(b"a,b\n1,2\n", None, Some("table.csv")), "text/csv");
    assert_eq!(mimetype(zip, None, Some("notes.odt")), "application/vnd.oasis.opendocument.text");
    assert_eq!(mimetype(zip, None, None), "application/zip");
    assert_eq!(mimetype(b"hello", None, Some("unknown.qqqq")), "application/octet-stream");
}

#[test]
fn a_large_one_stays_out_of_memory_and_a_too_large_one_outside() {
    let mut settings = settings();
    settings.limits.document = 3_000_000;
    let spool = |len: usize| -> Spool {
        let mut writer = SpoolWriter::new(u64::MAX, &settings.dir);
        (0..len / 1000).for_each(|_| writer.push(&[7; 1000]).unwrap());
        writer.finish()
    };
    let run = |spool: &Spool, settings: &Settings| {
        let budget = edgewire_media::Budget::new(settings.limits.time);
        edgewire_media::prepare(Kind::Document, spool, &Hints::default(), settings, &budget)
    };
    let kept = run(&spool(2_000_000), &settings).unwrap();
    assert!(!kept.spool.in_memory());
    let error = run(&spool(3_001_000), &settings).unwrap_err();
    assert!(matches!(error, MediaError::TooLarge { limit: 3_000_000 }));
}

#[test]
fn a_pdf_says_its_pages() {
    let pdf = b"%PDF-1.4\n1 0 obj<</Type/Pages/Kids[]/Count 12>>endobj";
    let prepared = run_with(Kind::Document, &pdf[..], &Hints::default(), &settings()).unwrap();
    assert_eq!(prepared.facts.pages, Some(12));
}
