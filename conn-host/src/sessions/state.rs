//! The state machine of a session: what its status becomes when something happens. Pure: no clock, no IO.

use edgewire_contract::session::SessionStatus as S;

/// Something that happens to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// A connection is being opened.
    Opening,
    /// WhatsApp gave a QR code.
    QrShown,
    /// WhatsApp gave a pair code.
    CodeShown,
    /// No pair code is waited for any more.
    CodeGone {
        /// Whether there is a QR code to scan instead.
        qr: bool,
    },
    /// The pairing asks for a passkey, or to confirm its code.
    PasskeyAsked,
    /// The passkey did not work.
    PasskeyFailed {
        /// Whether there is a QR code to scan instead.
        qr: bool,
    },
    /// The phone accepted; the device is linked.
    Linked,
    /// Logged in.
    LoggedIn,
    /// The socket is gone.
    SocketLost,
    /// WhatsApp unlinked the device.
    Unlinked,
    /// WhatsApp banned the account.
    Banned,
    /// Nobody paired in time, or the stored device cannot be used.
    GaveUp,
    /// Its owner wants it closed.
    Closed,
}

/// The status after `happening`; the same one when nothing changes.
pub fn next(status: S, paired: bool, happening: Happening) -> S {
    match happening {
        Happening::Opening if paired => match status {
            S::Reconnecting => S::Reconnecting,
            _ => S::Connecting,
        },
        Happening::Opening => S::Connecting,
        // A QR is shown beside a pair code or a passkey all the time; what the user asked for last is what he waits for.
        Happening::QrShown if matches!(status, S::WaitingForPairCode | S::WaitingForPasskey) => status,
        Happening::QrShown => S::WaitingForQr,
        Happening::CodeShown if status == S::WaitingForPasskey => status,
        Happening::CodeShown => S::WaitingForPairCode,
        Happening::PasskeyAsked => S::WaitingForPasskey,
        Happening::CodeGone { qr } if status == S::WaitingForPairCode => without(qr),
        Happening::PasskeyFailed { qr } if status == S::WaitingForPasskey => without(qr),
        Happening::CodeGone { .. } | Happening::PasskeyFailed { .. } => status,
        Happening::Linked => S::Connecting,
        Happening::LoggedIn => S::Connected,
        Happening::SocketLost => match status {
            // Only who was connected reconnects; a pairing that loses its socket starts over.
            S::Connected | S::Reconnecting => S::Reconnecting,
            S::Stopped | S::LoggedOut | S::Banned | S::Failed => status,
            _ if paired => S::Reconnecting,
            _ => S::Connecting,
        },
        Happening::Unlinked => S::LoggedOut,
        Happening::Banned => S::Banned,
        Happening::GaveUp => S::Failed,
        Happening::Closed => S::Stopped,
    }
}

/// What a pairing is without its pair code or passkey. The next QR code is shown by itself.
fn without(qr: bool) -> S {
    if qr { S::WaitingForQr } else { S::Connecting }
}

