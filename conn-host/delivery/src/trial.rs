//! A test delivery: one attempt with an event that never happened, for somebody who tries a webhook out. It passes the
//! breaker, moves no cursor, and stands in the log.

use std::time::Duration;

use bytes::Bytes;
use edgewire_contract::CONTRACT_VERSION;
use edgewire_contract::ids::{EntryId, EventId, OrganizationId, SessionId};
use edgewire_contract::webhook::ask::{Ask, TEST_EVENT, Tried};
use edgewire_contract::webhook::{Cause, Delivery, Ending, Webhook};
use edgewire_outbound::Limits;
use edgewire_store::StoreError;
use serde_json::json;

use crate::ledger::{Caps, Ledger, Left};
use crate::outside::Outside;
use crate::post::{Attempt, Verdict, post};
use crate::settings::Settings;

/// Makes the attempt, writes it into the log, and answers who asked.
///
/// # Errors
/// When Redis cannot be asked: then nobody is answered.
pub async fn tried(
    ledger: &Ledger,
    settings: &Settings,
    outside: &Outside,
    webhook: &Webhook,
    ask: &Ask,
) -> Result<(), StoreError> {
    let settings = settings.of(webhook);
    let now = outside.clock.now_ms();
    let (id, session, body) = event(&ledger.organization, webhook, now);
    // Whoever asked waits until the deadline, and must hear of a receiver that hangs.
    let left = Duration::from_millis(u64::try_from(ask.deadline - now).unwrap_or(0) * 4 / 5);
    let limits = Limits { total: settings.timeout.min(left), ..Limits::WEBHOOK };
    let Attempt { verdict, status, latency_ms } =
        post(&outside.client, webhook, &id, body, now, limits).await;
    let (ending, failure) = match verdict {
        Verdict::Delivered => (Ending::Delivered, None),
        // Nothing comes of it: it is neither tried again nor a dead letter.
        Verdict::Failed(failure) => (Ending::Failed, Some(failure)),
    };
    let (reason, answer) = failure.map_or((None, None), |failure| (Some(failure.reason), failure.answer));
    let entry = Delivery {
        v: CONTRACT_VERSION,
        event_id: id.clone(),
        event: TEST_EVENT.to_owned(),
        session,
        cause: Cause::Test,
        attempt: 1,
        ending,
        status,
        latency_ms,
        reason: reason.clone(),
        answer: answer.clone(),
        at: outside.clock.now_ms(),
    };
    let left = Left { log: vec![entry], ..Left::default() };
    let caps = Caps { dead: settings.dead_kept, log: settings.log_kept };
    ledger.write(webhook, Default::default(), &left, caps).await?;
    let delivered = ending == Ending::Delivered;
    ledger.answer(ask, &Tried { event_id: id, delivered, status, latency_ms, reason, answer }).await
}

/// The event's id, its session, and itself.
fn event(organization: &OrganizationId, webhook: &Webhook, now: i64) -> (String, String, Bytes) {
    let own = webhook.session_id.clone();
    let session = own.unwrap_or_else(|| SessionId::parse("test").expect("is a name"));
    let entry = EntryId { ms: u64::try_from(now).unwrap_or(0), seq: 0 };
    let id = EventId::of(&session, entry).to_string();
    // In the order of every event.
    let body = format!(
        r#"{{"schema":"v1","id":"{id}","event":"{TEST_EVENT}","payload":{},"session":"{session}","organization":"{organization}","timestamp":{now}}}"#,
        json!({"webhook_id": webhook.id}),
    );
    (id, session.to_string(), body.into())
}

#[cfg(test)]
mod tests {
    use edgewire_contract::ids::WebhookId;
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_test_event_has_the_form_of_events() {
        let organization = OrganizationId::parse("acme").unwrap();
        let id = WebhookId::generate(1, 1);
        let record = json!({"v": 1, "id": id, "url": "https://e.com", "events": ["*"], "session_id": "main", "active": true, "created_at": 1});
        let webhook: Webhook = serde_json::from_value(record).unwrap();
        let (event_id, session, body) = event(&organization, &webhook, 1_781_000_000_000);
        let read: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(read["id"], event_id.as_str());
        assert_eq!((session.as_str(), &read["session"]), ("main", &json!("main")));
        assert_eq!(read["payload"]["webhook_id"], id.as_str());
        assert_eq!((&read["event"], &read["organization"]), (&json!("webhook.test"), &json!("acme")));
    }
}
