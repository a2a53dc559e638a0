//! How a command ended.

use edgewire_contract::command::Mode;
use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::jid::Jid;
use edgewire_contract::media::MediaKind;
use edgewire_contract::outcome::{MediaReport, Outcome, OutcomeStatus};

use crate::{AT, command_id, message_id, organization, pinned, session};

#[test]
fn outcomes() {
    let outcome = |status, error| Outcome {
        v: 1,
        id: command_id(),
        organization: organization(),
        session: session(),
        mode: Mode::Sync,
        status,
        timestamp: AT,
        message_id: Some(message_id()),
        to: Some(Jid::parse_recipient("628123456789").unwrap()),
        send_at: None,
        error,
        background: false,
        data: None,
    };
    let refused =
        Fault::new(FaultCode::RecipientUnavailable, "WhatsApp refused the message").with("ack_error", 463);
    pinned("outcome.queued", &outcome(OutcomeStatus::Queued, None));
    let scheduled = Outcome { send_at: Some(AT + 86_400_000), ..outcome(OutcomeStatus::Queued, None) };
    pinned("outcome.scheduled", &scheduled);
    let background = Outcome { background: true, ..outcome(OutcomeStatus::Queued, None) };
    pinned("outcome.background", &background);
    pinned("outcome.sent", &outcome(OutcomeStatus::Sent, None));
    pinned("outcome.failed", &outcome(OutcomeStatus::Failed, Some(refused)));
    let done = Outcome { message_id: None, to: None, ..outcome(OutcomeStatus::Done, None) };
    let report = MediaReport {
        kind: Some(MediaKind::Audio),
        ptt: true,
        size_bytes: 1,
        mimetype: "audio/ogg; codecs=opus".into(),
        original_format: "audio/mpeg".into(),
        converted: true,
        duration_seconds: Some(1.5),
        ..MediaReport::default()
    };
    let data = Some(serde_json::to_value(report).unwrap());
    pinned("outcome.sent.media", &Outcome { data, ..outcome(OutcomeStatus::Sent, None) });
    pinned("outcome.done", &Outcome { data: Some(serde_json::json!({"code": "ABCD-EFGH"})), ..done });
}

/// As it was written before it told the kind.
#[test]
fn an_earlier_report_is_read() {
    let earlier = r#"{"size_bytes": 1, "mimetype": "image/png", "original_format": "image/png", "converted": false,
        "download_ms": 0, "conversion_ms": 0, "upload_ms": 0}"#;
    let report: MediaReport = serde_json::from_str(earlier).unwrap();
    assert_eq!((report.kind, report.ptt, report.size_bytes), (None, false, 1));
}
