//! What the handlers share. A handler (a WebAssembly component under `handlers/`) keeps nothing between requests: it
//! checks the token, reads the request, asks Redis through the [`bus`], and answers.
//!
//! * [`gateway`]: the frame around every request: route, handler, answer or fault, `X-Request-Id`;
//! * [`request`], [`route`], [`query`], [`body`], [`checks`], [`auth`], [`login`], [`idempotency`]: reading a request;
//! * [`devices`], [`sought`]: which session is meant where the path does not say;
//! * [`received`], [`range`]: a message's file;
//! * [`order`], [`draft`], [`known`], [`dispatch`]: a send, from its request to its outcome; [`command`]: commands of every kind;
//!   [`outbox`]: what became of it;
//!   [`asking`]: what is asked of WhatsApp at once;
//! * [`page`], [`entries`], [`shown`]: lists of what is kept, in pages, and how messages are shown in them;
//! * [`steer`], [`pairing`]: changing a session's life, and linking it to a phone;
//! * [`reply`], [`render`], [`problem`]: answering it; [`pump`]: an answer that goes on, to a reader who may stop reading;
//! * [`bus`]: what a handler asks of Redis, in the domain's words, and the two adapters: Spin's Redis and a fake;
//! * [`env`]: clock, chance, sleep and log, so that tests decide on all four;
//! * [`settings`]: the component's variables; `describe`: what is said of a route in `openapi.json`; `testing`: what the
//!   components' tests share.
//!
//! Only `bus/spin`, `env/spin.rs` and [`entry`] name the Spin SDK, and only for wasm: everything else runs natively.

pub mod asking;
pub mod auth;
pub mod blob;
pub mod body;
pub mod bus;
pub mod checks;
pub mod command;
#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod devices;
pub mod dispatch;
pub mod draft;
pub mod entries;
#[cfg(target_family = "wasm")]
pub mod entry;
pub mod env;
pub mod gateway;
pub mod idempotency;
pub mod known;
pub mod login;
pub mod order;
pub mod outbox;
pub mod page;
pub mod pairing;
pub mod problem;
pub mod pump;
pub mod query;
pub mod range;
pub mod received;
pub mod render;
pub mod reply;
pub mod request;
pub mod route;
pub mod settings;
pub mod shown;
pub mod sought;
pub mod steer;
#[cfg(not(target_family = "wasm"))]
pub mod testing;

pub use gateway::{Call, Gateway, answer, answer_in};
pub use problem::Problem;
pub use reply::Reply;
