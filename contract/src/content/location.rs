//! A place on the map.

use super::{About, Sendable, To};
use crate::shape::{number, optional, text};

crate::record! {
    /// A place on the map.
    pub struct Location {
        /// Degrees.
        pub latitude: f64 = number(-90.0, 90.0);
        /// Degrees.
        pub longitude: f64 = number(-180.0, 180.0);
        /// What it is called.
        pub name: Option<String> = optional(text(1, 1000));
        /// Its address.
        pub address: Option<String> = optional(text(1, 1000));
    }
}

impl Sendable for Location {
    const TO: To = To::ANY;
    const QUOTES: bool = true;
    const MENTIONS: bool = false;

    fn about() -> About {
        About {
            summary: "Send a location",
            note: None,
            example: r#"{"to": "628123456789", "latitude": -6.2088, "longitude": 106.8456, "name": "Jakarta", "address": "Jakarta, Indonesia"}"#,
        }
    }
}
