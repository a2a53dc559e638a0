//! Calls. WhatsApp tells each step of a call by itself; what an earlier step said (whether it is with video, whether
//! somebody took it) is remembered for as long as the connection lasts.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use edgewire_contract::event::{CallPayload, CallStatus, EventBody};
use whatsapp_rust::OwnedNodeRef;
use whatsapp_rust::types::events::Event;
use whatsapp_rust::wacore::stanza::call::parse_call_stanza;
use whatsapp_rust::wacore::types::call::{CallAction as Action, IncomingCall, MissedCall};

use super::{bare, hint};
use crate::events::people::Hint;
use crate::events::told::Told;
use crate::wire::Notice;

/// How many calls are remembered.
const REMEMBERED: usize = 64;
/// How long the end of a call that is over waits for the beginning.
const BEGINNING_WAIT: Duration = Duration::from_millis(500);

/// A step of a call.
#[derive(Debug, Clone)]
struct Step {
    call_id: String,
    from: Hint,
    video: bool,
    group: Option<String>,
    status: CallStatus,
    /// Unix seconds.
    timestamp: i64,
}

/// What is remembered of a call.
#[derive(Debug, Clone)]
struct Seen {
    call_id: String,
    from: Hint,
    video: bool,
    group: Option<String>,
    taken: bool,
}

/// The latest calls.
#[derive(Debug, Default)]
pub(super) struct Calls {
    seen: Mutex<VecDeque<Seen>>,
    /// Rings when there is one more.
    begun: Condvar,
}

impl Calls {
    /// The notice of a step; `None` for what is no step that somebody would hear of.
    pub(super) fn notice(&self, event: &Event) -> Option<Notice> {
        let step = match event {
            Event::IncomingCall(call) => {
                let step = step(call)?;
                if call.offline {
                    tokio::task::block_in_place(|| self.wait_for_the_beginning(&step.call_id));
                }
                step
            }
            Event::MissedCall(call) => missed(call),
            _ => return None,
        };
        Some(tell(self.remember(step)))
    }

    /// Remembers the offer that `node` is, if it waited while nobody was connected: the library tells of such a call
    /// that it was missed, and nothing else.
    pub(super) fn note(&self, node: &OwnedNodeRef) {
        if node.tag() != "call" || node.get_attr("offline").is_none() {
            return;
        }
        if let Ok(Some(call)) = parse_call_stanza(node.get())
            && let Some(step) = step(&call).filter(|step| step.status == CallStatus::Ringing)
        {
            self.remember(step);
        }
    }

    /// The library hands on what waited while nobody was connected side by side, and a call's end may come first: only its
    /// beginning says by which number the caller is known.
    fn wait_for_the_beginning(&self, call_id: &str) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = |seen: &mut VecDeque<Seen>| !seen.iter().any(|seen| seen.call_id == call_id);
        let _seen_or_not = self.begun.wait_timeout_while(seen, BEGINNING_WAIT, unknown);
    }

    /// `step` with what earlier ones said.
    fn remember(&self, mut step: Step) -> Step {
        let mut calls = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = step.status == CallStatus::Accepted;
        if let Some(seen) = calls.iter_mut().find(|seen| seen.call_id == step.call_id) {
            seen.video |= step.video;
            step.video = seen.video;
            step.group = step.group.or_else(|| seen.group.clone());
            // The first step names who calls, often by both addresses.
            step.from = seen.from.clone();
            if seen.taken && step.status == CallStatus::Missed {
                step.status = CallStatus::Ended;
            }
            seen.taken |= taken;
            return step;
        }
        if calls.len() == REMEMBERED {
            calls.pop_front();
        }
        let (call_id, from) = (step.call_id.clone(), step.from.clone());
        calls.push_back(Seen { call_id, from, video: step.video, group: step.group.clone(), taken });
        self.begun.notify_all();
        step
    }
}

