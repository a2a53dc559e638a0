//! Sent messages, incoming ones that wait, and secrets.

use std::time::{SystemTime, UNIX_EPOCH};

use wacore::store::traits::{Backend, MsgSecretEntry, PendingInboundKey, PendingInboundRow};

const CHAT: &str = "15550000001@s.whatsapp.net";

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs())
        .expect("a time")
}

pub async fn sent_messages(store: &dyn Backend) {
    assert_eq!(store.take_sent_message(CHAT, "M1").await.unwrap(), None);
    store.store_sent_message(CHAT, "M1", b"one").await.unwrap();
    store.store_sent_message(CHAT, "M1", b"two").await.unwrap();
    store.store_sent_message("other", "M1", b"x").await.unwrap();
    assert_eq!(store.take_sent_message(CHAT, "M1").await.unwrap().unwrap(), b"two");
    assert_eq!(store.take_sent_message(CHAT, "M1").await.unwrap(), None, "taken once");
    store.store_sent_message(CHAT, "M2", b"").await.unwrap();
    assert_eq!(store.delete_expired_sent_messages(now() - 7_200).await.unwrap(), 0);
    assert_eq!(store.delete_expired_sent_messages(-1).await.unwrap(), 0);
    assert_eq!(store.delete_expired_sent_messages(now() + 10).await.unwrap(), 2);
    assert_eq!(store.take_sent_message("other", "M1").await.unwrap(), None);
    store.store_sent_message(CHAT, "M3", b"later").await.unwrap();
    assert_eq!(store.delete_expired_sent_messages(now() + 10).await.unwrap(), 1, "what came after is seen");
}

pub async fn pending_inbound(store: &dyn Backend) {
    assert_eq!(store.get_pending_inbound(CHAT, "s", "M1").await.unwrap(), None);
    store.store_pending_inbound(CHAT, "s", "M1", b"one").await.unwrap();
    assert_eq!(store.get_pending_inbound(CHAT, "s", "M1").await.unwrap().unwrap(), b"one");
    assert_eq!(store.get_pending_inbound(CHAT, "t", "M1").await.unwrap(), None, "ids are a sender's own");
    let rows = [("s", "M1", "uno"), ("s", "M2", "dos"), ("t", "M1", "tres")]
        .map(|(sender, id, text)| PendingInboundRow { chat: CHAT, sender, id, message: text.as_bytes() });
    store.store_pending_inbound_batch(&rows).await.unwrap();
    store.store_pending_inbound_batch(&[]).await.unwrap();
    assert_eq!(store.get_pending_inbound(CHAT, "s", "M1").await.unwrap().unwrap(), b"uno");
    assert_eq!(store.get_pending_inbound(CHAT, "t", "M1").await.unwrap().unwrap(), b"tres");
    let keys = [PendingInboundKey { chat: CHAT, sender: "s", id: "M2" }];
    store.delete_pending_inbound_batch(&keys).await.unwrap();
    store.delete_pending_inbound_batch(&[]).await.unwrap();
    assert_eq!(store.get_pending_inbound(CHAT, "s", "M2").await.unwrap(), None);
    store.delete_pending_inbound(CHAT, "s", "M1").await.unwrap();
    store.delete_pending_inbound(CHAT, "s", "M1").await.unwrap();
    assert_eq!(store.get_pending_inbound(CHAT, "s", "M1").await.unwrap(), None);
    assert_eq!(store.delete_expired_pending_inbound(now() - 100).await.unwrap(), 0);
    assert_eq!(store.delete_expired_pending_inbound(now() + 10).await.unwrap(), 1);
    assert_eq!(store.get_pending_inbound(CHAT, "t", "M1").await.unwrap(), None);
}

fn secret(id: &str, byte: u8, expires_at: i64, message_ts: i64) -> MsgSecretEntry {
    let (chat, sender, msg_id) = (CHAT.into(), "s".into(), id.into());
    MsgSecretEntry { chat, sender, msg_id, secret: [byte; 32], expires_at, message_ts }
}

