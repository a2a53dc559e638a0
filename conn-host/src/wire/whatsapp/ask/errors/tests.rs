//! What callers are told of the library's errors.

use whatsapp_rust::{IqError, anyhow};

use super::*;

fn server(code: u16, text: &str) -> IqError {
    IqError::ServerError { code, text: text.into(), error_type: None, backoff: None }
}

fn group(code: u16, about: About) -> String {
    format!("{:?}", about.group(GroupError::Iq(server(code, "as-whatsapp-says"))))
}

#[test]
fn a_code_means_the_same_everywhere() {
    for (code, meaning) in [
        (400, "Invalid(\"group\", \"WhatsApp does not take it (as-whatsapp-says)\")"),
        (401, "Forbidden(\"as-whatsapp-says\")"),
        (403, "Forbidden(\"as-whatsapp-says\")"),
        (404, "NotFound(\"group\")"),
        (406, "Invalid(\"group\", \"WhatsApp does not take it (as-whatsapp-says)\")"),
        (408, "Timeout"),
        (409, "Refused { code: 409, why: \"as-whatsapp-says\" }"),
        (429, "Refused { code: 429, why: \"as-whatsapp-says\" }"),
        (503, "Refused { code: 503, why: \"as-whatsapp-says\" }"),
    ] {
        assert_eq!(group(code, GROUP), meaning);
    }
    assert_eq!(format!("{:?}", GROUP.refused(429, "")), "Refused { code: 429, why: \"too many requests\" }");
}

#[test]
fn an_invite_that_is_not_taken_is_a_bad_field() {
    for code in [400, 404, 406, 409, 410] {
        let told = INVITE.group(GroupError::Iq(server(code, "gone")));
        assert!(matches!(told, AskError::Invalid("invite", _)), "{code}: {told:?}");
    }
    assert!(matches!(INVITE.group(GroupError::Iq(server(401, ""))), AskError::Forbidden(_)));
}

#[test]
fn a_graphql_refusal_has_its_code_in_its_text() {
    let refused = |code: i32, text: &str| {
        let line = format!("MEX fatal error (query=WAWebMexFollowNewsletter, code={code}): {text}");
        let error = MexError::Request(IqError::ParseError(anyhow::anyhow!(line)));
        NEWSLETTER.newsletter(NewsletterError::Mex(error))
    };
    assert!(matches!(refused(404, "item-not-found"), AskError::NotFound("newsletter")));
    assert!(matches!(refused(403, "forbidden"), AskError::Forbidden(why) if why == "forbidden"));
    assert!(
        matches!(refused(500, "no: (really)"), AskError::Refused { code: 500, why } if why == "no: (really)")
    );
    let typed = MexError::ExtensionError { code: 429, message: "slow down".into() };
    let told = NEWSLETTER.newsletter(NewsletterError::Mex(typed));
    assert!(matches!(told, AskError::Refused { code: 429, .. }), "{told:?}");
}

/// The line is the library's own: a newer one that words it otherwise fails here.
#[test]
fn the_library_still_words_a_graphql_refusal_so() {
    use whatsapp_rust::NodeBuilder;
    use whatsapp_rust::wacore::iq::mex::{MexDoc, MexQuerySpec};
    use whatsapp_rust::wacore::iq::spec::IqSpec as _;
    let answer = serde_json::json!({
        "data": null, "errors": [{"message": "item-not-found", "extensions": {"error_code": 404}}],
    });
    let result = NodeBuilder::new("result").bytes(answer.to_string().into_bytes()).build();
    let node = NodeBuilder::new("iq").children([result]).build();
    let spec = MexQuerySpec::new(MexDoc { name: "Query", id: "1" }, &()).unwrap();
    let error = spec.parse_response(&node.as_node_ref()).unwrap_err();
    let error = NewsletterError::Mex(MexError::Request(IqError::ParseError(error)));
    assert!(matches!(NEWSLETTER.newsletter(error), AskError::NotFound("newsletter")));
}

#[test]
fn what_does_not_exist_is_not_found() {
    let told =
        NEWSLETTER.newsletter(NewsletterError::InvalidRequest("newsletter not found: 1@newsletter".into()));
    assert!(matches!(told, AskError::NotFound("newsletter")));
    let told = NEWSLETTER.newsletter(NewsletterError::InvalidRequest("missing data".into()));
    assert!(matches!(told, AskError::Failed(_)));
    let told = CONTACT.blocking(BlockingError::InvalidJid("no mapping".into()));
    assert!(matches!(told, AskError::NotFound("contact")));
}

#[test]
fn the_connection_and_the_clock_are_told_apart_from_refusals() {
    for error in [IqError::NotConnected, IqError::Socket(SocketError::SocketClosed)] {
        assert!(matches!(GROUP.group(GroupError::Iq(error)), AskError::NotConnected));
    }
    assert!(matches!(GROUP.group(GroupError::Iq(IqError::Timeout)), AskError::Timeout));
    let typing = CHAT.typing(ChatStateError::Client(ClientError::NotLoggedIn));
    assert!(matches!(typing, AskError::NotConnected));
    // However deep it lies.
    let deep = anyhow::Error::new(IqError::Timeout).context("sending the patch");
    assert!(matches!(CHAT.app_state(AppStateError::Internal(deep)), AskError::Timeout));
    let refused = anyhow::Error::new(server(403, "forbidden")).context("sending the patch");
    assert!(matches!(CHAT.app_state(AppStateError::Internal(refused)), AskError::Forbidden(_)));
}

#[test]
fn the_rest_is_a_failure_with_its_causes_once_each() {
    let error = GroupError::Internal(anyhow::anyhow!("the disk is full").context("resolving"));
    let AskError::Failed(text) = GROUP.group(error) else { panic!("not a failure") };
    assert_eq!(text, "resolving: the disk is full");
}
