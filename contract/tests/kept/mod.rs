//! Records that stay, beside those in `golden.rs`.

mod webhooks;
