//! `cargo xtask COMMAND`; see the library for the map.

use std::process::ExitCode;

use xtask::arguments::{self, Arguments};
use xtask::say::{say, tell};
use xtask::{bench, lint, openapi, sbom, sizes, test, up};

/// What the shell's convention (`EX_USAGE`) says of a bad command line.
const BAD_USAGE: u8 = 64;

fn main() -> ExitCode {
    let arguments = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(e) => {
            say(format!("error: {e:#}"));
            return ExitCode::from(BAD_USAGE);
        }
    };
    let done = match arguments {
        Arguments::Help => {
            tell(arguments::USAGE.trim_end());
            Ok(())
        }
        Arguments::Up(options) => up::run(&options),
        Arguments::Test(filter) => test::run(filter.as_deref()),
        Arguments::Lint => lint::run(),
        Arguments::Sizes => sizes::run(),
        Arguments::Openapi => openapi::run(),
        Arguments::Sbom => sbom::run(),
        Arguments::Bench(parts) => bench::run(&parts),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            say(format!("error: {e:#}"));
            ExitCode::FAILURE
        }
    }
}
