//! PNG files in memory.

use super::picture::Picture;
use crate::viz::error::VizError;
use png::{BitDepth, ColorType, Compression, DeflateCompression, Encoder, EncodingError, Filter};

/// A palette picture: a third of the bytes of RGB, which counts when a report holds two hundred of them.
///
/// `indices` are rows from the top, `width` each.
pub fn indexed_png(width: u32, height: u32, palette: &[[u8; 3]; 256], indices: &[u8]) -> Result<Vec<u8>, VizError> {
    if width == 0 || height == 0 || indices.len() as u64 != u64::from(width) * u64::from(height) {
        let problem = format!("{} pixels given for {width} × {height}", indices.len());
        return Err(VizError::input("picture", problem));
    }
    written(width, height, indices, |encoder| {
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(palette.as_flattened().to_vec());
        encoder.set_deflate_compression(DeflateCompression::Level(9));
        encoder.set_filter(Filter::NoFilter); // Neighbouring steps of a palette are no gradient.
    })
}

/// An RGB picture as a PNG file.
pub fn png_bytes(picture: &Picture) -> Result<Vec<u8>, VizError> {
    let (width, height) = picture.dimensions();
    written(width, height, &picture.bytes(), |encoder| {
        encoder.set_color(ColorType::Rgb);
        encoder.set_compression(Compression::Fast);
        encoder.set_filter(Filter::Adaptive);
    })
}

fn written(
    width: u32,
    height: u32,
    data: &[u8],
    set: impl Fn(&mut Encoder<'_, &mut Vec<u8>>),
) -> Result<Vec<u8>, VizError> {
    let mut file = Vec::new();
    let encode = |file: &mut Vec<u8>| -> Result<(), EncodingError> {
        let mut encoder = Encoder::new(file, width, height);
        encoder.set_depth(BitDepth::Eight);
        set(&mut encoder);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(data)?;
        writer.finish()
    };
    encode(&mut file).map_err(|e| VizError::Encode { width, height, problem: e.to_string() })?;
    Ok(file)
}

/// Width and height that a PNG file states; `None` for anything else.
pub(in crate::viz) fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    bytes.starts_with(b"\x89PNG\r\n\x1a\n").then(|| Some((number(16)?, number(20)?)))?
}

/// The pixels of a PNG file of eight bits, as RGB.
#[cfg(test)]
pub(super) fn read(bytes: &[u8]) -> Option<Picture> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut pixels).ok()?;
    let rows = pixels.as_chunks::<3>().0;
    Some(Picture::from_fn(info.width, info.height, |x, y| super::picture::Rgb(rows[(y * info.width + x) as usize])))
}
