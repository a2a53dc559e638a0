//! `GET /api/v1/sessions/{session}/device`: the linked device.

use edgewire_contract::command::DeviceProps;
use edgewire_contract::token::Capability;
use edgewire_edge::bus::Bus;
use edgewire_edge::env::Env;
use edgewire_edge::{Call, Gateway, Problem, Reply};
use serde::Serialize;

#[derive(Serialize)]
struct Answer<'a> {
    device_id: Option<&'a str>,
    phone_number: Option<&'a str>,
    lid: Option<&'a str>,
    push_name: Option<&'a str>,
    platform: &'a str,
}

/// Tells whose device it is and how it names itself; nulls until it is linked.
///
/// # Errors
/// 401, 403, 404.
pub async fn device<B: Bus, E: Env, I>(gateway: &Gateway<B, E>, call: Call<I>) -> Result<Reply, Problem> {
    let caller = gateway.caller(&call.head.headers, &[Capability::Read]).await?;
    let view = gateway.session(&caller, &caller.session(&call.params[0])?).await?;
    let record = &view.record;
    let props: DeviceProps = record
        .props
        .as_deref()
        .and_then(|text| serde_json::from_slice(text.as_bytes()).ok())
        .unwrap_or_default();
    let answer = Answer {
        device_id: record.device.as_deref(),
        phone_number: record.phone.as_deref(),
        lid: record.lid.as_deref(),
        push_name: record.push_name.as_deref(),
        platform: props.platform.as_deref().unwrap_or("chrome"),
    };
    Ok(Reply::json(200, &answer))
}
