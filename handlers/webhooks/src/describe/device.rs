//! The Device API's form.

use edgewire_contract::fault::FaultCode;
use edgewire_contract::shape::Record as _;
use edgewire_edge::describe::{Answer, Body, Operation, Parameter};
use edgewire_edge::render::Family;
use serde_json::{Value, json};

use super::{ID, reference};
use crate::device::set::DeviceWebhook;
use crate::owner::MANAGE;

const AT: &str = "2026-06-15T18:30:00Z";

/// The operations.
pub fn all() -> Vec<Operation> {
    vec![set(), get(), delete(), events()]
}

/// Their schemas.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let time = json!({"type": "string", "format": "date-time"});
    let webhook = json!({
        "type": "object", "description": "A device's webhook.",
        "required": ["id", "device_id", "webhook_url", "enabled_events", "enabled", "retry_attempts", "timeout", "has_secret", "headers", "created_at", "updated_at"],
        "properties": {
            "id": {"type": "string"}, "device_id": {"type": ["string", "null"]},
            "webhook_url": {"type": "string", "format": "uri"},
            "enabled_events": {"type": "array", "items": {"type": "string"}},
            "enabled": {"type": "boolean"}, "retry_attempts": {"type": "integer"},
            "timeout": {"type": "integer", "description": "Seconds."}, "has_secret": {"type": "boolean"},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "created_at": time, "updated_at": time,
        },
    });
    vec![("NewDeviceWebhook", DeviceWebhook::schema()), ("DeviceWebhook", webhook)]
}

fn set() -> Operation {
    let mut told = example();
    told["message"] = "webhook configured".into();
    let all = json!({
        "webhook_url": "https://example.com/hook", "enabled_events": ["message", "message.status"], "enabled": true,
        "retry_attempts": 3, "timeout": 10, "secret": "s3cret", "headers": {"X-Tenant": "7"},
    });
    operation("POST", "/webhook", "setDeviceWebhook")
        .summed_up("Set the device's webhook")
        .told("Whether or not there was one. It is a webhook as the Sessions API has them, bound to the device.")
        .parameter(device_id())
        .body(
            Body::json(reference("NewDeviceWebhook"))
                .example("least", json!({"webhook_url": "https://example.com/hook"}))
                .example("all", all),
        )
        .answer(Answer::json(200, "It is set.", answered(true), told))
        .fails(&[FaultCode::Conflict])
}

fn get() -> Operation {
    operation("GET", "/webhook", "getDeviceWebhook")
        .summed_up("Get the device's webhook")
        .parameter(device_id())
        .answer(Answer::json(200, "The webhook.", answered(false), example()))
}

fn delete() -> Operation {
    let schema =
        json!({"type": "object", "required": ["success"], "properties": {"success": {"const": true}}});
    operation("DELETE", "/webhook", "deleteDeviceWebhook")
        .summed_up("Delete the device's webhook")
        .parameter(device_id())
        .answer(Answer::json(200, "Deleted.", schema, json!({"success": true})))
}

fn events() -> Operation {
    let schema = json!({
        "type": "object", "required": ["success", "events"],
        "properties": {"success": {"const": true}, "events": {"type": "array", "items": {"type": "string"}}},
    });
    let told = json!({"success": true, "events": ["message", "message.status"]});
    let mut operation = operation("GET", "/webhook/events", "listDeviceWebhookEvents");
    operation.fails.clear();
    operation.summed_up("List the kinds of events").answer(Answer::json(
        200,
        "Those that a webhook can ask for.",
        schema,
        told,
    ))
}

fn operation(method: &'static str, path: &'static str, id: &str) -> Operation {
    Operation::new(method, path, id)
        .of_family(Family::Device)
        .tagged("Device API: webhooks")
        .needs(MANAGE)
        .fails(&[FaultCode::NotFound])
}

fn device_id() -> Parameter {
    let about = "The device. Needed where the token has several and the body does not name it.";
    Parameter::query("device_id", about, reference("SessionId")).such_as("main")
}

fn answered(message: bool) -> Value {
    let mut schema = json!({
        "type": "object", "required": ["success", "webhook"],
        "properties": {"success": {"const": true}, "webhook": reference("DeviceWebhook")},
    });
    if message {
        schema["properties"]["message"] = json!({"type": "string"});
    }
    schema
}

fn example() -> Value {
    json!({"success": true, "webhook": {
        "id": ID, "device_id": "main", "webhook_url": "https://example.com/hook", "enabled_events": ["*"],
        "enabled": true, "retry_attempts": 3, "timeout": 10, "has_secret": true, "headers": {"X-Tenant": "7"},
        "created_at": AT, "updated_at": AT,
    }})
}
