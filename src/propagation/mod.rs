//! (room propagation)
