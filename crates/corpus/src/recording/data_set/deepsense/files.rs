//! One measurement of one sensor.

use super::BEAMS;
use super::ply;
use crate::base::{Complex32, npy};
use crate::recording::{RecordingError, matlab};
use ndarray::{Array3, Axis, Ix2, Ix3};
use std::path::Path;
use zune_jpeg::JpegDecoder;

/// Images are kept with at most so many columns, each pixel the mean of a square of the original: those of a whole scenario are in memory.
const MOST_COLUMNS: usize = 256;

fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

/// Numbers of a text, a line each.
fn numbers(path: &Path) -> Result<Vec<f64>, RecordingError> {
    let text = std::fs::read_to_string(path).map_err(RecordingError::read(path))?;
    let mut numbers = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = line
            .trim()
            .parse::<f64>()
            .map_err(|_| RecordingError::line(path, i as u64 + 1, format!("`{}` is no number", line.trim())))?;
        numbers.push(number);
    }
    Ok(numbers)
}

/// Powers of all beams, linear; NaN where the file says so.
pub(super) fn powers(path: &Path) -> Result<Vec<f64>, RecordingError> {
    let powers = numbers(path)?;
    match powers.len() {
        BEAMS => Ok(powers),
        n => Err(RecordingError::file(path, format!("has {n} powers; expected {BEAMS}, one a beam"))),
    }
}

/// Latitude and longitude, degrees.
pub(super) fn position(path: &Path) -> Result<[f64; 2], RecordingError> {
    match numbers(path)?[..] {
        [latitude, longitude, ..] => Ok([latitude, longitude]),
        _ => Err(RecordingError::file(path, "has no latitude and longitude, a line each")),
    }
}

/// A frame of the radar `[rx, sample, chirp]`: `.npy`, or the first array of three axes of a `.mat`.
pub(super) fn radar(path: &Path) -> Result<Array3<Complex32>, RecordingError> {
    let fail = |what: String| RecordingError::array(path, "radar", what);
    match ending(path).as_str() {
        "npy" => {
            let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
            let single = npy::decode::<Complex32, Ix3>(&bytes);
            let double = || npy::decode::<crate::base::Complex64, Ix3>(&bytes);
            single.or_else(|_| double().map(|a| a.mapv(|z| Complex32::new(z.re as f32, z.im as f32)))).map_err(fail)
        }
        "mat" => matlab::complex_cube(path),
        other => Err(fail(format!("`.{other}`; expected .npy or .mat"))),
    }
}

/// Points of the LiDAR: `.ply`, or rows of x, y and perhaps z of a `.npy`.
pub(super) fn lidar(path: &Path) -> Result<Vec<[f32; 3]>, RecordingError> {
    let fail = |what: String| RecordingError::array(path, "lidar", what);
    match ending(path).as_str() {
        "ply" => ply::read(path),
        "npy" => {
            let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
            let rows = npy::decode::<f64, Ix2>(&bytes)
                .or_else(|_| npy::decode::<f32, Ix2>(&bytes).map(|a| a.mapv(f64::from)))
                .map_err(fail)?;
            of_rows(&rows).map_err(fail)
        }
        "mat" => of_rows(&matlab::table(path)?).map_err(fail),
        other => Err(fail(format!("`.{other}`; expected .ply, .mat or .npy"))),
    }
}

fn of_rows(rows: &ndarray::Array2<f64>) -> Result<Vec<[f32; 3]>, String> {
    let columns = rows.ncols();
    if columns < 2 {
        return Err(format!("{columns} columns; expected x, y and perhaps z"));
    }
    let finite = rows.outer_iter().filter(|row| row.iter().take(3).all(|v| v.is_finite()));
    Ok(finite.map(|r| [r[0] as f32, r[1] as f32, if columns > 2 { r[2] as f32 } else { 0.0 }]).collect())
}

/// Colours `[row, column, red green blue]` of a `.jpg` or `.png` of this size, made smaller; `size` is set by the first one.
pub(super) fn image(path: &Path, size: &mut Option<[usize; 2]>) -> Result<Array3<u8>, RecordingError> {
    let fail = |what: String| RecordingError::file(path, what);
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    let (width, height, pixels) = match ending(path).as_str() {
        "jpg" | "jpeg" => {
            let mut decoder = JpegDecoder::new(std::io::Cursor::new(&bytes));
            let pixels = decoder.decode().map_err(|e| fail(format!("is no JPEG picture: {e}")))?;
            let (width, height) = decoder.dimensions().ok_or_else(|| fail("is no JPEG picture".into()))?;
            (width, height, pixels)
        }
        "png" => {
            let wrong = |e: png::DecodingError| fail(format!("is no PNG picture: {e}"));
            let mut decoder = png::Decoder::new(std::io::Cursor::new(&bytes));
            decoder.set_transformations(png::Transformations::normalize_to_color8());
            let mut reader = decoder.read_info().map_err(wrong)?;
            let length = reader.output_buffer_size().ok_or_else(|| fail("is too large a picture".into()))?;
            let mut pixels = vec![0; length];
            let info = reader.next_frame(&mut pixels).map_err(wrong)?;
            pixels.truncate(info.buffer_size());
            (info.width as usize, info.height as usize, pixels)
        }
        other => return Err(fail(format!("`.{other}`; expected .jpg or .png"))),
    };
    let [rows, columns] = *size.get_or_insert([height, width]);
    if [rows, columns] != [height, width] {
        return Err(fail(format!("has {height} × {width} pixels, the first image of the scenario {rows} × {columns}")));
    }
    let channels = pixels.len() / (width * height).max(1);
    // Grey stands for all colours; the last channel of two and four is how solid a pixel is.
    let of = |c: usize| if channels < 3 { 0 } else { c };
    if channels == 0 || pixels.len() != channels * width * height {
        return Err(fail(format!("has {} bytes for {height} × {width} pixels", pixels.len())));
    }
    let colours = Array3::from_shape_fn((height, width, 3), |(r, c, k)| pixels[(r * width + c) * channels + of(k)]);
    Ok(reduced(&colours))
}

fn reduced(image: &Array3<u8>) -> Array3<u8> {
    let (rows, columns, _) = image.dim();
    let by = columns.div_ceil(MOST_COLUMNS);
    if by < 2 || rows < by {
        return image.clone();
    }
    let blocks = image.slice(ndarray::s![..rows / by * by, ..columns / by * by, ..]);
    Array3::from_shape_fn((rows / by, columns / by, 3), |(r, c, k)| {
        let block = blocks.slice(ndarray::s![r * by..(r + 1) * by, c * by..(c + 1) * by, ..]);
        let sum: u32 = block.index_axis(Axis(2), k).iter().map(|&v| u32::from(v)).sum();
        (sum / (by * by) as u32) as u8
    })
}
