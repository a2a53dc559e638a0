//! `POST /api/v1/sessions/{session}/chats/{jid}/typing`: what a chat's others see of the account's writing.

use edgewire_contract::command::{self, Live, TypingState};
use edgewire_contract::shape::choice;
use edgewire_edge::asking::{ACT, Asker, record};
use edgewire_edge::bus::Bus;
use edgewire_edge::checks::Checks;
use edgewire_edge::env::Env;
use edgewire_edge::request::Incoming;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::OFFLINE;
use crate::whom::PERSON_OR_GROUP;

edgewire_contract::record! {
    /// What a chat's others are to see.
    pub struct Typing {
        /// What the account does in the chat.
        pub state: TypingState = choice::<TypingState>();
    }
}

/// Shows it. WhatsApp's apps show it for some seconds; whoever writes longer says it again.
///
/// # Errors
/// 401, 403, 404, 413, 400, 409, 504.
pub async fn typing<B, E, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem>
where
    B: Bus,
    E: Env,
    I: Incoming,
{
    let asker = Asker::of(gateway, &call, ACT, OFFLINE).await?;
    let mut checks = Checks::default();
    let chat = checks.take(PERSON_OR_GROUP.read(&call.params[1]))?;
    let typing = checks.take(record(call).await)?;
    checks.finish()?;
    let Some((chat, Typing { state })) = chat.zip(typing) else {
        return Err(Problem::internal("a bad request passed the checks"));
    };
    asker.tell(gateway, Live::Typing(command::Typing { chat, state })).await
}
