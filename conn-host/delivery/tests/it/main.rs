//! Webhooks between a real Redis and real receivers, all of them the test's own.
#![expect(clippy::unwrap_used, reason = "a test ends where its world cannot be built")]

mod breaker;
mod chats;
mod gone;
mod hosts;
mod latency;
mod lifecycle;
mod order;
mod receiver;
mod redis_server;
mod refusal;
mod replay;
mod retry;
mod trial;
mod world;
