//! What happened in a simulation: counts of everything that was left out or bent.

use crate::sensor::receiver::adc::AdcReport;
use serde::{Deserialize, Serialize};

/// Smallest, mean and largest value over the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Smallest.
    pub min: u64,
    /// Mean.
    pub mean: f64,
    /// Largest.
    pub max: u64,
}

impl Spread {
    /// Of some numbers; zeros when there are none.
    pub fn of(values: impl Iterator<Item = u64> + Clone) -> Self {
        let count = values.clone().count().max(1);
        Self {
            min: values.clone().min().unwrap_or(0),
            mean: values.clone().sum::<u64>() as f64 / count as f64,
            max: values.max().unwrap_or(0),
        }
    }

    fn is_zero(&self) -> bool {
        self.max == 0
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Counts of one frame. A facet that falls under several of the reasons to be left out is counted under the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameCounts {
    /// Facets and points that reflect.
    pub reflecting: u64,
    /// Patches that the engine summed up.
    pub patches: u64,
    /// Facets and reflectors hidden by others or turned away.
    pub hidden: u64,
    /// Visible facets whose specular lobe hardly reaches the receiver; left out.
    pub faint: u64,
    /// Places that scatter.
    pub scattering: u64,
    /// Facets without area; never reflect.
    pub degenerate: u64,
    /// Visible facets and points behind the antenna plane.
    pub behind: u64,
    /// Visible facets and points beyond the unambiguous range.
    pub beyond_range: u64,
    /// Visible facets and points within a centimetre of an antenna; never reflect.
    pub too_near: u64,
    /// Facets that the caps on splitting kept from their tolerance.
    pub unresolved: u64,
    /// Facets and points behind a wall of the room; never reflect.
    pub outside_room: u64,
    /// Facets whose visibility changes before the next frame and that fade meanwhile.
    pub fading: u64,
    /// Ways over the walls, there and back, by which something is seen.
    pub wall_paths: u64,
    /// Of these, ways left out because all they bring is 80 dB below the straight one.
    pub weak_wall_paths: u64,
    /// Echoes of the walls themselves.
    pub wall_echoes: u64,
}

/// What happened in a simulation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimReport {
    /// Frames simulated.
    pub frames: u64,
    /// Facets of all meshes together.
    pub facets: u64,
    /// Point targets and reflectors.
    pub points: u64,
    /// Frames in which nothing reflects: noise only.
    pub empty_frames: u64,
    /// Facets and points that reflect, per frame.
    pub reflecting: Spread,
    /// Patches that were summed up, per frame.
    pub patches: Spread,
    /// Facets and reflectors hidden by others or turned away, per frame.
    pub hidden: Spread,
    /// Visible facets whose specular lobe hardly reaches the receiver, per frame; left out.
    #[serde(default, skip_serializing_if = "Spread::is_zero")]
    pub faint: Spread,
    /// Places that scatter, per frame.
    #[serde(default, skip_serializing_if = "Spread::is_zero")]
    pub scattering: Spread,
    /// Facets without area, summed over the frames; left out.
    pub degenerate: u64,
    /// Visible facets and points behind the antenna plane, summed over the frames.
    pub behind: u64,
    /// Whether those were left out.
    pub behind_dropped: bool,
    /// Visible facets and points beyond the unambiguous range, summed over the frames.
    pub beyond_range: u64,
    /// Whether those were left out; otherwise they are aliased in the cube.
    pub beyond_range_dropped: bool,
    /// Visible facets and points within a centimetre of an antenna, summed over the frames; left out.
    pub too_near: u64,
    /// Facets whose integral misses the tolerance, summed over the frames.
    pub unresolved: u64,
    /// Facets and points behind a wall of the room, summed over the frames; left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub outside_room: u64,
    /// Facets that fade in or out, per frame.
    #[serde(default, skip_serializing_if = "Spread::is_zero")]
    pub fading: Spread,
    /// Ways over the walls, there and back, by which something is seen, summed over the frames.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wall_paths: u64,
    /// Of these, ways left out because all they bring is 80 dB below the straight one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weak_wall_paths: u64,
    /// Echoes of the walls themselves, summed over the frames.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wall_echoes: u64,
    /// Power of the added thermal noise per sample, W (or in units of the amplitude squared); 0 without noise.
    pub noise_power: f64,
    /// What the converter did, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adc: Option<AdcReport>,
}

impl SimReport {
    /// Where that is which reflects nothing, in words.
    pub fn lost(&self) -> String {
        let causes = [
            (self.beyond_range, "beyond the unambiguous range of the radar"),
            (self.behind, "behind the antennas"),
            (self.outside_room, "behind a wall of the room"),
            (self.too_near, "within a centimetre of an antenna"),
        ];
        let lost: Vec<&str> = causes.iter().filter(|(count, _)| *count > 0).map(|(_, place)| *place).collect();
        if lost.is_empty() { "hidden or turned away".to_owned() } else { lost.join(" or ") }
    }

    /// Sums up the frames.
    pub fn of_frames(frames: &[FrameCounts]) -> Self {
        let total = |f: fn(&FrameCounts) -> u64| frames.iter().map(f).sum();
        Self {
            frames: frames.len() as u64,
            empty_frames: frames.iter().filter(|c| c.reflecting == 0).count() as u64,
            reflecting: Spread::of(frames.iter().map(|c| c.reflecting)),
            patches: Spread::of(frames.iter().map(|c| c.patches)),
            hidden: Spread::of(frames.iter().map(|c| c.hidden)),
            faint: Spread::of(frames.iter().map(|c| c.faint)),
            scattering: Spread::of(frames.iter().map(|c| c.scattering)),
            degenerate: total(|c| c.degenerate),
            behind: total(|c| c.behind),
            beyond_range: total(|c| c.beyond_range),
            too_near: total(|c| c.too_near),
            unresolved: total(|c| c.unresolved),
            outside_room: total(|c| c.outside_room),
            fading: Spread::of(frames.iter().map(|c| c.fading)),
            wall_paths: total(|c| c.wall_paths),
            weak_wall_paths: total(|c| c.weak_wall_paths),
            wall_echoes: total(|c| c.wall_echoes),
            ..Self::default()
        }
    }
}
