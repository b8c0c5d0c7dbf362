//! Which value of a line of an ESP32 is which subcarrier: by training field, bandwidth and secondary channel (Espressif, ESP-IDF
//! programming guide, "Wi-Fi channel state information").

use super::super::grids::symmetric;

/// Where the second half of a 40 MHz channel lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Secondary {
    None,
    Above,
    Below,
}

/// What kind of packet a line is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// Whether it is 802.11n; else there is no HT field.
    pub(super) ht: bool,
    /// Whether it is 40 MHz wide.
    pub(super) wide: bool,
    /// Whether it is space-time coded: a second HT field follows.
    pub(super) stbc: bool,
    pub(super) secondary: Secondary,
}

/// The training field that is read of a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TrainingField {
    pub(super) name: &'static str,
    /// Pairs (subcarrier, place of its two values), by rising subcarrier.
    pub(super) places: Vec<(i32, usize)>,
    /// Width, MHz.
    pub(super) mhz: u32,
}

/// Pairs of the legacy field.
const LEGACY_PAIRS: i32 = 64;

impl Form {
    /// Numbers of a whole line.
    pub(super) fn values(self) -> usize {
        let ht = self.ht_indices().len();
        let fields = if self.ht { 1 + usize::from(self.stbc) } else { 0 };
        2 * (LEGACY_PAIRS as usize + fields * ht)
    }

    /// Centre of the 20 MHz channel within a 40 MHz one.
    fn middle(self) -> i32 {
        match self.secondary {
            Secondary::None => 0,
            Secondary::Above => -32,
            Secondary::Below => 32,
        }
    }

    fn legacy_indices(self) -> Vec<i32> {
        match self.secondary {
            Secondary::None => (0..32).chain(-32..0).collect(),
            Secondary::Above => (-64..0).collect(),
            Secondary::Below => (0..64).collect(),
        }
    }

    fn ht_indices(self) -> Vec<i32> {
        match (self.wide, self.stbc, self.secondary) {
            (true, false, _) => (0..64).chain(-64..0).collect(),
            (true, true, _) => (0..=60).chain(-60..0).collect(),
            (false, _, Secondary::None) => (0..32).chain(-32..0).collect(),
            (false, false, Secondary::Above) => (-64..0).collect(),
            (false, false, Secondary::Below) => (0..64).collect(),
            (false, true, Secondary::Above) => (-62..0).collect(),
            (false, true, Secondary::Below) => (0..=62).collect(),
        }
    }

    /// The field that a line of so many numbers is read by: that of 802.11n where it is there, else the legacy one. `None` where a
    /// packet of this form has neither.
    pub(super) fn field(self, values: usize) -> Option<TrainingField> {
        let whole = values == self.values();
        let (name, indices, first, carried, mhz) = if whole && self.ht {
            let carried =
                if self.wide { symmetric(2, 58) } else { symmetric(1, 28).iter().map(|k| k + self.middle()).collect() };
            ("HT-LTF", self.ht_indices(), LEGACY_PAIRS as usize, carried, if self.wide { 40 } else { 20 })
        } else if values == 2 * LEGACY_PAIRS as usize {
            // Tools may be told to write the legacy field alone.
            let carried = symmetric(1, 26).iter().map(|k| k + self.middle()).collect();
            ("LLTF", self.legacy_indices(), 0, carried, 20)
        } else {
            return None;
        };
        // The chip spoils the first four bytes: two subcarriers.
        let place = |k: &i32| indices.iter().position(|i| i == k).map(|p| first + p).filter(|p| *p >= 2);
        let places = carried.iter().filter_map(|k| Some((*k, 2 * place(k)?))).collect();
        Some(TrainingField { name, places, mhz })
    }

    pub(super) fn told(self) -> String {
        let width = if self.wide { 40 } else { 20 };
        let kind = if self.ht { "HT" } else { "legacy" };
        let coded = if self.stbc { ", STBC" } else { "" };
        let second = match self.secondary {
            Secondary::None => "",
            Secondary::Above => ", secondary channel above",
            Secondary::Below => ", secondary channel below",
        };
        format!("{kind} {width} MHz{coded}{second}")
    }
}

/// The form of a bare row of numbers: by its length, and by which of the legacy field's pairs are zero beside the channel.
pub(super) fn guess(values: &[i16]) -> Option<Form> {
    let empty = |pairs: std::ops::Range<usize>| {
        values.get(2 * pairs.start..2 * pairs.end).is_some_and(|v| v.iter().all(|x| *x == 0))
    };
    // |k| > 26 around the centre.
    let secondary = if empty(27..37) {
        Secondary::None
    } else if empty(2..5) && empty(60..64) {
        // Both 0..64 and −64..0 are empty at their ends: they differ in nothing that a row without a header tells.
        return forms(Secondary::Above).chain(forms(Secondary::Below)).find(|f| f.values() == values.len());
    } else {
        return None;
    };
    forms(secondary).find(|form| form.values() == values.len())
}

fn forms(secondary: Secondary) -> impl Iterator<Item = Form> {
    let kinds =
        [(false, false, false), (true, false, false), (true, false, true), (true, true, false), (true, true, true)];
    kinds
        .into_iter()
        .filter(move |(_, wide, _)| !wide || secondary != Secondary::None)
        .map(move |(ht, wide, stbc)| Form { ht, wide, stbc, secondary })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_long_as_the_guide_says() {
        let form = |ht, wide, stbc, secondary| Form { ht, wide, stbc, secondary }.values();
        use Secondary::{Above, Below, None};
        assert_eq!(
            [form(false, false, false, None), form(true, false, false, None), form(true, false, true, None)],
            [128, 256, 384]
        );
        assert_eq!([form(true, false, true, Above), form(true, false, true, Below)], [376, 380]);
        assert_eq!([form(true, true, false, Above), form(true, true, true, Below)], [384, 612]);
    }

    #[test]
    fn the_first_two_subcarriers_are_spoilt() {
        let form = Form { ht: false, wide: false, stbc: false, secondary: Secondary::None };
        let field = form.field(128).unwrap();
        assert_eq!((field.places.len(), field.places[0], field.places[50]), (51, (-26, 76), (26, 52)));
        let ht = Form { ht: true, ..form }.field(256).unwrap();
        assert_eq!((ht.places.len(), ht.places[0]), (56, (-28, 2 * (64 + 36))));
        assert!(Form { ht: true, ..form }.field(250).is_none());
    }
}
