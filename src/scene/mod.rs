//! (room scene)
