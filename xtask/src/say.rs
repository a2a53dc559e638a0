//! Progress for people: one plain line per step on stderr, with its time when it took any.

use std::io::Write as _;
use std::time::{Duration, Instant};

/// Steps quicker than this are told without their time.
const WORTH_TELLING: Duration = Duration::from_millis(100);

/// Writes one line to stderr. A closed stderr is no reason to fail.
pub fn say(line: impl AsRef<str>) {
    let _closed = writeln!(std::io::stderr(), "{}", line.as_ref());
}

/// Writes one line to stdout: the product of a command, as against its progress.
pub fn tell(line: impl AsRef<str>) {
    let mut out = std::io::stdout();
    let _closed = writeln!(out, "{}", line.as_ref());
    let _closed = out.flush();
}

/// Runs `step`, and tells what it gave: `summary` makes the line from the value.
///
/// # Errors
/// Those of the step; the caller tells them.
pub fn step<T, E>(
    what: impl AsRef<str>,
    step: impl FnOnce() -> Result<T, E>,
    summary: impl FnOnce(&T) -> String,
) -> Result<T, E> {
    let begun = Instant::now();
    let value = step()?;
    say(format!("{:<10} {}{}", what.as_ref(), summary(&value), took(begun)));
    Ok(value)
}

/// ` (1.2 s)`, or nothing for what was quick.
pub fn took(begun: Instant) -> String {
    let time = begun.elapsed();
    if time < WORTH_TELLING { String::new() } else { format!(" ({:.1} s)", time.as_secs_f64()) }
}
