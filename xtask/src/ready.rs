//! Asks a process over HTTP whether it is ready, again and again until it is.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How long one question may take.
const ONE: Duration = Duration::from_secs(2);
/// The pause between two questions.
const PAUSE: Duration = Duration::from_millis(25);

/// Waits until `http://address/path` answers 200. `give_up` is asked between two questions.
///
/// # Errors
/// When that has not happened within `patience`; the last answer is in the error.
pub fn await_ready(
    what: &str,
    address: SocketAddr,
    path: &str,
    patience: Duration,
    give_up: &mut dyn FnMut() -> bool,
) -> Result<()> {
    let deadline = Instant::now() + patience;
    loop {
        let answer = get(address, path);
        match answer {
            Ok((200, _)) => return Ok(()),
            _ if give_up() => bail!("stopped while waiting for {what}"),
            Ok((status, body)) if Instant::now() >= deadline => {
                bail!(
                    "{what} is not ready after {} s: {path} answers {status}: {}",
                    patience.as_secs(),
                    body.trim()
                )
            }
            Err(e) if Instant::now() >= deadline => {
                return Err(e.context(format!("{what} is not ready after {} s", patience.as_secs())));
            }
            _ => std::thread::sleep(PAUSE),
        }
    }
}

/// One GET: status and body.
///
/// # Errors
/// When nothing answers in time, or not HTTP.
pub fn get(address: SocketAddr, path: &str) -> Result<(u16, String)> {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"))
}

/// One POST of JSON: status and body.
///
/// # Errors
/// When nothing answers in time, or not HTTP.
pub fn post(address: SocketAddr, path: &str, json: &str) -> Result<(u16, String)> {
    let length = json.len();
    ask(
        address,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{json}"
        ),
    )
}

fn ask(address: SocketAddr, request: &str) -> Result<(u16, String)> {
    let mut stream =
        TcpStream::connect_timeout(&address, ONE).with_context(|| format!("connecting to {address}"))?;
    stream.set_read_timeout(Some(ONE))?;
    stream.set_write_timeout(Some(ONE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).with_context(|| format!("reading from {address}"))?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).context("the answer is not HTTP")?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status, body.to_owned()))
}
