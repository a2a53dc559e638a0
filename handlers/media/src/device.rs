//! `GET /messages/{id}/media` of the Device API: the file of a message, whichever of the tenant's devices has it.

use edgewire_edge::bus::Bus;
use edgewire_edge::bus::archive::Kept;
use edgewire_edge::env::Env;
use edgewire_edge::received::{Given, file};
use edgewire_edge::sought::{Fit, in_devices};
use edgewire_edge::{Call, Gateway, Problem, Reply};

/// Gives the file; or 202, when its sender had to be asked for it again: then a later call gives it.
///
/// # Errors
/// 401, 403, 400; 404 for no message with a file that a device of the token has; 409 for a device that is not connected,
/// when the file is not in the cache; what WhatsApp says; 504.
pub async fn media<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let sought = in_devices(gateway, &call, with_file).await?;
    Ok(match file(gateway, &call, &sought).await? {
        Given::Reply(reply) => reply,
        Given::RetryRequested => {
            Reply::bytes(202, "application/json", r#"{"success":false,"status":"retry_requested"}"#)
        }
    })
}

/// One with its file before one without.
fn with_file(kept: &Kept) -> Fit {
    let has = kept.view.get("media").is_some_and(|media| !media.is_null());
    if has { Fit::Well } else { Fit::Poorly }
}
