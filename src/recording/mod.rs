//! (room recording)
