//! Pictures of red, green and blue, 8 bits each.

/// A colour: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub [u8; 3]);

/// A picture; pixel (0, 0) is the upper left one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    /// Row by row from the top.
    pixels: Vec<Rgb>,
}

impl Picture {
    /// A picture of one colour, `width` by `height` pixels.
    pub fn from_pixel(width: u32, height: u32, colour: Rgb) -> Self {
        Self { width, height, pixels: vec![colour; width as usize * height as usize] }
    }

    /// A picture of what `colour(x, y)` gives.
    pub fn from_fn(width: u32, height: u32, mut colour: impl FnMut(u32, u32) -> Rgb) -> Self {
        let mut pixels = Vec::with_capacity(width as usize * height as usize);
        for y in 0..height {
            pixels.extend((0..width).map(|x| colour(x, y)));
        }
        Self { width, height, pixels }
    }

    /// Pixels from left to right.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Width and height.
    pub fn dimensions(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The pixels row by row from the top.
    pub fn pixels(&self) -> impl Iterator<Item = &Rgb> {
        self.pixels.iter()
    }

    /// The bytes of the pixels row by row from the top.
    pub fn bytes(&self) -> Vec<u8> {
        self.pixels.iter().flat_map(|p| p.0).collect()
    }

    fn at(&self, x: u32, y: u32) -> usize {
        assert!(x < self.width && y < self.height, "pixel ({x}, {y}) of {} × {}", self.width, self.height);
        y as usize * self.width as usize + x as usize
    }

    /// The pixel at column x, row y.
    ///
    /// # Panics
    /// When there is none.
    pub fn get_pixel(&self, x: u32, y: u32) -> Rgb {
        self.pixels[self.at(x, y)]
    }

    /// Changes the pixel at column x, row y.
    ///
    /// # Panics
    /// When there is none.
    pub fn put_pixel(&mut self, x: u32, y: u32, colour: Rgb) {
        let at = self.at(x, y);
        self.pixels[at] = colour;
    }

    /// Puts another picture over this one with its upper left corner at (left, top); what leaves this one is cut off.
    pub fn paste(&mut self, other: &Picture, left: u32, top: u32) {
        let columns = other.width.min(self.width.saturating_sub(left)) as usize;
        for y in 0..other.height.min(self.height.saturating_sub(top)) {
            if columns > 0 {
                let (to, from) = (self.at(left, top + y), other.at(0, y));
                self.pixels[to..to + columns].copy_from_slice(&other.pixels[from..from + columns]);
            }
        }
    }

    /// The picture at half its size (an odd last row or column is left out): each pixel is a mean over four by four, the middle
    /// ones with three times the weight of the outer ones in each direction (a triangle), fewer at the edges.
    pub fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let columns = self.width as usize;
        let mut out = Vec::with_capacity(width as usize * height as usize);
        let mut line = vec![[0.0_f32; 3]; columns];
        for y in 0..height as usize {
            line.fill([0.0; 3]);
            for (row, weight) in taps(y, self.height as usize) {
                for (sum, pixel) in line.iter_mut().zip(&self.pixels[row * columns..]) {
                    sum.iter_mut().zip(pixel.0).for_each(|(s, v)| *s += f32::from(v) * weight);
                }
            }
            for x in 0..width as usize {
                let mut sum = [0.0_f32; 3];
                for (column, weight) in taps(x, columns) {
                    sum.iter_mut().zip(line[column]).for_each(|(s, v)| *s += v * weight);
                }
                out.push(Rgb(sum.map(|s| s.round() as u8)));
            }
        }
        Self { width, height, pixels: out }
    }
}

/// Where the pixel `at` of half the size looks among `len`, and with what weight; the weights sum to 1.
fn taps(at: usize, len: usize) -> impl Iterator<Item = (usize, f32)> {
    let first = 2 * at as isize - 1;
    let near = move || {
        (first..first + 4).zip([0.25_f32, 0.75, 0.75, 0.25]).filter(move |(i, _)| (0..len as isize).contains(i))
    };
    let sum: f32 = near().map(|(_, w)| w).sum();
    near().map(move |(i, w)| (i as usize, w / sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_size_keeps_planes_and_weighs_by_a_triangle() {
        let plain = Picture::from_pixel(6, 4, Rgb([7, 100, 255]));
        assert_eq!(plain.halved(), Picture::from_pixel(3, 2, Rgb([7, 100, 255])));
        // One white pixel at (4, 5) of 10 × 10: its shares by hand are 3/8 and 1/8 in each direction.
        let mut one = Picture::from_pixel(10, 10, Rgb([0; 3]));
        one.put_pixel(4, 5, Rgb([255; 3]));
        let half = one.halved();
        let want = |x: u32, y: u32| {
            let across = [0.0, 1.0, 3.0, 0.0, 0.0][x as usize];
            let down = [0.0, 0.0, 3.0, 1.0, 0.0][y as usize];
            Rgb([(255.0_f64 * across * down / 64.0).round() as u8; 3])
        };
        assert_eq!(half, Picture::from_fn(5, 5, want));
        // At the edge three pixels count, with weights 3, 3 and 1 of 7.
        let mut edge = Picture::from_pixel(8, 2, Rgb([0; 3]));
        (0..2).for_each(|y| edge.put_pixel(0, y, Rgb([210; 3])));
        assert_eq!(edge.halved().get_pixel(0, 0), Rgb([90; 3]));
    }

    #[test]
    fn what_is_pasted_beyond_the_edge_is_cut_off() {
        let mut sheet = Picture::from_pixel(4, 3, Rgb([0; 3]));
        let cell = Picture::from_fn(2, 2, |x, y| Rgb([x as u8 + 1, y as u8 + 1, 0]));
        sheet.paste(&cell, 3, 2);
        sheet.paste(&cell, 9, 0);
        sheet.paste(&cell, 0, 0);
        let want = Picture::from_fn(4, 3, |x, y| match (x, y) {
            (3, 2) => Rgb([1, 1, 0]),
            (0 | 1, 0 | 1) => Rgb([x as u8 + 1, y as u8 + 1, 0]),
            _ => Rgb([0; 3]),
        });
        assert_eq!(sheet, want);
    }
}
