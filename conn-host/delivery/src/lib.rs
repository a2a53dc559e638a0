//! edgewire-delivery