/// The step that a stanza tells; most tell of the sound's way through the network.
fn step(call: &IncomingCall) -> Option<Step> {
    let in_group = || Some(bare(&call.from)).filter(|jid| jid.ends_with("@g.us"));
    let (status, video, group, phone) = match &call.action {
        Action::Offer { is_video, group_jid, caller_pn, .. } => {
            let group = group_jid.as_ref().map(bare).or_else(in_group);
            (CallStatus::Ringing, *is_video, group, caller_pn.as_ref())
        }
        Action::OfferNotice { is_video, .. } => (CallStatus::Ringing, *is_video, in_group(), None),
        Action::Accept { .. } => (CallStatus::Accepted, false, None, None),
        // One of several devices is busy; the others ring on.
        Action::Reject { reason, .. } if reason.as_deref() == Some("busy") => return None,
        Action::Reject { .. } => (CallStatus::Rejected, false, None, None),
        Action::Terminate { reason, duration, .. } => {
            (over(reason.as_deref(), duration.unwrap_or(0)), false, None, None)
        }
        _ => return None,
    };
    Some(Step {
        call_id: call.action.call_id().to_owned(),
        from: hint(call.action.call_creator(), phone),
        video,
        group,
        status,
        timestamp: call.timestamp.timestamp(),
    })
}

/// What a call's end means for who was called.
fn over(reason: Option<&str>, seconds: u32) -> CallStatus {
    match reason {
        Some("accepted_elsewhere") => CallStatus::Accepted,
        Some("rejected_elsewhere") => CallStatus::Rejected,
        _ if seconds > 0 => CallStatus::Ended,
        // It rang to its end, or the caller gave up.
        _ => CallStatus::Missed,
    }
}

fn missed(call: &MissedCall) -> Step {
    Step {
        call_id: call.call_id.clone(),
        from: hint(&call.from, None),
        video: false,
        group: None,
        status: CallStatus::Missed,
        timestamp: call.timestamp.timestamp(),
    }
}

fn tell(step: Step) -> Notice {
    Notice::new(vec![step.from.clone()], move |found| {
        // The account calls from its phone.
        if found.me.is(&step.from.0) {
            return None;
        }
        let status = serde_json::to_value(step.status).ok()?;
        let mark = format!("call {} {}", step.call_id, status.as_str()?);
        let from = found.known.party(&step.from.0);
        let call = CallPayload {
            call_id: step.call_id,
            from: from.jid,
            from_phone: from.phone,
            from_lid: from.lid,
            is_video: step.video,
            group: step.group,
            status: step.status,
            timestamp: step.timestamp,
        };
        let at = step.timestamp.saturating_mul(1000);
        Some(Told::new(at, EventBody::CallIncoming(call), Some(mark)))
    })
}

#[cfg(test)]
mod tests {
    use whatsapp_rust::NodeBuilder;
    use whatsapp_rust::wacore::types::call::MissedReason;
    use whatsapp_rust::wacore_binary::marshal::marshal;

    use super::super::tests::{at, jid, know, tell};
    use super::*;

    const BOB: &str = "15550002@s.whatsapp.net";
    const BOBS_LID: &str = "2000@lid";

    fn call(action: Action) -> Event {
        Event::IncomingCall(IncomingCall::new_for_test(jid(BOBS_LID), "9".into(), at(5), action))
    }

    fn offer() -> Event {
        call(Action::Offer {
            call_id: "C1".into(),
            call_creator: jid("2000:1@lid"),
            caller_pn: Some(jid(BOB)),
            caller_country_code: None,
            device_class: None,
            joinable: false,
            is_video: true,
            audio: Vec::new(),
            group_jid: None,
        })
    }

    fn terminate(reason: Option<&str>, duration: Option<u32>) -> Event {
        call(Action::Terminate {
            call_id: "C1".into(),
            call_creator: jid(BOBS_LID),
            reason: reason.map(str::to_owned),
            duration,
            audio_duration: None,
        })
    }

    fn told(calls: &Calls, event: &Event) -> (CallPayload, String) {
        let told = super::super::tests::tell(calls.notice(event).unwrap(), &know(BOBS_LID, BOB)).unwrap();
        match told.body {
            EventBody::CallIncoming(call) => (call, told.mark.unwrap()),
            other => panic!("{}", other.kind()),
        }
    }

