//! LID and phone number mappings.

use wacore::store::traits::{Backend, LidPnMappingEntry};

fn mapping(lid: &str, phone: &str, at: i64) -> LidPnMappingEntry {
    LidPnMappingEntry {
        lid: lid.to_owned(),
        phone_number: phone.to_owned(),
        created_at: 1,
        updated_at: at,
        learning_source: "usync".to_owned(),
    }
}

async fn number_of(store: &dyn Backend, lid: &str) -> Option<String> {
    let entry = store.get_lid_mapping(lid).await.unwrap()?;
    assert_eq!(entry.lid, lid);
    Some(entry.phone_number)
}

async fn lid_of(store: &dyn Backend, phone: &str) -> Option<String> {
    let entry = store.get_pn_mapping(phone).await.unwrap()?;
    assert_eq!(entry.phone_number, phone);
    Some(entry.lid)
}

pub async fn mappings(store: &dyn Backend) {
    assert_eq!(number_of(store, "L1").await, None);
    assert_eq!(lid_of(store, "P1").await, None);
    store.put_lid_mapping(&mapping("L1", "P1", 10)).await.unwrap();
    store.put_lid_mappings(&[mapping("L2", "P2", 20), mapping("L3", "P3", 30)]).await.unwrap();
    store.put_lid_mappings(&[]).await.unwrap();
    let entry = store.get_pn_mapping("P2").await.unwrap().unwrap();
    assert_eq!(
        (entry.lid.as_str(), entry.created_at, entry.updated_at, entry.learning_source.as_str()),
        ("L2", 1, 20, "usync")
    );
    store.put_lid_mapping(&mapping("L2", "P2", 21)).await.unwrap();
    assert_eq!(store.get_lid_mapping("L2").await.unwrap().unwrap().updated_at, 21);
    assert_eq!(store.get_pn_mapping("P2").await.unwrap().unwrap().updated_at, 21);
    let mut all: Vec<_> =
        store.get_all_lid_mappings().await.unwrap().into_iter().map(|e| (e.lid, e.phone_number)).collect();
    all.sort_unstable();
    let expected = [("L1", "P1"), ("L2", "P2"), ("L3", "P3")].map(|(l, p)| (l.to_owned(), p.to_owned()));
    assert_eq!(all, expected);
}

pub async fn a_lid_changes_its_number(store: &dyn Backend) {
    store.put_lid_mapping(&mapping("L1", "P1", 1)).await.unwrap();
    store.put_lid_mapping(&mapping("L1", "P2", 2)).await.unwrap();
    assert_eq!(number_of(store, "L1").await.as_deref(), Some("P2"));
    assert_eq!(lid_of(store, "P2").await.as_deref(), Some("L1"));
    assert_eq!(lid_of(store, "P1").await, None, "the old number leads nowhere");
    // Within one batch, too.
    store.put_lid_mappings(&[mapping("L5", "P5", 1), mapping("L5", "P6", 2)]).await.unwrap();
    assert_eq!(lid_of(store, "P5").await, None);
    assert_eq!(lid_of(store, "P6").await.as_deref(), Some("L5"));
    // There and back again.
    store.put_lid_mappings(&[mapping("L1", "P1", 3), mapping("L1", "P2", 4)]).await.unwrap();
    assert_eq!(lid_of(store, "P1").await, None);
    assert_eq!(lid_of(store, "P2").await.as_deref(), Some("L1"));
}

pub async fn the_last_lid_of_a_number_counts(store: &dyn Backend) {
    store.put_lid_mapping(&mapping("L1", "P1", 1)).await.unwrap();
    store.put_lid_mapping(&mapping("L2", "P1", 2)).await.unwrap();
    assert_eq!(lid_of(store, "P1").await.as_deref(), Some("L2"));
    assert_eq!(number_of(store, "L1").await.as_deref(), Some("P1"), "its own row stays");
    store.put_lid_mappings(&[mapping("L3", "P3", 1), mapping("L4", "P3", 1)]).await.unwrap();
    assert_eq!(lid_of(store, "P3").await.as_deref(), Some("L4"));
}
