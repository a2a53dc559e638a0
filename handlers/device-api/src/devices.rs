//! `GET /devices`: the devices that the token may use, the oldest first.

use edgewire_contract::token::Capability;
use edgewire_edge::bus::{Bus, SessionView};
use edgewire_edge::devices::all;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};

use crate::told::{Field, Is, told};

/// Lists devices.
///
/// # Errors
/// 401, 403.
pub async fn devices<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read]).await?;
    let views = all(gateway, &caller).await?;
    let devices: Vec<_> = views.iter().map(one).collect();
    Ok(told(200, &[("devices", Is::Many(&devices))]))
}

fn one(view: &SessionView) -> Vec<Field<'_>> {
    let mut fields = device(view);
    fields.push(("name", Is::maybe(view.record.name.as_deref())));
    fields
}

/// What a device is now.
pub fn device(view: &SessionView) -> Vec<Field<'_>> {
    let record = &view.record;
    vec![
        ("device_id", Is::Text(record.id.as_str())),
        ("status", Is::Text(view.status().as_str())),
        ("is_logged_in", Is::Flag(record.paired)),
        ("phone_number", Is::maybe(record.phone.as_deref())),
        ("push_name", Is::maybe(record.push_name.as_deref())),
    ]
}
