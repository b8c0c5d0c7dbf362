//! Bodies that move as pictures: postures side by side, the ways of joints.

pub mod contact_sheet;
pub mod trace_panel;
