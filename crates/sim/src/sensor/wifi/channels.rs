//! Bands and channel numbers → centre frequencies (IEEE 802.11-2020, section 15.4.4.3 and annex E; 802.11ax-2021, section 27.3.23.2 for 6 GHz).

use crate::base::yaml::Problem;
use serde::{Deserialize, Serialize};

/// A band; in files its frequency in GHz: 2.4, 5 or 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub enum WifiBand {
    /// 2.4 GHz.
    Two,
    /// 5 GHz.
    Five,
    /// 6 GHz.
    Six,
}

impl TryFrom<f64> for WifiBand {
    type Error = String;

    fn try_from(ghz: f64) -> Result<Self, String> {
        [Self::Two, Self::Five, Self::Six]
            .into_iter()
            .find(|band| f64::from(*band) == ghz)
            .ok_or_else(|| format!("{ghz} given, must be 2.4, 5 or 6"))
    }
}

impl From<WifiBand> for f64 {
    fn from(band: WifiBand) -> f64 {
        match band {
            WifiBand::Two => 2.4,
            WifiBand::Five => 5.0,
            WifiBand::Six => 6.0,
        }
    }
}

/// On which side of a primary channel of 20 MHz the second half of 40 MHz lies: HT40+ and HT40−.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secondary {
    /// HT40+.
    Above,
    /// HT40−.
    Below,
}

impl WifiBand {
    /// Frequency from which channel numbers count in steps of 5 MHz, Hz.
    fn start_hz(self) -> f64 {
        match self {
            Self::Two => 2.407e9,
            Self::Five => 5.0e9,
            Self::Six => 5.95e9,
        }
    }

    /// Numbers of the centres of all channels of this width; empty where the band has none so wide.
    pub fn centres(self, bandwidth_mhz: u32) -> Vec<u32> {
        let runs: &[(u32, u32, usize)] = match (self, bandwidth_mhz) {
            (Self::Two, 20) => &[(1, 14, 1)],
            (Self::Two, 40) => &[(3, 11, 1)],
            (Self::Five, 20) => &[(36, 64, 4), (100, 144, 4), (149, 177, 4)],
            (Self::Five, 40) => &[(38, 62, 8), (102, 142, 8), (151, 175, 8)],
            (Self::Five, 80) => &[(42, 58, 16), (106, 138, 16), (155, 171, 16)],
            (Self::Five, 160) => &[(50, 50, 1), (114, 114, 1), (163, 163, 1)],
            // Channel 2 lies below the others (operating class 136).
            (Self::Six, 20) => &[(2, 2, 1), (1, 233, 4)],
            (Self::Six, 40) => &[(3, 227, 8)],
            (Self::Six, 80) => &[(7, 215, 16)],
            (Self::Six, 160) => &[(15, 207, 32)],
            _ => &[],
        };
        runs.iter().flat_map(|&(first, last, step)| (first..=last).step_by(step)).collect()
    }

    /// Frequency of a number, Hz: of those that [`Self::centres`] gives.
    fn number_hz(self, number: u32) -> f64 {
        match (self, number) {
            (Self::Two, 14) => 2.484e9,
            (Self::Six, 2) => 5.935e9,
            _ => self.start_hz() + 5e6 * f64::from(number),
        }
    }

    /// Centre of a channel, Hz. `number` is that of its primary 20 MHz channel or, at 5 and 6 GHz, of its centre; `secondary` says at 2.4 GHz on which
    /// side of the primary one the other half of 40 MHz lies.
    ///
    /// # Errors
    /// A problem with the key `bandwidth_mhz`, `channel` or `secondary`.
    ///
    /// ```
    /// use kinecho_sim::sensor::wifi::{Secondary, WifiBand};
    /// assert_eq!(WifiBand::Two.centre_hz(6, 20, None).unwrap(), 2.437e9);
    /// assert_eq!(WifiBand::Two.centre_hz(6, 40, Some(Secondary::Above)).unwrap(), 2.447e9);
    /// assert_eq!(WifiBand::Five.centre_hz(36, 80, None).unwrap(), 5.21e9);
    /// assert!(WifiBand::Five.centre_hz(35, 20, None).is_err());
    /// ```
    pub fn centre_hz(self, number: u32, bandwidth_mhz: u32, secondary: Option<Secondary>) -> Result<f64, Problem> {
        let ghz = f64::from(self);
        let centres = self.centres(bandwidth_mhz);
        if centres.is_empty() {
            let has = [20, 40, 80, 160].into_iter().filter(|mhz| !self.centres(*mhz).is_empty());
            let has: Vec<String> = has.map(|mhz| mhz.to_string()).collect();
            let message = format!("{bandwidth_mhz} given, {ghz} GHz has channels of {} MHz", has.join(", "));
            return Err(Problem::new("bandwidth_mhz", message));
        }
        let primaries = self.centres(20);
        let unknown = || {
            let message = format!("{number} given, {ghz} GHz has {}", runs_of(&primaries));
            let wide = if bandwidth_mhz > 20 && self != Self::Two {
                format!(", and {bandwidth_mhz} MHz have their centres at {}", runs_of(&centres))
            } else {
                String::new()
            };
            Problem::new("channel", message + &wide)
        };
        match secondary {
            Some(_) if bandwidth_mhz != 40 => {
                let message = format!("given with {bandwidth_mhz} MHz, only 40 MHz have a second half");
                Err(Problem::new("secondary", message))
            }
            _ if self == Self::Two && bandwidth_mhz == 40 => {
                if !primaries.contains(&number) {
                    return Err(unknown());
                }
                let Some(side) = secondary else {
                    return Err(Problem::new(
                        "secondary",
                        "missing: 40 MHz at 2.4 GHz lie `above` or `below` the channel",
                    ));
                };
                let centre = match side {
                    Secondary::Above => number + 2,
                    Secondary::Below => number.saturating_sub(2),
                };
                let fits = centres.contains(&centre) && number != 14;
                fits.then(|| self.number_hz(centre)).ok_or_else(|| {
                    let has = if side == Secondary::Above { "1 to 9" } else { "5 to 13" };
                    Problem::new("secondary", format!("channel {number} has none there; only channels {has} have"))
                })
            }
            _ if centres.contains(&number) => {
                if bandwidth_mhz == 40 && secondary.is_some() {
                    let message =
                        format!("given with the centre {number}; it goes with the number of a primary channel");
                    return Err(Problem::new("secondary", message));
                }
                Ok(self.number_hz(number))
            }
            _ => {
                // A primary channel lies at most this many numbers off the centre.
                let reach = bandwidth_mhz / 10 - 2;
                let inside = |centre: &u32| bandwidth_mhz > 20 && number.abs_diff(*centre) <= reach;
                let block = centres.iter().copied().find(inside).filter(|_| primaries.contains(&number) && number != 2);
                let centre = block.ok_or_else(unknown)?;
                let lies = if number < centre { Secondary::Above } else { Secondary::Below };
                if secondary.is_some_and(|side| side != lies) {
                    let word = if lies == Secondary::Above { "above" } else { "below" };
                    let message = format!("the second half of channel {number} at {ghz} GHz lies {word} it");
                    return Err(Problem::new("secondary", message));
                }
                Ok(self.number_hz(centre))
            }
        }
    }
}

