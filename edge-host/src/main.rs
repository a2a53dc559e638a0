//! The binary: flags → log → load → serve → exit code.
//!
//! Exit codes: 0 after SIGTERM or Ctrl-C, 1 when the start fails (one line on stderr says why), 64
//! for a wrong flag.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use edge_host::settings::{Cli, LogFormat};
use edge_host::{EdgeHost, Manifest};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Usage error, as sysexits.h has it.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match start(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("edge-host: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(cli: &Cli) -> anyhow::Result<()> {
    start_log(cli)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(cli));
    // Guests that still compute are not waited for.
    runtime.shutdown_background();
    served
}

fn start_log(cli: &Cli) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&cli.log).with_context(|| format!("--log `{}`", cli.log))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match cli.log_format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Text => log.init(),
    }
    Ok(())
}

async fn serve(cli: &Cli) -> anyhow::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let listener =
        TcpListener::bind(cli.listen).await.with_context(|| format!("cannot listen on {}", cli.listen))?;
    let address = listener.local_addr()?;
    let host = EdgeHost::load(Manifest::read(&cli.from)?, cli.options()).await?;
    if let Some(admin) = host.admin_addr() {
        tracing::info!(address = %admin, "metrics are served");
    }
    // Who started this process reads the port from this line, and may ask from then on. Nobody
    // reading is no reason not to serve.
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "edge-host listening on http://{address}").and_then(|()| stdout.flush());
    host.serve(listener, async {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        tracing::info!("stopping");
    })
    .await
}
