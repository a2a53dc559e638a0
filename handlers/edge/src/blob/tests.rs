//! Writing and reading blobs.

use edgewire_contract::media::BLOB_TTL_SECONDS;
use proptest::prelude::*;

use super::*;
use crate::testing::{FakeGateway, gateway, run};

fn main_session() -> SessionId {
    SessionId::parse("main").unwrap()
}

fn written(gateway: &FakeGateway, pieces: &[&[u8]], limit: u64) -> Result<BlobRef, Problem> {
    run(async {
        let session = main_session();
        let mut writer = BlobWriter::new(gateway, &session, limit);
        for piece in pieces {
            writer.write(piece).await?;
        }
        writer.finish().await
    })
}

fn read(gateway: &FakeGateway, blob: BlobRef) -> Result<Vec<u8>, Problem> {
    run(async {
        let mut stream = stream(gateway, main_session(), blob).await?;
        let mut all = Vec::new();
        while let Some(piece) = stream.next().await {
            all.extend(piece);
        }
        Ok(all)
    })
}

#[test]
fn a_blob_that_was_read_is_gone() {
    let gateway = gateway();
    let bytes = vec![7; 2 * BLOB_CHUNK + 1];
    let blob = written(&gateway, &[&bytes], 1 << 30).unwrap();
    assert_eq!(gateway.bus.with(|state| state.blobs.len()), 1);
    assert_eq!(read(&gateway, blob.clone()).unwrap(), bytes);
    assert!(gateway.bus.with(|state| state.blobs.is_empty()));
    assert!(read(&gateway, blob).is_err(), "and this is said before anything is answered");
}

#[test]
fn an_empty_blob_is_read_too() {
    let gateway = gateway();
    let blob = written(&gateway, &[], 0).unwrap();
    assert_eq!((blob.bytes, read(&gateway, blob).unwrap()), (0, Vec::new()));
}

#[test]
fn one_that_ends_while_it_is_read_is_cut_short() {
    let gateway = gateway();
    let blob = written(&gateway, &[&vec![7; BLOB_CHUNK + 1]], 1 << 30).unwrap();
    let mut stream = run(stream(&gateway, main_session(), blob)).unwrap();
    assert_eq!(run(stream.next()).unwrap().len(), BLOB_CHUNK);
    gateway.env.pass(BLOB_TTL_SECONDS as i64 * 1000);
    assert_eq!(run(stream.next()), None);
    assert!(gateway.env.lines()[0].contains("cut short"));
}

#[test]
fn the_limit_is_exact() {
    let gateway = gateway();
    assert!(written(&gateway, &[&[0; 5], &[0; 5]], 10).is_ok());
    let fault = written(&gateway, &[&[0; 5], &[0; 6]], 10).unwrap_err().fault;
    assert_eq!((fault.code, &*fault.message), (FaultCode::PayloadTooLarge, "the file is over 10 bytes"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn what_is_written_is_read(lengths in proptest::collection::vec(0_usize..400_000, 0..6)) {
        let gateway = gateway();
        let pieces: Vec<Vec<u8>> = lengths.iter().enumerate().map(|(i, n)| vec![i as u8; *n]).collect();
        let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let blob = written(&gateway, &slices, u64::MAX).unwrap();
        prop_assert_eq!(&blob.sha256, &hex(&Sha256::digest(pieces.concat())));
        prop_assert_eq!(read(&gateway, blob).unwrap(), pieces.concat());
    }
}
