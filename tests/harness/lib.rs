//! The harness of the end-to-end stories: the real processes on ports that the system chooses, and the people around
//! them.
//!
//! * [`world`]: Redis, sandbox, conn-hosts and edge-host, started, hurt and stopped; [`cable`]: the way to Redis, which can
//!   be cut;
//! * [`organization`]: a tenant with its tokens, whose requests ([`client`]) a story makes; [`session`] pairs a
//!   WhatsApp number for it; [`line`]: one with whom it writes to, where messages are counted;
//! * [`sandbox`]: the network's control surface; [`peer`]: a real whatsapp-rust client on it;
//! * [`baileys`]: a client of another make; [`schemathesis`]: who asks all that the description says can be asked;
//!   [`s3`]: a bucket on a server of another make;
//! * [`events`]: a reader of Server-Sent Events; [`sink`]: a receiver of webhooks; [`files`]: a server of files;
//! * [`wait`]: waiting for a condition, always with a bound and a name.
//!
//! Nothing here waits for time to pass. A story that needs something to have happened waits for that.

pub mod baileys;
pub mod cable;
pub mod client;
pub mod events;
pub mod files;
mod leases;
pub mod line;
pub mod organization;
pub mod peer;
mod python;
pub mod s3;
pub mod sandbox;
pub mod schemathesis;
mod servers;
pub mod session;
pub mod sink;
pub mod wait;
pub mod world;

pub use baileys::Baileys;
pub use client::{Reply, Request};
pub use files::FileServer;
pub use line::Line;
pub use organization::Organization;
pub use peer::Peer;
pub use session::Session;
pub use sink::WebhookSink;
pub use wait::{PATIENCE, wait_until};
pub use world::World;
