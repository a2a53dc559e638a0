//! Why a login is refused; and what is no refusal. Nothing here holds a part of a token.

use edgewire_outbound::OutboundError;

/// Why a JWT opens nothing. Its holder is told none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no JWT: not three parts, no base64url, no JSON, a time that is none.
    #[error("it is malformed")]
    Malformed,
    /// Its header names no algorithm that is taken here.
    #[error("its algorithm is none of EdDSA, ES256 and RS256")]
    Algorithm,
    /// Its header has `crit`: it wants something understood that is not.
    #[error("its header has critical extensions")]
    Critical,
    /// No key has its `kid`, or it has none and there are several keys.
    #[error("no key of the provider is meant")]
    UnknownKey,
    /// Several keys have its `kid`.
    #[error("several keys of the provider are meant")]
    AmbiguousKey,
    /// Its header names another algorithm than the key is for.
    #[error("its algorithm is not that of its key")]
    OtherAlgorithm,
    /// The signature is not the key's.
    #[error("its signature is wrong")]
    Signature,
    /// `iss` is missing or another one.
    #[error("its issuer is another")]
    Issuer,
    /// `aud` is missing or has not the one that is expected.
    #[error("its audience is another")]
    Audience,
    /// `exp` is missing.
    #[error("it does not expire")]
    Endless,
    /// `exp` has passed.
    #[error("it has expired")]
    Expired,
    /// `nbf` has not come.
    #[error("it is not yet good")]
    Early,
    /// `iat` is in the future.
    #[error("it was issued in the future")]
    FromTheFuture,
    /// `sub` is missing, or cannot be a user's id.
    #[error("its subject cannot be a user's id")]
    Subject,
    /// The claim of the organization is missing, or cannot be an organization's id.
    #[error("it names no organization")]
    Organization,
    /// There is no such organization.
    #[error("its organization does not exist")]
    UnknownOrganization,
    /// The organization or the user is disabled.
    #[error("its organization or its user is disabled")]
    Disabled,
    /// The user is not kept, and the claim of the role is missing or no role.
    #[error("it names no role")]
    Role,
}

/// Why there is no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There are no keys to verify it by: its holder has to come again.
    #[error("the provider's keys cannot be had")]
    NoKeys,
}

/// Why the provider's keys were not got.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// There was no answer.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// The answer is not a 200.
    #[error("the provider answered {0}")]
    Status(u16),
    /// The answer is no set of keys.
    #[error("the provider's answer is no JSON Web Key Set")]
    NotAJwks,
}
