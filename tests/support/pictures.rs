//! PNG files as tests read them.
#![allow(dead_code)]

use std::io::Cursor;

/// A picture read from a PNG file of eight bits a channel.
pub(crate) struct Read {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Row by row from the top.
    pub(crate) pixels: Vec<[u8; 3]>,
}

/// Decodes a PNG file; palettes become colours.
pub(crate) fn decode(bytes: &[u8]) -> Read {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
    Read { width: info.width, height: info.height, pixels: data.as_chunks::<3>().0.to_vec() }
}

/// Reads a PNG file.
pub(crate) fn open(path: impl AsRef<std::path::Path>) -> Read {
    decode(&std::fs::read(path).unwrap())
}
