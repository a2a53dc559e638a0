//! `GET /livez` and `GET /readyz`, for those who run the gateway. No token is needed; nothing of an organization is told.

use edgewire_contract::fault::{Fault, FaultCode};
use edgewire_contract::keys::HOST_ALIVE_MS;
use edgewire_edge::bus::{Bus, BusError};
use edgewire_edge::env::Env;
use edgewire_edge::{Gateway, Problem, Reply};

/// The component runs.
pub fn live() -> Reply {
    Reply::bytes(200, "application/json", r#"{"status":"alive"}"#)
}

/// Redis answers, and at least one conn-host is alive.
///
/// # Errors
/// 503 naming what is missing.
pub async fn ready<B: Bus, E: Env>(gateway: &Gateway<B, E>) -> Result<Reply, Problem> {
    let unready = |missing: &str, message: &str| {
        Fault::new(FaultCode::GatewayUnavailable, message)
            .with("missing", vec![missing])
            .with("retryAfterSeconds", 1)
    };
    match gateway.bus.hosts_since(gateway.env.now_ms() - HOST_ALIVE_MS).await {
        Ok(0) => {
            Err(unready("conn-host", "no conn-host is alive: sends are queued, nothing is delivered").into())
        }
        Ok(hosts) => {
            let answer = format!(r#"{{"status":"ready","redis":"ok","conn_hosts":{hosts}}}"#);
            Ok(Reply::bytes(200, "application/json", answer))
        }
        Err(BusError::Unavailable(cause)) => {
            Err(Problem { fault: unready("redis", "Redis cannot be reached"), cause: Some(cause) })
        }
        Err(error) => Err(error.into()),
    }
}
