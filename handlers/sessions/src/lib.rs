//! edgewire-sessions
