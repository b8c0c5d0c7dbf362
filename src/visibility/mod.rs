//! (room visibility)
