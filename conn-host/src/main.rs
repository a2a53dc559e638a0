//! The conn-host process: settings, logs, signals; the rest is [`conn_host::run`].

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use conn_host::clock::SystemClock;
use conn_host::settings::Settings;
use conn_host::wire::whatsapp::WhatsAppWires;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A bad setting (sysexits.h: EX_USAGE).
const USAGE: u8 = 64;

/// How long threads that block (uploads, conversions) are waited for once everything else has ended.
const LAST_THREADS: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(1, &format!("cannot start: {e}")),
    };
    let code = runtime.block_on(serve());
    runtime.shutdown_timeout(LAST_THREADS);
    code
}

async fn serve() -> ExitCode {
    let variable = |name: &str| std::env::var(name).ok();
    if let Err(problem) = conn_host::telemetry::start(variable) {
        return fail(USAGE, &problem);
    }
    let settings = match Settings::read(variable) {
        Ok(settings) => settings,
        Err(e) => return fail(USAGE, &e.to_string()),
    };
    let wires = match WhatsAppWires::new(&settings) {
        Ok(wires) => wires,
        Err(e) => return fail(USAGE, &e.to_string()),
    };
    let shutdown = CancellationToken::new();
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return fail(1, "cannot listen for signals");
    };
    let stop = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        stop.cancel();
    });
    let announce = |address| {
        let mut out = std::io::stdout();
        let _closed = writeln!(out, "conn-host listening on http://{address}").and_then(|()| out.flush());
    };
    match conn_host::run(settings, Arc::new(SystemClock), Arc::new(wires), shutdown, announce).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => fail(1, &e.to_string()),
    }
}

fn fail(code: u8, problem: &str) -> ExitCode {
    let _closed = writeln!(std::io::stderr(), "conn-host: {problem}");
    ExitCode::from(code)
}
