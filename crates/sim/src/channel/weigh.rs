//! What pieces mirror and shade on a trip: the amplitudes but for the distances.

use super::skin::Skin;
use crate::base::Vec3;
use crate::kernels::for_each_width;
use std::f64::consts::PI;

/// A station's view of one way, for the amplitudes.
pub(super) struct WayView {
    /// `[xyz][tile]`: direction of travel.
    direction: [Vec<f32>; 3],
    /// `[xyz][tile]`: moments times it.
    moment: [Vec<f32>; 3],
    /// `[tile]`: its square by the moments.
    square: Vec<f32>,
    /// `[tile]`: area against it where a transmitter's wave falls in, or along it where it goes to a receiver, m².
    pub(super) facing: Vec<f32>,
    /// `[tile]`: share that is seen, of what faces the antenna.
    pub(super) lit: Vec<f32>,
    /// `[tile]`: gains and walls.
    pub(super) size: Vec<f32>,
}

impl WayView {
    pub(super) fn new(skin: &Skin, image: Vec3, sends: bool) -> Self {
        let empty = || vec![0.0; skin.len()];
        let mut view = Self {
            direction: [empty(), empty(), empty()],
            moment: [empty(), empty(), empty()],
            square: empty(),
            facing: empty(),
            lit: empty(),
            size: Vec::new(),
        };
        let [dx, dy, dz] = &mut view.direction;
        let [mx, my, mz] = &mut view.moment;
        view_all(
            skin.about(image),
            if sends { 1.0 } else { -1.0 },
            skin.place.each_ref().map(Vec::as_slice),
            skin.area.each_ref().map(Vec::as_slice),
            skin.spread.each_ref().map(Vec::as_slice),
            [dx, dy, dz],
            [mx, my, mz],
            [&mut view.square, &mut view.facing, &mut view.lit],
        );
        view
    }
}

for_each_width! {
    /// Lengths from a place to all pieces, less a reference.
    pub(super) fn lengths(from: [f32; 3], reference: f32, place: [&[f32]; 3], out: &mut [f32]) {
        for (i, out) in out.iter_mut().enumerate() {
            let (x, y, z) = (place[0][i] - from[0], place[1][i] - from[1], place[2][i] - from[2]);
            *out = (x * x + y * y + z * z).sqrt() - reference;
        }
    }
}

for_each_width! {
    /// The loop of `WayView::new`.
    #[allow(clippy::too_many_arguments)]
    fn view_all(
        eye: [f32; 3],
        sign: f32,
        place: [&[f32]; 3],
        area: [&[f32]; 3],
        spread: [&[f32]; 6],
        direction: [&mut [f32]; 3],
        moment: [&mut [f32]; 3],
        rest: [&mut [f32]; 3],
    ) {
        let [px, py, pz] = place;
        let [ax, ay, az] = area;
        let [xx, yy, zz, xy, xz, yz] = spread;
        let [dx, dy, dz] = direction;
        let [mx, my, mz] = moment;
        let [square, facing, lit] = rest;
        for i in 0..px.len() {
            let (x, y, z) = (px[i] - eye[0], py[i] - eye[1], pz[i] - eye[2]);
            let inverse = 1.0 / (x * x + y * y + z * z).sqrt().max(1e-6);
            let (x, y, z) = (x * inverse, y * inverse, z * inverse);
            let against = -(x * ax[i] + y * ay[i] + z * az[i]);
            facing[i] = against;
            lit[i] = if against > 0.0 { 1.0 } else { 0.0 };
            let (x, y, z) = (x * sign, y * sign, z * sign);
            let (u, v, w) = (
                xx[i] * x + xy[i] * y + xz[i] * z,
                xy[i] * x + yy[i] * y + yz[i] * z,
                xz[i] * x + yz[i] * y + zz[i] * z,
            );
            dx[i] = x;
            dy[i] = y;
            dz[i] = z;
            mx[i] = u;
            my[i] = v;
            mz[i] = w;
            square[i] = x * u + y * v + z * w;
        }
    }
}

/// Amplitudes of a trip: what pieces mirror and shade, without the distances, over 4π.
pub(super) fn weigh(wave_number: f32, reflects: f32, shadows: f32, there: &WayView, back: &WayView, out: &mut [f32]) {
    let scale = (1.0 / (4.0 * PI)) as f32;
    let half_square = -0.5 * wave_number * wave_number;
    let n = out.len();
    let [dx, dy, dz] = there.direction.each_ref().map(|v| &v[..n]);
    let [ex, ey, ez] = back.direction.each_ref().map(|v| &v[..n]);
    let [mx, my, mz] = back.moment.each_ref().map(|v| &v[..n]);
    let (there_square, back_square) = (&there.square[..n], &back.square[..n]);
    let (into, outwards) = (&there.facing[..n], &back.facing[..n]);
    let (lit, heard, size, gain) = (&there.lit[..n], &back.lit[..n], &there.size[..n], &back.size[..n]);
    weigh_all(
        (half_square, reflects, shadows, scale),
        [dx, dy, dz],
        [ex, ey, ez],
        [mx, my, mz],
        [there_square, back_square],
        [into, outwards],
        [lit, heard],
        [size, gain],
        out,
    );
}

for_each_width! {
    /// The loop of `weigh`.
    #[allow(clippy::too_many_arguments)]
    fn weigh_all(
        factors: (f32, f32, f32, f32),
        d: [&[f32]; 3],
        e: [&[f32]; 3],
        m: [&[f32]; 3],
        square: [&[f32]; 2],
        facing: [&[f32]; 2],
        lit: [&[f32]; 2],
        size: [&[f32]; 2],
        out: &mut [f32],
    ) {
        let (half_square, reflects, shadows, scale) = factors;
        for (i, out) in out.iter_mut().enumerate() {
            let cosine = d[0][i] * e[0][i] + d[1][i] * e[1][i] + d[2][i] * e[2][i];
            let cross = d[0][i] * m[0][i] + d[1][i] * m[1][i] + d[2][i] * m[2][i];
            let phase = half_square * (square[0][i] + square[1][i] - 2.0 * cross);
            let (into, outwards) = (facing[0][i], facing[1][i]);
            let (lit, heard) = (lit[0][i], lit[1][i]);
            let mirrored = reflects * 0.5 * (into + outwards) * lit * heard;
            // As `things::shadow_share`: 1 from 0.866 on, 0 below 0.5.
            let x = ((cosine - 0.5) * 2.732_05).clamp(0.0, 1.0);
            let shade = x * x * (3.0 - 2.0 * x) * 0.25 * (lit - heard) * (into - outwards);
            *out = (mirrored + shadows * shade) * exp(phase) * scale * size[0][i] * size[1][i];
        }
    }
}

/// `exp(x)` for x ≤ 0 within 1e-6; 0 below −80.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = x.clamp(-80.0, 0.0);
    let k = (x * std::f32::consts::LOG2_E + 12_582_912.0) - 12_582_912.0;
    let r = x - k * 0.693_359_4 - k * -2.121_944_4e-4;
    let p = 1.0
        + r * (1.0 + r * (0.5 + r * (1.666_666_6e-1 + r * (4.166_666_6e-2 + r * (8.333_333e-3 + r * 1.388_888_9e-3)))));
    p * f32::from_bits((((k as i32) + 127) << 23) as u32)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_exponential_is_one() {
        for i in 0..8000 {
            let x = f64::from(-0.01 * i as f32);
            let got = f64::from(super::exp(x as f32));
            assert!((got - x.exp()).abs() <= 1e-6 * x.exp() + 1e-34, "{x}: {got}");
        }
    }
}