/// Rising numbers in words: `36 to 64 by 4, 100 to 144 by 4`.
fn runs_of(numbers: &[u32]) -> String {
    let mut told: Vec<String> = Vec::new();
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let mut rest = &sorted[..];
    while let [first, more @ ..] = rest {
        let step = more.first().map_or(0, |second| second - first);
        let length = 1 + more.iter().enumerate().take_while(|(i, n)| **n == first + step * (*i as u32 + 1)).count();
        told.push(match length {
            1 => first.to_string(),
            2 => format!("{first}, {}", rest[1]),
            _ if step == 1 => format!("{first} to {}", rest[length - 1]),
            _ => format!("{first} to {} by {step}", rest[length - 1]),
        });
        rest = &rest[length..];
    }
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Secondary::{Above, Below};
    use WifiBand::{Five, Six, Two};

    #[test]
    fn centres_are_those_of_the_standard() {
        // 802.11-2020, table E-4 and 802.11ax-2021, table E-4: centres in MHz.
        let mhz = |band: WifiBand, number, width, side| (band.centre_hz(number, width, side).unwrap() / 1e6).round();
        assert_eq!(mhz(Two, 14, 20, None), 2484.0);
        assert_eq!((mhz(Two, 1, 40, Some(Above)), mhz(Two, 13, 40, Some(Below))), (2422.0, 2462.0));
        assert_eq!((mhz(Five, 36, 40, Some(Above)), mhz(Five, 40, 40, Some(Below))), (5190.0, 5190.0));
        assert_eq!(
            (mhz(Five, 38, 40, None), mhz(Five, 161, 80, None), mhz(Five, 155, 80, None)),
            (5190.0, 5775.0, 5775.0)
        );
        assert_eq!(
            (mhz(Five, 100, 160, None), mhz(Five, 50, 160, None), mhz(Five, 165, 20, None)),
            (5570.0, 5250.0, 5825.0)
        );
        assert_eq!((mhz(Six, 1, 20, None), mhz(Six, 2, 20, None), mhz(Six, 233, 20, None)), (5955.0, 5935.0, 7115.0));
        assert_eq!((mhz(Six, 37, 160, None), mhz(Six, 47, 160, None), mhz(Six, 5, 80, None)), (6185.0, 6185.0, 5985.0));
        assert_eq!([20, 40, 80, 160].map(|w| Six.centres(w).len()), [60, 29, 14, 7]);
    }

    #[test]
    fn channels_that_do_not_exist_say_which_do() {
        let key = |band: WifiBand, number, width, side| band.centre_hz(number, width, side).unwrap_err();
        assert_eq!(key(Two, 15, 20, None).message, "15 given, 2.4 GHz has 1 to 14");
        assert_eq!(key(Two, 6, 80, None).message, "80 given, 2.4 GHz has channels of 20, 40 MHz");
        assert_eq!(key(Two, 6, 40, None).key, "secondary");
        assert_eq!(key(Two, 12, 40, Some(Above)).message, "channel 12 has none there; only channels 1 to 9 have");
        assert_eq!(
            (key(Two, 14, 40, Some(Below)).key, key(Two, 1, 40, Some(Below)).key),
            ("secondary".into(), "secondary".into())
        );
        let found = key(Five, 37, 20, None);
        assert_eq!(found.message, "37 given, 5 GHz has 36 to 64 by 4, 100 to 144 by 4, 149 to 177 by 4");
        assert_eq!(key(Five, 36, 40, Some(Below)).message, "the second half of channel 36 at 5 GHz lies above it");
        assert_eq!(
            (key(Five, 36, 80, Some(Above)).key, key(Five, 144, 160, None).key),
            ("secondary".into(), "channel".into())
        );
        assert_eq!((key(Six, 2, 40, None).key, key(Five, 0, 80, None).key), ("channel".into(), "channel".into()));
    }
}
