//! The service routes.

use super::*;

#[test]
fn readiness_names_what_is_missing() {
    let gateway = gateway();
    let ready = |gateway: &FakeGateway| ask_as(gateway, "none", "GET /readyz", "");
    let answer = ready(&gateway);
    assert_eq!((answer.status, &answer.json()["error"]["details"]["missing"]), (503, &json!(["conn-host"])));
    gateway.bus.with(|state| state.hosts = 2);
    let answer = ready(&gateway);
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({"status": "ready", "redis": "ok", "conn_hosts": 2}))
    );
    gateway.bus.with(|state| state.down = true);
    let answer = ready(&gateway);
    assert_eq!((answer.status, &answer.json()["error"]["details"]["missing"]), (503, &json!(["redis"])));
    assert_eq!(ask_as(&gateway, "none", "GET /livez", "").status, 200);
}
