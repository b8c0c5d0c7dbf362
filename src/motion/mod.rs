//! (room motion)
