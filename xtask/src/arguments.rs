//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use lexopt::prelude::*;

use crate::build::Profile;

/// What `cargo xtask help` prints.
pub const USAGE: &str = "\
usage: cargo xtask COMMAND

  up                 set everything up, build, start, and run until Ctrl-C
      --port N         where the API listens (default 3000; 0: the system chooses)
      --data DIR       where data and logs are kept (default .edgewire)
      --hosts N        how many conn-hosts (default 1)
      --no-sandbox     pair with the real WhatsApp
      --redis URL      use this Redis (default: $REDIS_URL, else one is started)
      --dev            build without optimisation; --release is the default
      --stage DIR      run what an earlier build put there, build nothing
      --json           print one JSON line on stdout once all is ready
  test [FILTER]      build, then run every test (with FILTER in its name) on the real parts
  lint               format, clippy, dependency rules, licences
  sizes              build the components and hold them to their size
  openapi            write the OpenAPI document anew, from what the components tell
  sbom               print what the shipped programs are made of (CycloneDX 1.5)
  bench [PART...]    build optimised, measure (send, events, memory, failover; soak only when it is named), print the
                     figures as JSON
";

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub enum Arguments {
    /// Print the usage.
    Help,
    /// Run the gateway.
    Up(Up),
    /// Run the tests whose names have this in them.
    Test(Option<OsString>),
    /// Check the source.
    Lint,
    /// Check the components' sizes.
    Sizes,
    /// Write the OpenAPI document.
    Openapi,
    /// Print the bill of materials.
    Sbom,
    /// Measure these parts, or all.
    Bench(Vec<OsString>),
}

/// The options of `up`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Up {
    /// Print the JSON line.
    pub json: bool,
    /// Where the API listens.
    pub port: u16,
    /// The data folder.
    pub data: PathBuf,
    /// How many conn-hosts.
    pub hosts: usize,
    /// Whether the sandbox is the WhatsApp.
    pub sandbox: bool,
    /// Somebody else's Redis.
    pub redis: Option<String>,
    /// How to build.
    pub profile: Profile,
    /// What to run instead of building.
    pub stage: Option<PathBuf>,
}

impl Default for Up {
    fn default() -> Self {
        Self {
            json: false,
            port: 3000,
            data: ".edgewire".into(),
            hosts: 1,
            sandbox: true,
            redis: None,
            profile: Profile::Release,
            stage: None,
        }
    }
}

/// Reads the arguments behind the program's name.
///
/// # Errors
/// When one is unknown or has a bad value; the error names it.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let command = match parser.next()? {
        None | Some(Short('h') | Long("help")) => return Ok(Arguments::Help),
        Some(Value(command)) => command.string()?,
        Some(other) => return Err(other.unexpected().into()),
    };
    match command.as_str() {
        "up" => up(&mut parser),
        "test" => test(&mut parser),
        "lint" => bare(&mut parser, Arguments::Lint),
        "sizes" => bare(&mut parser, Arguments::Sizes),
        "openapi" => bare(&mut parser, Arguments::Openapi),
        "sbom" => bare(&mut parser, Arguments::Sbom),
        "bench" => bench(&mut parser),
        "help" => Ok(Arguments::Help),
        other => bail!("there is no command `{other}`; `cargo xtask help` lists them"),
    }
}

fn up(parser: &mut lexopt::Parser) -> Result<Arguments> {
    let mut up = Up::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => up.json = true,
            Long("port") => {
                up.port = parser.value()?.parse().context("--port takes a number from 0 to 65535")?
            }
            Long("data") => up.data = parser.value()?.into(),
            Long("hosts") => up.hosts = parser.value()?.parse().context("--hosts takes a number")?,
            Long("no-sandbox") => up.sandbox = false,
            Long("redis") => up.redis = Some(parser.value()?.string()?),
            Long("release") => up.profile = Profile::Release,
            Long("dev") => up.profile = Profile::Dev,
            Long("stage") => up.stage = Some(parser.value()?.into()),
            Short('h') | Long("help") => return Ok(Arguments::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    if up.hosts == 0 {
        bail!("--hosts takes a number of at least 1");
    }
    Ok(Arguments::Up(up))
}

fn bench(parser: &mut lexopt::Parser) -> Result<Arguments> {
    let mut parts = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(part) => parts.push(part),
            Short('h') | Long("help") => return Ok(Arguments::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Arguments::Bench(parts))
}

fn test(parser: &mut lexopt::Parser) -> Result<Arguments> {
    let mut wanted = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Value(filter) if wanted.is_none() => wanted = Some(filter),
            Short('h') | Long("help") => return Ok(Arguments::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Arguments::Test(wanted))
}

fn bare(parser: &mut lexopt::Parser, command: Arguments) -> Result<Arguments> {
    match parser.next()? {
        None => Ok(command),
        Some(other) => Err(other.unexpected().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn the_options_of_up_are_read() {
        assert_eq!(read("up").unwrap(), Arguments::Up(Up::default()));
        let Arguments::Up(up) =
            read("up --json --port 0 --data=/tmp/x --hosts 2 --dev --no-sandbox").unwrap()
        else {
            panic!("another command")
        };
        assert_eq!((up.json, up.port, up.hosts, up.sandbox), (true, 0, 2, false));
        assert_eq!((up.data, up.profile), (PathBuf::from("/tmp/x"), Profile::Dev));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, named) in [
            ("up --port 70000", "--port"),
            ("up --hosts 0", "--hosts"),
            ("up --prot 1", "--prot"),
            ("lint now", "now"),
            ("dance", "dance"),
        ] {
            let error = format!("{:#}", read(line).unwrap_err());
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
