//! edgewire-store
