//! The components.

use edgewire_edge::describe::Description;

/// A component.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Its package's name.
    pub package: &'static str,
    /// What it tells.
    pub describe: fn() -> Description,
    /// What is wrong with that, held against its routes.
    pub mistakes: fn() -> Vec<String>,
}

macro_rules! parts {
    ($($package:literal is $krate:ident,)*) => {
        &[$(Part {
            package: $package,
            describe: $krate::describe::describe,
            mistakes: || $krate::describe::describe().mistakes($krate::ROUTES),
        }),*]
    };
}

/// All of them. A test misses a package under `handlers/` that is none of these.
pub const PARTS: &[Part] = parts![
    "edgewire-sessions" is edgewire_sessions,
    "edgewire-messages" is edgewire_messages,
    "edgewire-media-handlers" is edgewire_media_handlers,
    "edgewire-groups" is edgewire_groups,
    "edgewire-chats" is edgewire_chats,
    "edgewire-contacts" is edgewire_contacts,
    "edgewire-newsletters" is edgewire_newsletters,
    "edgewire-events" is edgewire_events,
    "edgewire-webhooks" is edgewire_webhooks,
    "edgewire-access" is edgewire_access,
    "edgewire-device-api" is edgewire_device_api,
    "edgewire-docs" is edgewire_docs,
];
