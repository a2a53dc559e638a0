//! Records that stay: tokens, organizations, users and what was done to them; what is asked about a login; requests for older messages; pairings.

use edgewire_contract::access::{Act, Action, Actor, Organization, Role, User};
use edgewire_contract::ids::{RequestId, TokenId, UserId};
use edgewire_contract::login::Ask;
use edgewire_contract::session::{HistoryPart, HistoryRequest, PairingStep};
use edgewire_contract::token::{Capability, TokenKind, TokenRecord};

use crate::{AT, organization, pinned, session};

#[test]
fn records() {
    let token = TokenRecord {
        v: 1,
        id: TokenId::generate(AT, 5),
        kind: TokenKind::ApiKey,
        organization: organization(),
        user: Some(user()),
        capabilities: Capability::ALL.to_vec(),
        sessions: Some(vec![session()]),
        expires_at: Some(AT),
        name: Some("ci".into()),
        created_at: AT,
        last_used_at: None,
        deployment: false,
        suspended: false,
        suspensions: 0,
    };
    pinned("token", &token);
    let used = TokenRecord { last_used_at: Some(AT + 5), deployment: true, suspended: true, ..token };
    pinned("token.used", &used);
    let login = TokenRecord { kind: TokenKind::Login, name: None, sessions: None, ..used };
    pinned("token.login", &login);
    let id = RequestId::parse("01JZ5D3B8RJ8Q4T2V0W9X6Y7Z1").unwrap();
    pinned("login.ask", &Ask { v: 1, id, token: "eyJh.eyJz.c2ln".into(), deadline: AT });
    let asked = |parts| HistoryRequest { chat: "628123456789@s.whatsapp.net".into(), count: 50, parts };
    pinned("history_request", &asked(Vec::new()));
    let part = HistoryPart { part: 1, chunks: 2, messages: 30, last: false };
    pinned("history_request.answered", &asked(vec![part]));
    pinned(
        "pairing",
        &PairingStep { qr: Some("2@abc".into()), code: Some("ABCD-EFGH".into()), expires_at: AT },
    );
}

fn user() -> UserId {
    UserId::parse("ada").unwrap()
}

#[test]
fn access() {
    let of = |disabled| Organization {
        v: 1,
        id: organization(),
        name: "Acme Ltd".into(),
        created_at: AT,
        disabled,
        deleting: false,
    };
    pinned("organization", &of(false));
    pinned("organization.disabled", &of(true));
    let ada = |disabled| User {
        v: 1,
        id: user(),
        name: "Ada".into(),
        role: Role::Manager,
        created_at: AT,
        disabled,
    };
    pinned("user", &ada(false));
    pinned("user.disabled", &ada(true));
    let act = |user| Act {
        v: 1,
        at: AT,
        actor: Actor { token: TokenId::generate(AT, 5), user, organization: organization() },
        action: Action::UserDisable,
        organization: organization(),
        target: "ada".into(),
        request_id: RequestId::parse("req-1").unwrap(),
    };
    pinned("act", &act(Some(user())));
    pinned("act.no_user", &act(None));
}
