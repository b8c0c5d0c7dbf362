//! Colour maps, in 256 steps.

use colorous::{Gradient, INFERNO, RED_BLUE, TURBO, VIRIDIS};

/// How numbers become colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColourMap {
    /// Even in brightness, readable without colour vision and in print.
    #[default]
    Viridis,
    /// Dark to bright, for faint structure on a quiet background.
    Inferno,
    /// Rainbow with many distinct steps.
    Turbo,
    /// Blue through white to red, for values on both sides of zero.
    Diverging,
}

impl ColourMap {
    /// The colours from the lowest value to the highest, as RGB.
    pub fn palette(self) -> [[u8; 3]; 256] {
        std::array::from_fn(|i| {
            let (gradient, t): (Gradient, usize) = match self {
                Self::Viridis => (VIRIDIS, i),
                Self::Inferno => (INFERNO, i),
                Self::Turbo => (TURBO, i),
                // As colorous has it, red is low.
                Self::Diverging => (RED_BLUE, 255 - i),
            };
            gradient.eval_rational(t, 256).as_array()
        })
    }

    /// Step of the palette for a value between `low` and `high`; beyond them the end steps, for NaN the lowest.
    ///
    /// ```
    /// use kinecho_corpus::viz::ColourMap;
    /// assert_eq!(ColourMap::step(-1.0, -1.0, 1.0), 0);
    /// assert_eq!(ColourMap::step(1.0, -1.0, 1.0), 255);
    /// ```
    pub fn step(value: f32, low: f32, high: f32) -> u8 {
        let t = if high > low { (value - low) / (high - low) } else { 0.0 };
        (t * 255.0).round().clamp(0.0, 255.0) as u8
    }
}
