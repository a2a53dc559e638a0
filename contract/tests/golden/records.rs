//! Records that stay: tokens, requests for older messages, pairings.

use edgewire_contract::ids::TokenId;
use edgewire_contract::session::{HistoryPart, HistoryRequest, PairingStep};
use edgewire_contract::token::{Capability, TokenKind, TokenRecord};

use crate::{AT, organization, pinned, session};

#[test]
fn records() {
    pinned(
        "token",
        &TokenRecord {
            v: 1,
            id: TokenId::generate(AT, 5),
            kind: TokenKind::ApiKey,
            organization: organization(),
            user: Some("ada".into()),
            capabilities: Capability::ALL.to_vec(),
            sessions: Some(vec![session()]),
            expires_at: Some(AT),
            name: Some("ci".into()),
            created_at: AT,
        },
    );
    let asked = |parts| HistoryRequest { chat: "628123456789@s.whatsapp.net".into(), count: 50, parts };
    pinned("history_request", &asked(Vec::new()));
    let part = HistoryPart { part: 1, chunks: 2, messages: 30, last: false };
    pinned("history_request.answered", &asked(vec![part]));
    pinned(
        "pairing",
        &PairingStep { qr: Some("2@abc".into()), code: Some("ABCD-EFGH".into()), expires_at: AT },
    );
}
