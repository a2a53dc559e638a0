//! edgewire-events
