//! (room sensor)
