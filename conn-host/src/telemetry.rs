//! Logs: one line an event, on stderr; text for people or JSON for machines.

use tracing_subscriber::EnvFilter;

/// What is logged by default. The library names JIDs, which contain phone numbers, in its warnings.
const DEFAULT_FILTER: &str =
    "info,whatsapp_rust=error,wacore=error,wacore_noise=error,Client=error,Bot=error";

/// Starts logging. `EDGEWIRE_LOG` is a filter (`debug`, `conn_host=trace,info`…), `EDGEWIRE_LOG_FORMAT` is `text`
/// (the default) or `json`.
///
/// # Errors
/// Names the variable that is bad.
pub fn start(variable: impl Fn(&str) -> Option<String>) -> Result<(), String> {
    let filter = variable("EDGEWIRE_LOG").filter(|v| !v.is_empty()).unwrap_or_else(|| DEFAULT_FILTER.into());
    let filter = EnvFilter::try_new(filter).map_err(|e| format!("EDGEWIRE_LOG: {e}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match variable("EDGEWIRE_LOG_FORMAT").as_deref() {
        Some("json") => builder.json().init(),
        None | Some("" | "text") => builder.with_ansi(false).init(),
        Some(_) => return Err("EDGEWIRE_LOG_FORMAT: must be text or json".into()),
    }
    Ok(())
}