async fn read(store: &dyn Backend, id: &str) -> Option<(u8, i64)> {
    let (bytes, at) = store.get_msg_secret_with_ts(CHAT, "s", id).await.unwrap()?;
    assert_eq!(store.get_msg_secret(CHAT, "s", id).await.unwrap().as_ref(), Some(&bytes));
    assert_eq!(bytes.len(), 32);
    Some((bytes[0], at))
}

pub async fn secrets(store: &dyn Backend) {
    assert_eq!(read(store, "M1").await, None);
    store.put_msg_secret(CHAT, "s", "M1", &[1; 32]).await.unwrap();
    assert_eq!(read(store, "M1").await, Some((1, 0)));
    let batch = vec![secret("M1", 2, 0, 0), secret("M2", 3, 0, 7), secret("M2", 4, 0, 0)];
    assert_eq!(store.put_msg_secrets(batch).await.unwrap(), 3);
    assert_eq!(store.put_msg_secrets(Vec::new()).await.unwrap(), 0);
    assert_eq!(read(store, "M1").await, Some((2, 0)));
    assert_eq!(read(store, "M2").await, Some((4, 7)), "the last secret, the latest time");
    assert_eq!(store.get_msg_secret(CHAT, "t", "M1").await.unwrap(), None);
    let many = (0..4_100).map(|i| secret(&format!("H{i}"), (i % 251) as u8, 0, i)).collect();
    assert_eq!(store.put_msg_secrets(many).await.unwrap(), 4_100);
    assert_eq!(read(store, "H4099").await, Some(((4_099 % 251) as u8, 4_099)));
}

pub async fn secrets_are_merged(store: &dyn Backend) {
    let put = async |it| assert_eq!(store.put_msg_secrets(vec![it]).await.unwrap(), 1);
    let over_at = async |at: i64| store.delete_expired_msg_secrets(at).await.unwrap();
    // The later deadline counts, whichever comes first; the later time, too.
    put(secret("A", 1, 100, 50)).await;
    put(secret("A", 2, 60, 0)).await;
    assert_eq!(read(store, "A").await, Some((2, 50)));
    assert_eq!(over_at(99).await, 0);
    put(secret("A", 3, 200, 60)).await;
    assert_eq!(over_at(199).await, 0);
    assert_eq!(read(store, "A").await, Some((3, 60)));
    assert_eq!(over_at(200).await, 1, "at its deadline it is over");
    // Never is the latest of all.
    put(secret("B", 1, 100, 0)).await;
    put(secret("B", 1, 0, 0)).await;
    put(secret("B", 1, 100, 0)).await;
    assert_eq!(over_at(i64::MAX - 1).await, 0);
    assert_eq!(store.put_msg_secrets(vec![secret("C", 1, 300, 9), secret("C", 2, 250, 3)]).await.unwrap(), 2);
    assert_eq!(over_at(299).await, 0);
    assert_eq!(read(store, "C").await, Some((2, 9)));
    assert_eq!(over_at(300).await, 1);
}

pub async fn secrets_expire(store: &dyn Backend) {
    let batch = (1..=1_500).map(|i| secret(&i.to_string(), 1, i, 0)).chain([secret("never", 1, 0, 0)]);
    assert_eq!(store.put_msg_secrets(batch.collect()).await.unwrap(), 1_501);
    assert_eq!(store.delete_expired_msg_secrets(0).await.unwrap(), 0);
    assert_eq!(store.delete_expired_msg_secrets(1_000).await.unwrap(), 1_000);
    assert_eq!(read(store, "1000").await, None);
    assert_eq!(read(store, "1001").await, Some((1, 0)));
    assert_eq!(store.delete_expired_msg_secrets(1_000).await.unwrap(), 0);
    assert_eq!(store.put_msg_secrets(vec![secret("late", 1, 900, 0)]).await.unwrap(), 1);
    assert_eq!(store.delete_expired_msg_secrets(1_000).await.unwrap(), 1, "what came after is seen");
    assert_eq!(store.delete_expired_msg_secrets(9_999).await.unwrap(), 500);
    assert_eq!(read(store, "never").await, Some((1, 0)));
}
