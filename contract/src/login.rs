//! Logins: JWTs of an identity provider. A handler has no room for public-key cryptography, so conn-host verifies them.
//!
//! A handler that finds no record under a login's hash asks, by the script [`crate::script::ASK_LOGIN`]. A host takes the ask
//! off [`crate::keys::login_asks`], keeps what the login may do under [`crate::keys::token`] for at most [`MOST_KEPT_MS`],
//! and answers under [`crate::keys::login_answer`]. Until that record ends, requests with the same login ask nobody.

use serde::{Deserialize, Serialize};

use crate::ids::RequestId;
use crate::token::TokenRecord;

/// The longest JWT that is looked at, bytes.
pub const LONGEST_JWT: usize = 8 * 1024;
/// For how long at most the record of a verified login is kept, ms: so late is noticed that its organization or its user was
/// disabled, or its key withdrawn.
pub const MOST_KEPT_MS: u64 = 30_000;
/// How long a handler waits for the answer, ms.
pub const PATIENCE_MS: i64 = 3_000;
/// How many asks may wait to be taken.
pub const MOST_ASKS: u64 = 256;
/// How long an ask waits to be taken and an answer to be read, seconds: both are secrets, and nobody waits for longer.
pub const ASK_TTL_SECONDS: u64 = 10;
/// A host that takes logins says so again within this, ms.
pub const HOST_ALIVE_MS: u64 = 5_000;
/// A host that takes logins is forgotten when it has been silent for this long, ms. Until then a login that cannot be
/// verified is not refused but has to be repeated: hosts are restarted, and nobody is to be logged out by that.
pub const HOST_FORGOTTEN_MS: u64 = 60_000;

/// A login to be verified.
///
/// The token in it opens what its user may do, so this is as much a secret as the token is. It leaves Redis as it is taken,
/// and will be sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The contract's version.
    pub v: u8,
    /// Names the answer.
    pub id: RequestId,
    /// The JWT.
    pub token: String,
    /// After this nobody waits any more, unix ms.
    pub deadline: i64,
}

impl std::fmt::Debug for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ask").field("id", &self.id).field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// What it came to: the record of a good login, `None` (in JSON [`REFUSED`]) for any other. Who could not tell does not
/// answer.
pub type Answer = Option<TokenRecord>;
/// The answer to a login that is not good.
pub const REFUSED: &str = "null";

/// Whether a secret has the form of a JWT: three parts in base64url with dots between them, the first of which begins as a
/// JSON object does.
pub fn is_jwt(secret: &str) -> bool {
    let url_safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    secret.len() <= LONGEST_JWT
        && secret.starts_with("eyJ")
        && secret.split('.').count() == 3
        && secret.split('.').all(|part| !part.is_empty() && part.bytes().all(url_safe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_jwt_has_its_form() {
        assert!(is_jwt("eyJh.eyJz.c-_0"));
        for other in
            ["", "eyJ", "eyJh.eyJz", "eyJh.eyJz.", "eyJh..c2ln", "eyJh.eyJz.c2ln.x", "eyJh.e+Jz.c2ln"]
        {
            assert!(!is_jwt(other), "{other}");
        }
        assert!(!is_jwt("wa_h.eyJz.c2ln") && !is_jwt("eyJh.eyJz.c2ln="));
        let long = |length: usize| format!("eyJh.{}.c2ln", "a".repeat(length - 10));
        assert_eq!((is_jwt(&long(LONGEST_JWT)), is_jwt(&long(LONGEST_JWT + 1))), (true, false));
    }

    #[test]
    fn no_record_is_a_refusal() {
        assert_eq!(serde_json::to_string(&Answer::None).unwrap(), REFUSED);
    }

    #[test]
    fn an_ask_shows_no_token() {
        let id = RequestId::parse("ask").unwrap();
        let ask = Ask { v: 1, id, token: "eyJh.eyJz.c2ln".into(), deadline: 5 };
        assert!(!format!("{ask:?}").contains("eyJ"));
    }
}
