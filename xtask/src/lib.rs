//! The project's own commands, and what the end-to-end harness shares with them: both start the real processes in
//! the same way.
//!
//! * [`up`]: `cargo xtask up`, everything running on one machine. In reading order: [`toolchain`] (the wasm target),
//!   [`redis`] (found, installed, started), [`build`] into a [`stage`] (and [`settle`]), [`start`] the processes, [`credentials`],
//!   [`ready`], then [`supervise`] until a [`notice`] says stop;
//! * [`test`], [`lint`] (with [`direction`]), [`sizes`], [`openapi`]: what CI runs; [`bench`]: what nobody times in a
//!   test; [`sbom`]: what is shipped;
//! * [`child`] and [`guard`]: a process that is started, awaited, stopped, and never left behind.
//!
//! Blocking and single-threaded where it can be: no async runtime, so that the first `cargo xtask` compiles quickly.

pub mod arguments;
pub mod bench;
pub mod build;
pub mod child;
pub mod credentials;
pub mod direction;
pub mod guard;
pub mod lint;
pub mod notice;
pub mod openapi;
pub mod ready;
pub mod redis;
pub mod say;
pub mod sbom;
pub mod settle;
pub mod sizes;
pub mod stage;
pub mod start;
pub mod supervise;
pub mod test;
pub mod toolchain;
pub mod up;
pub mod workspace;
