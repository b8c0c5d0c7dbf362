//! Text in pictures: DejaVu Sans, which has Latin, Greek and the signs of formulas (`fonts/dejavu_sans`).

use super::picture::{Picture, Rgb};
use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use std::sync::LazyLock;

static FONT: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    let bytes = include_bytes!("../../../../../fonts/dejavu_sans/DejaVuSans.ttf");
    FontRef::try_from_slice(bytes).unwrap_or_else(|error| panic!("the embedded font is broken: {error}"))
});

/// Where a line of text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Right,
    Up,
}

/// Writes one line of text of `height` pixels with its upper left corner at (x, y); what leaves the picture is cut off.
pub fn text(image: &mut Picture, x: u32, y: u32, height: u32, words: &str, colour: Rgb) {
    write(image, (x, y), height, words, (Way::Right, colour));
}

/// Writes one line of text that is read upwards, `height` pixels across, with its lower left corner at (x, y).
pub fn text_upwards(image: &mut Picture, x: u32, y: u32, height: u32, words: &str, colour: Rgb) {
    write(image, (x, y), height, words, (Way::Up, colour));
}

/// Length of a line of text of `height` pixels, pixels.
pub fn text_width(words: &str, height: u32) -> u32 {
    let font = FONT.as_scaled(PxScale::from(height as f32));
    words.chars().map(|c| font.h_advance(font.glyph_id(c))).sum::<f32>().ceil() as u32
}

fn write(image: &mut Picture, (x, y): (u32, u32), height: u32, words: &str, (way, colour): (Way, Rgb)) {
    let scale = PxScale::from(height as f32);
    let font = FONT.as_scaled(scale);
    let mut along = 0.0;
    for character in words.chars() {
        let id = font.glyph_id(character);
        let glyph = id.with_scale_and_position(scale, point(along, font.ascent()));
        along += font.h_advance(id);
        let Some(outline) = FONT.outline_glyph(glyph) else { continue };
        let corner = outline.px_bounds().min;
        outline.draw(|dx, dy, share| {
            let (right, down) = (corner.x as i64 + i64::from(dx), corner.y as i64 + i64::from(dy));
            let (px, py) = match way {
                Way::Right => (i64::from(x) + right, i64::from(y) + down),
                Way::Up => (i64::from(x) + down, i64::from(y) - right),
            };
            blend(image, (px, py), colour, share);
        });
    }
}

/// Puts a share of a colour, 0 to 1, over a pixel, if there is one.
fn blend(image: &mut Picture, (x, y): (i64, i64), colour: Rgb, share: f32) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
    if x < image.width() && y < image.height() {
        let below = image.get_pixel(x, y).0;
        let share = share.clamp(0.0, 1.0);
        let mixed = |i: usize| (f32::from(below[i]) * (1.0 - share) + f32::from(colour.0[i]) * share).round() as u8;
        image.put_pixel(x, y, Rgb([mixed(0), mixed(1), mixed(2)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(words: &str, height: u32) -> Picture {
        let mut image = Picture::from_pixel(text_width(words, height).max(1), height, Rgb([255; 3]));
        text(&mut image, 0, 0, height, words, Rgb([0; 3]));
        image
    }

    #[test]
    fn signs_of_the_field_have_pictures_of_their_own() {
        let unknown = drawn("\u{e000}", 40);
        let signs = "µ°√λσΩφ²−·×≤é";
        let pictures: Vec<Picture> = signs.chars().map(|c| drawn(&c.to_string(), 40)).collect();
        for (i, picture) in pictures.iter().enumerate() {
            assert!(picture.pixels().any(|p| p.0[0] < 60), "sign {i} of {signs} is empty");
            assert_ne!(*picture, unknown, "sign {i} of {signs} is the box of unknown ones");
            assert!(pictures[..i].iter().all(|other| other != picture), "sign {i} of {signs} is another one");
        }
    }

    #[test]
    fn words_that_go_up_are_the_same_turned() {
        let words = "Lt √W";
        let (wide, mut tall) = (drawn(words, 24), Picture::from_pixel(24, text_width(words, 24), Rgb([255; 3])));
        let last = tall.height() - 1;
        text_upwards(&mut tall, 0, last, 24, words, Rgb([0; 3]));
        assert_eq!(Picture::from_fn(wide.width(), wide.height(), |x, y| tall.get_pixel(y, last - x)), wide);
        // What leaves the picture is cut off.
        text(&mut tall, 20, 0, 600, words, Rgb([0; 3]));
    }
}
