//! Receipts: delivered, read, played. WhatsApp says each once, so none may be lost to a Redis that is away: they wait
//! here, in order, until they are written or the shard is another's.

use edgewire_contract::event::MessageStatusPayload;
use edgewire_contract::ids::{MessageId, OrganizationId, SessionId};
use edgewire_contract::{keys, script};
use edgewire_store::StoreError;
use redis::Value;
use tokio::sync::mpsc;

use super::Shared;
use super::backoff::Backoff;
use crate::wire::Receipt;

/// Starts the task that writes the receipts of one session; it ends with the sender, or with the lease.
pub fn start(
    shared: Shared,
    organization: OrganizationId,
    session: SessionId,
) -> mpsc::UnboundedSender<Receipt> {
    let (sender, mut receipts) = mpsc::unbounded_channel::<Receipt>();
    tokio::spawn(async move {
        while let Some(receipt) = receipts.recv().await {
            for id in &receipt.ids {
                // An id that we cannot have made is no message of ours.
                let Ok(id) = MessageId::parse(id) else { continue };
                let mut wait = Backoff::quick();
                loop {
                    match advance(&shared, &organization, &session, &id, &receipt).await {
                        Ok(moved) => {
                            if moved {
                                shared.bell.notify_one();
                            }
                            break;
                        }
                        Err(StoreError::Fenced) => return,
                        Err(_) => tokio::select! {
                            () = shared.abort.cancelled() => return,
                            () = tokio::time::sleep(wait.pause()) => {}
                        },
                    }
                }
            }
        }
    });
    sender
}

async fn advance(
    shared: &Shared,
    organization: &OrganizationId,
    session: &SessionId,
    id: &MessageId,
    receipt: &Receipt,
) -> Result<bool, StoreError> {
    let shard = shared.fence.shard;
    let [head, middle, tail] = MessageStatusPayload::receipt_pieces(
        organization.clone(),
        session.clone(),
        id.clone(),
        receipt.status,
        Some(receipt.participant.clone()),
        receipt.timestamp,
    );
    let script_keys = [
        keys::lease(shard),
        keys::message(shard, session, id),
        keys::events(shard, session),
        keys::outbox(shard),
    ];
    let args = [
        shared.fence.epoch.to_string(),
        receipt.status.as_str().to_owned(),
        receipt.timestamp.to_string(),
        organization.to_string(),
        session.to_string(),
        keys::EVENTS_KEPT.to_string(),
        "message.status".to_owned(),
        head,
        middle,
        tail,
    ];
    let answer = shared.host.redis.run(&script::ADVANCE, &script_keys, &args).await?;
    Ok(answer == Value::Int(1))
}
