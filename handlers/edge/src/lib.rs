//! edgewire-edge
