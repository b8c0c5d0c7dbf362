//! Which subcarriers carry something: indices of 802.11 grids.

/// Spacing of subcarriers up to 802.11ac, Hz.
pub const SPACING_HZ: f64 = 312.5e3;
/// Spacing of subcarriers from 802.11ax on, Hz.
pub const SPACING_HE_HZ: f64 = 78.125e3;

/// The thirty groups of the Intel 5300 at 20 MHz: every other one of the 56 (IEEE 802.11-2012, table 8-38, Ng = 2).
pub const INTEL_20: [i32; 30] = [
    -28, -26, -24, -22, -20, -18, -16, -14, -12, -10, -8, -6, -4, -2, -1, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23,
    25, 27, 28,
];

/// The thirty groups of the Intel 5300 at 40 MHz: every fourth one of the 114 (the same table, Ng = 4).
pub fn intel_40() -> Vec<i32> {
    (0..15).map(|i| -58 + 4 * i).chain((0..15).map(|i| 2 + 4 * i)).collect()
}

/// Those with `least ≤ |k| ≤ most`, rising.
pub fn symmetric(least: i32, most: i32) -> Vec<i32> {
    (-most..=-least).chain(least..=most).collect()
}

/// The 52 of 802.11a and g.
pub fn legacy() -> Vec<i32> {
    symmetric(1, 26)
}

/// Data and pilots of 802.11n and ac in a channel of so many MHz (IEEE 802.11-2016, tables 19-6 and 21-5): 56, 114, 242, 484.
pub fn high_throughput(mhz: u32) -> Option<Vec<i32>> {
    match mhz {
        20 => Some(symmetric(1, 28)),
        40 => Some(symmetric(2, 58)),
        80 => Some(symmetric(2, 122)),
        160 => {
            // Two channels of 80 MHz beside each other.
            let half = symmetric(2, 122);
            Some([-128, 128].iter().flat_map(|centre| half.iter().map(move |k| k + centre)).collect())
        }
        _ => None,
    }
}

/// Data and pilots of 802.11ax in a channel of so many MHz for one user over all of it (IEEE 802.11ax-2021, section 27.3.10): 242, 484,
/// 996, 1992.
pub fn high_efficiency(mhz: u32) -> Option<Vec<i32>> {
    match mhz {
        20 => Some(symmetric(2, 122)),
        40 => Some(symmetric(3, 244)),
        80 => Some(symmetric(3, 500)),
        160 => {
            let half = symmetric(3, 500);
            Some([-512, 512].iter().flat_map(|centre| half.iter().map(move |k| k + centre)).collect())
        }
        _ => None,
    }
}

/// Centre of a 20 MHz channel, or of a wider one by the number of its centre, Hz (IEEE 802.11-2016, section 15.4.4.3 and annex E).
pub fn channel_hz(band_5: bool, channel: u32) -> Option<f64> {
    match (band_5, channel) {
        (false, 14) => Some(2.484e9),
        (false, 1..=13) => Some(2.407e9 + 5e6 * f64::from(channel)),
        (true, 1..=196) => Some(5e9 + 5e6 * f64::from(channel)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_have_the_numbers_of_the_standard() {
        assert_eq!((legacy().len(), intel_40().len()), (52, 30));
        assert_eq!([20, 40, 80, 160].map(|b| high_throughput(b).unwrap().len()), [56, 114, 242, 484]);
        assert_eq!([20, 40, 80, 160].map(|b| high_efficiency(b).unwrap().len()), [242, 484, 996, 1992]);
        assert_eq!((intel_40()[0], intel_40()[14], intel_40()[15], intel_40()[29]), (-58, -2, 2, 58));
        assert_eq!(channel_hz(false, 6), Some(2.437e9));
        assert_eq!(channel_hz(true, 155), Some(5.775e9));
    }
}
