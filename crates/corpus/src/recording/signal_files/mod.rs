//! Signals as files of our own, or of one array each: IF cubes, I/Q and what is heard of it, spectrograms, points, CSI, RFID reads.

pub mod cube_order;
pub mod iq_track;
pub mod npy_csi;
pub mod npy_cube;
pub mod npy_iq;
pub mod npy_spectrogram;
pub mod point_table;
pub mod rfid_table;
