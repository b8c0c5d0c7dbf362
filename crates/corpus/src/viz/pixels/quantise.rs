//! Pictures of few colours as palette files.

use super::picture::Picture;
use super::png::indexed_png;
use crate::viz::error::VizError;
use std::collections::HashMap;

/// A picture as a PNG with a palette of its 256 commonest colours; rarer colours become the nearest of them.
///
/// Drawings with flat shading lose nothing that one sees and a good half of their bytes.
pub fn palette_png(picture: &Picture) -> Result<Vec<u8>, VizError> {
    // Six bits a channel: neighbours in brightness share an entry.
    let coarse = |c: [u8; 3]| c.map(|v| (v >> 2 << 2) | (v >> 6));
    let mut counts: HashMap<[u8; 3], usize> = HashMap::new();
    for pixel in picture.pixels() {
        *counts.entry(coarse(pixel.0)).or_default() += 1;
    }
    let mut common: Vec<([u8; 3], usize)> = counts.iter().map(|(c, n)| (*c, *n)).collect();
    common.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    common.truncate(256);
    let mut palette = [[0; 3]; 256];
    palette.iter_mut().zip(&common).for_each(|(slot, (colour, _))| *slot = *colour);
    let distance =
        |a: [u8; 3], b: [u8; 3]| -> u32 { a.iter().zip(b).map(|(x, y)| u32::from(x.abs_diff(y)).pow(2)).sum() };
    let nearest: HashMap<[u8; 3], u8> = counts
        .keys()
        .map(|c| {
            let best = (0..common.len()).min_by_key(|i| distance(common[*i].0, *c)).unwrap_or(0);
            (*c, best as u8)
        })
        .collect();
    let indices: Vec<u8> = picture.pixels().map(|p| nearest[&coarse(p.0)]).collect();
    indexed_png(picture.width(), picture.height(), &palette, &indices)
}

#[cfg(test)]
mod tests {
    use super::super::picture::Rgb;
    use super::*;

    #[test]
    fn common_colours_survive_to_two_bits_however_many_rare_ones_there_are() {
        // Below row 48 four flat colours, each over 768 pixels; above, 1,024 pixels of which hardly two are alike.
        let flat = [[255, 0, 100], [10, 200, 30], [0, 0, 0], [240, 240, 255]];
        let picture = Picture::from_fn(64, 64, |x, y| match y {
            0..48 => Rgb(flat[(x / 16) as usize]),
            _ => Rgb([(x * 4) as u8, (y % 16 * 16) as u8, 128]),
        });
        for picture in [Picture::from_pixel(3, 2, Rgb([255, 0, 100])), picture] {
            let bytes = palette_png(&picture).unwrap_or_default();
            let read = crate::viz::pixels::png::read(&bytes).unwrap();
            assert_eq!(read.dimensions(), picture.dimensions());
            for (a, b) in read.pixels().zip(picture.pixels()).take(48 * 64) {
                assert!(a.0.iter().zip(b.0).all(|(x, y)| x.abs_diff(y) <= 3), "{a:?} {b:?}");
            }
        }
    }
}
