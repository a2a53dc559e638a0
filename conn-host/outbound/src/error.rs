//! What can go wrong with a call. Nothing here holds a URL, a header or a body, so it may be logged and shown.

use crate::address::Kind;

/// Why the guard let a URL go nowhere. Asking again will not help until somebody changes the URL, the DNS record or
/// the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No URL that a browser would read.
    #[error("the URL is malformed")]
    Malformed,
    /// Neither `http` nor `https`, or `https` that leads to `http`.
    #[error("the URL's scheme is not allowed")]
    Scheme,
    /// A name or password stands before the host.
    #[error("the URL holds a user name or password")]
    Userinfo,
    /// A port that belongs to another protocol.
    #[error("port {0} is not allowed")]
    Port(u16),
    /// A name that always means an internal machine.
    #[error("the host's name is internal")]
    Name,
    /// The host is, or resolves to, an address that is not public.
    #[error("the host's address is not public ({0})")]
    Address(Kind),
}

/// Why a call got no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The guard refused it: no connection was made.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The host's name has no address.
    #[error("the host's name could not be resolved")]
    Unresolved,
    /// None of the host's addresses took the connection.
    #[error("could not connect: {0}")]
    Connect(std::io::ErrorKind),
    /// TCP worked, TLS did not: an unknown issuer, a wrong name, an old protocol.
    #[error("TLS failed")]
    Tls,
    /// DNS, TCP and TLS together took too long.
    #[error("connecting took too long")]
    ConnectTimeout,
    /// The whole call took too long.
    #[error("the answer took too long")]
    Timeout,
    /// The connection broke before the answer was complete, or the answer was no HTTP.
    #[error("the connection broke before the answer was complete")]
    Broken,
    /// The answer's body is over the limit.
    #[error("the answer is too large")]
    TooLarge,
    /// More redirects than allowed, or one without a target.
    #[error("too many redirects")]
    Redirects,
}