/// Whether only a person can bring the session back: it is not started by itself, and what waits to be sent from it
/// cannot be sent.
pub fn needs_a_person(status: S) -> bool {
    matches!(status, S::LoggedOut | S::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_pairing_walks_through() {
        let walk = [Happening::Opening, Happening::QrShown, Happening::Linked, Happening::LoggedIn];
        let mut status = S::Stopped;
        let seen: Vec<&str> = walk
            .into_iter()
            .map(|h| {
                status = next(status, false, h);
                status.as_str()
            })
            .collect();
        assert_eq!(seen, ["connecting", "waiting_for_qr", "connecting", "connected"]);
    }

    const STATUSES: [S; 10] = [
        S::Stopped,
        S::Connecting,
        S::WaitingForQr,
        S::WaitingForPairCode,
        S::WaitingForPasskey,
        S::Connected,
        S::Reconnecting,
        S::LoggedOut,
        S::Banned,
        S::Failed,
    ];

    const HAPPENINGS: [Happening; 15] = [
        Happening::Opening,
        Happening::QrShown,
        Happening::CodeShown,
        Happening::CodeGone { qr: false },
        Happening::CodeGone { qr: true },
        Happening::PasskeyAsked,
        Happening::PasskeyFailed { qr: false },
        Happening::PasskeyFailed { qr: true },
        Happening::Linked,
        Happening::LoggedIn,
        Happening::SocketLost,
        Happening::Unlinked,
        Happening::Banned,
        Happening::GaveUp,
        Happening::Closed,
    ];

    /// There are 300 cases: all of them are tried.
    #[test]
    fn whatever_happens_the_status_is_true() {
        for (status, paired, happening) in STATUSES
            .into_iter()
            .flat_map(|status| [false, true].map(|paired| (status, paired)))
            .flat_map(|(status, paired)| HAPPENINGS.map(|happening| (status, paired, happening)))
        {
            let then = next(status, paired, happening);
            let case =
                format!("{status:?} ({}) and {happening:?}: {then:?}", if paired { "paired" } else { "new" });
            assert_eq!(next(then, paired, happening), then, "what is told twice changes nothing: {case}");
            // Only a login makes it connected, and only losing one's connection makes it reconnecting.
            assert!(
                then != S::Connected || status == S::Connected || happening == Happening::LoggedIn,
                "{case}"
            );
            let lost = happening == Happening::SocketLost && (paired || status == S::Connected);
            assert!(then != S::Reconnecting || status == S::Reconnecting || lost, "{case}");
            // What its owner must mend stays, until he does something, or WhatsApp lets him in.
            let silent = matches!(
                happening,
                Happening::SocketLost | Happening::CodeGone { .. } | Happening::PasskeyFailed { .. }
            );
            let mend = matches!(status, S::Stopped | S::LoggedOut | S::Banned | S::Failed);
            assert!(!mend || !silent || then == status, "{case}");
            // Without a connection it is not said to be there.
            let gone = matches!(
                happening,
                Happening::SocketLost
                    | Happening::Unlinked
                    | Happening::Banned
                    | Happening::GaveUp
                    | Happening::Closed
            );
            assert!(!gone || then != S::Connected, "{case}");
        }
    }

    #[test]
    fn a_lost_socket_never_revives_what_a_person_must_mend() {
        for status in [S::Stopped, S::LoggedOut, S::Banned, S::Failed] {
            assert_eq!(next(status, true, Happening::SocketLost), status);
        }
        assert_eq!(next(S::Connected, true, Happening::SocketLost), S::Reconnecting);
    }

    #[test]
    fn a_pair_code_is_not_hidden_by_the_next_qr() {
        assert_eq!(next(S::WaitingForPairCode, false, Happening::QrShown), S::WaitingForPairCode);
    }

    #[test]
    fn a_pairing_goes_through_a_passkey_or_back_to_the_qr() {
        let asked = next(S::WaitingForQr, false, Happening::PasskeyAsked);
        assert_eq!(next(asked, false, Happening::QrShown), S::WaitingForPasskey);
        assert_eq!(next(asked, false, Happening::Linked), S::Connecting);
        assert_eq!(next(asked, false, Happening::CodeShown), S::WaitingForPasskey);
        let failed = next(asked, false, Happening::PasskeyFailed { qr: false });
        assert_eq!(next(failed, false, Happening::QrShown), S::WaitingForQr);
        assert_eq!(next(asked, false, Happening::PasskeyFailed { qr: true }), S::WaitingForQr);
    }

    #[test]
    fn without_its_code_a_session_waits_for_a_scan() {
        for (qr, status) in [(true, S::WaitingForQr), (false, S::Connecting)] {
            assert_eq!(next(S::WaitingForPairCode, false, Happening::CodeGone { qr }), status);
            assert_eq!(next(S::Connected, true, Happening::CodeGone { qr }), S::Connected);
        }
    }
}
