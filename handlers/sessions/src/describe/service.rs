//! The routes for those who run the gateway.

use edgewire_contract::fault::FaultCode;
use edgewire_edge::describe::{Answer, Operation};
use serde_json::json;

pub(super) fn operations() -> Vec<Operation> {
    let alive = json!({
        "type": "object", "required": ["status"], "properties": {"status": {"type": "string"}},
    });
    let ready = json!({
        "type": "object", "required": ["status", "redis", "conn_hosts"],
        "properties": {
            "status": {"const": "ready"},
            "redis": {"const": "ok"},
            "conn_hosts": {"type": "integer", "minimum": 1, "description": "How many are alive."},
        },
    });
    vec![
        Operation::new("GET", "/livez", "live")
            .tagged("Service")
            .summed_up("Liveness")
            .told("The component runs.")
            .answer(Answer::json(200, "It does.", alive, json!({"status": "alive"}))),
        Operation::new("GET", "/readyz", "ready")
            .tagged("Service")
            .summed_up("Readiness")
            .told("Redis answers, and at least one conn-host is alive; else 503 with `details.missing`.")
            .answer(Answer::json(
                200,
                "Ready.",
                ready,
                json!({"status": "ready", "redis": "ok", "conn_hosts": 2}),
            ))
            .fails(&[FaultCode::GatewayUnavailable]),
    ]
}
