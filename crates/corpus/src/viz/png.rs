//! PNG files in memory.

use super::error::VizError;
use flate2::{Compression, Crc, write::ZlibEncoder};
use image::{ImageEncoder, RgbImage, codecs::png::PngEncoder};
use std::io::{self, Write};

/// A palette picture: a third of the bytes of RGB, which counts when a report holds two hundred of them.
///
/// `indices` are rows from the top, `width` each. PNG specification: <https://www.w3.org/TR/png-3/>, sections 5 and 11.
pub fn indexed_png(width: u32, height: u32, palette: &[[u8; 3]; 256], indices: &[u8]) -> Result<Vec<u8>, VizError> {
    if width == 0 || height == 0 || indices.len() as u64 != u64::from(width) * u64::from(height) {
        let problem = format!("{} pixels given for {width} × {height}", indices.len());
        return Err(VizError::input("picture", problem));
    }
    let encode = || -> io::Result<Vec<u8>> {
        let mut data = ZlibEncoder::new(Vec::new(), Compression::best());
        for row in indices.chunks_exact(width as usize) {
            data.write_all(&[0])?; // No filter: neighbouring steps of a palette are no gradient.
            data.write_all(row)?;
        }
        let mut header = Vec::new();
        header.extend(width.to_be_bytes());
        header.extend(height.to_be_bytes());
        header.extend([8, 3, 0, 0, 0]); // 8 bits, palette, deflate, the five filters, not interlaced
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut png, b"IHDR", &header);
        chunk(&mut png, b"PLTE", palette.as_flattened());
        chunk(&mut png, b"IDAT", &data.finish()?);
        chunk(&mut png, b"IEND", &[]);
        Ok(png)
    };
    encode().map_err(|e| VizError::Encode { width, height, problem: e.to_string() })
}

/// An RGB picture as a PNG file.
pub fn png_bytes(picture: &RgbImage) -> Result<Vec<u8>, VizError> {
    let (width, height) = picture.dimensions();
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(picture.as_raw(), width, height, image::ExtendedColorType::Rgb8)
        .map_err(|e| VizError::Encode { width, height, problem: e.to_string() })?;
    Ok(bytes)
}

/// Width and height that a PNG file states; `None` for anything else.
pub(super) fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    bytes.starts_with(b"\x89PNG\r\n\x1a\n").then(|| Some((number(16)?, number(20)?)))?
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let start = png.len();
    png.extend(kind);
    png.extend(data);
    let mut crc = Crc::new();
    crc.update(&png[start..]);
    png.extend(crc.sum().to_be_bytes());
}
