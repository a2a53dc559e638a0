//! edgewire-messages