    #[test]
    fn a_call_rings_and_is_missed() {
        let calls = Calls::default();
        assert_eq!(calls.notice(&offer()).unwrap().people, [(BOBS_LID.to_owned(), Some(BOB.to_owned()))]);
        let (ringing, mark) = told(&calls, &offer());
        assert_eq!((ringing.status, mark.as_str()), (CallStatus::Ringing, "call C1 ringing"));
        assert_eq!((ringing.from.as_str(), ringing.from_lid.as_deref()), (BOB, Some(BOBS_LID)));
        assert_eq!((ringing.is_video, ringing.timestamp), (true, 5));
        let (missed, mark) = told(&calls, &terminate(Some("timeout"), None));
        assert_eq!((missed.status, mark.as_str()), (CallStatus::Missed, "call C1 missed"));
        // The end does not say so itself.
        assert!(missed.is_video);
    }

    #[test]
    fn a_call_that_was_taken_is_not_missed() {
        let calls = Calls::default();
        let status = |event: &Event| told(&calls, event).0.status;
        assert_eq!(status(&terminate(Some("accepted_elsewhere"), None)), CallStatus::Accepted);
        assert_eq!(status(&terminate(None, None)), CallStatus::Ended);
        let calls = Calls::default();
        let status = |event: &Event| told(&calls, event).0.status;
        assert_eq!(status(&terminate(Some("rejected_elsewhere"), None)), CallStatus::Rejected);
        assert_eq!(status(&terminate(None, Some(12))), CallStatus::Ended);
    }

    #[test]
    fn what_is_no_step_is_not_told() {
        let calls = Calls::default();
        let creator = || jid(BOBS_LID);
        let busy =
            Action::Reject { call_id: "C1".into(), call_creator: creator(), reason: Some("busy".into()) };
        let latency = Action::RelayLatency { call_id: "C1".into(), call_creator: creator() };
        assert!(calls.notice(&call(busy)).is_none() && calls.notice(&call(latency)).is_none());
        // The account's own calls.
        let own = Action::Accept { call_id: "C2".into(), call_creator: jid("1000@lid"), audio: Vec::new() };
        assert!(tell(calls.notice(&call(own)).unwrap(), &Default::default()).is_none());
    }

    #[test]
    fn a_call_that_came_while_nobody_was_connected_was_missed() {
        let missed = MissedCall::new(jid(BOB), "C1".into(), at(5), MissedReason::Offline);
        let (call, mark) = told(&Calls::default(), &Event::MissedCall(missed));
        assert_eq!((call.status, mark.as_str()), (CallStatus::Missed, "call C1 missed"));
        assert_eq!(call.from, BOB);
    }

    /// An offer, as it comes.
    fn stanza(offline: bool) -> OwnedNodeRef {
        let offer = NodeBuilder::new("offer")
            .attr("call-id", "C1")
            .attr("call-creator", "2000:1@lid")
            .attr("caller_pn", BOB)
            .attr("group-jid", "1@g.us")
            .children([NodeBuilder::new("video").build()])
            .build();
        let mut call = NodeBuilder::new("call").attr("from", BOBS_LID).attr("id", "9").attr("t", "5");
        if offline {
            call = call.attr("offline", "0");
        }
        // The first byte says how the rest is packed.
        OwnedNodeRef::new(marshal(&call.children([offer]).build()).unwrap()[1..].to_vec()).unwrap()
    }

    #[test]
    fn an_end_that_comes_before_the_beginning_says_who_called() {
        let calls = Calls::default();
        let Event::IncomingCall(mut end) = terminate(Some("timeout"), None) else { panic!("no call") };
        end.offline = true;
        let notice = std::thread::scope(|scope| {
            scope.spawn(|| calls.note(&stanza(true)));
            calls.notice(&Event::IncomingCall(end)).unwrap()
        });
        assert_eq!(notice.people, [(BOBS_LID.to_owned(), Some(BOB.to_owned()))]);
    }

    #[test]
    fn what_waited_says_who_called_and_how() {
        let missed =
            || Event::MissedCall(MissedCall::new(jid(BOBS_LID), "C1".into(), at(5), MissedReason::Offline));
        let calls = Calls::default();
        calls.note(&stanza(true));
        let notice = calls.notice(&missed()).unwrap();
        assert_eq!(notice.people, [(BOBS_LID.to_owned(), Some(BOB.to_owned()))]);
        let (call, _) = told(&calls, &missed());
        assert_eq!((call.is_video, call.group.as_deref()), (true, Some("1@g.us")));
        // One that rings is told by the library.
        let calls = Calls::default();
        calls.note(&stanza(false));
        assert!(!told(&calls, &missed()).0.is_video);
    }
}
