//! (room viz)
