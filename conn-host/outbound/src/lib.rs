//! edgewire-outbound
