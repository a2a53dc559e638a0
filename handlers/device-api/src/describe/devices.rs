//! Devices and their life.

use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::{Record as _, Rule as _, session_id};
use edgewire_contract::token::Capability;
use edgewire_edge::describe::{Body, Operation};
use edgewire_edge::pairing::Pair;
use serde_json::{Value, json};

use super::{AT, DEVICE, answer, device_id, operation};

const TAG: &str = "Device API: devices";
const READ: &[Capability] = &[Capability::Read];
const MANAGE: &[Capability] = &[Capability::Manage];
const PHONE: &str = "5511999999999";

/// All of them.
pub fn all() -> Vec<Operation> {
    vec![list(), status(), qr(), pair(), connect(), disconnect()]
}

fn list() -> Operation {
    let one = json!({"device_id": DEVICE, "name": null, "phone_number": PHONE, "push_name": "Ana", "status": "connected", "is_logged_in": true});
    let mut operation = operation("GET", "/devices", "deviceList", TAG);
    operation.fails.clear();
    operation.summed_up("List the token's devices").needs(READ).answer(answer(
        200,
        "The devices, the oldest first.",
        "DeviceList",
        json!({"success": true, "devices": [one]}),
    ))
}

fn status() -> Operation {
    let told = json!({"success": true, "device_id": DEVICE, "status": "connected", "is_logged_in": true, "phone_number": PHONE, "push_name": "Ana"});
    operation("GET", "/status", "deviceStatus", TAG)
        .summed_up("Get what a device is now")
        .told("True of the live socket.")
        .needs(READ)
        .parameter(device_id())
        .answer(answer(200, "The device.", "DeviceStatus", told))
}

fn qr() -> Operation {
    let told = json!({"success": true, "device_id": DEVICE, "code": "2@abc", "qr_codes": ["2@abc"], "expires_at": AT, "status": "waiting_for_qr"});
    operation("GET", "/qr", "deviceQr", TAG)
        .summed_up("Get the QR code to scan")
        .told("404 while there is none yet, 409 once the device is paired. WhatsApp replaces the code every 20 seconds or so.")
        .needs(MANAGE)
        .parameter(device_id())
        .answer(answer(200, "The code that is valid now.", "DeviceQr", told))
        .fails(&[FaultCode::Conflict])
}

fn pair() -> Operation {
    let mut schema = Pair::schema();
    schema["properties"]["device_id"] = session_id().schema();
    let told = json!({"success": true, "code": "ABCD-EFGH", "timeout_seconds": 180});
    operation("POST", "/paircode", "devicePairCode", TAG)
        .summed_up("Pair by a code that is typed into the phone")
        .needs(MANAGE)
        .parameter(device_id())
        .body(Body::json(schema).example("phone", json!({"phone_number": PHONE})))
        .answer(answer(200, "The code.", "DevicePairCode", told))
        .fails(&[FaultCode::Conflict, FaultCode::RecipientUnavailable, FaultCode::Timeout])
}

fn connect() -> Operation {
    change("/connect", "deviceConnect")
        .summed_up("Connect a device")
        .told("Or begin to pair it. Answers at once, with the state as it is.")
        .answer(answer(200, "It is wanted.", "DeviceChanged", changed("connecting")))
}

fn disconnect() -> Operation {
    change("/disconnect", "deviceDisconnect")
        .summed_up("Disconnect a device")
        .told("The pairing is kept. Answers at once, with the state as it is.")
        .answer(answer(200, "It is wanted.", "DeviceChanged", changed("connected")))
}

fn change(path: &'static str, id: &str) -> Operation {
    let schema = json!({"type": "object", "properties": {"device_id": session_id().schema()}});
    let body = Body::json(schema).example("device", json!({"device_id": DEVICE})).optional();
    operation("POST", path, id, TAG).needs(MANAGE).parameter(device_id()).body(body)
}

fn changed(status: &str) -> Value {
    json!({"success": true, "status": status})
}
