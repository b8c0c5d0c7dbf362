//! What a base station with a codebook of beams and further sensors sees of a vehicle that passes, step by step.

use crate::base::Complex32;
use ndarray::{Array3, Axis};

/// One step: all sensors at one time. A sensor without a measurement is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BeamStep {
    /// Time since the start of the passage, s.
    pub time_s: f64,
    /// Received power of each beam of the codebook, linear, 0 or more.
    pub powers: Option<Vec<f32>>,
    /// Where the vehicle says that it is: metres to the east and to the north of the base station.
    pub position_m: Option<[f64; 2]>,
    /// A frame of the radar `[rx, sample, chirp]`.
    pub radar: Option<Array3<Complex32>>,
    /// Points of the LiDAR (x, y, z in its own frame), m.
    pub lidar: Option<Vec<[f32; 3]>>,
    /// Colours `[row, column, red green blue]`, 0 to 255.
    pub image: Option<Array3<u8>>,
}

/// One passage of a vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct BeamTrack {
    /// The steps in order of time.
    pub steps: Vec<BeamStep>,
    /// Number of beams of the codebook.
    pub beams: usize,
}

/// The sensors, in the order of the columns of a view that says which of them measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BeamSensor {
    /// Powers of the beams.
    Powers,
    /// Position of the vehicle by satellites.
    Gnss,
    /// Radar of the base station.
    Radar,
    /// LiDAR of the base station.
    Lidar,
    /// Camera of the base station.
    Image,
}

impl BeamSensor {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Powers, Self::Gnss, Self::Radar, Self::Lidar, Self::Image];

    /// Its name in files; that of its view.
    pub fn name(self) -> &'static str {
        match self {
            Self::Powers => "powers",
            Self::Gnss => "gnss",
            Self::Radar => "radar",
            Self::Lidar => "lidar",
            Self::Image => "image",
        }
    }
}

impl BeamStep {
    /// Whether a sensor measured.
    pub fn has(&self, sensor: BeamSensor) -> bool {
        match sensor {
            BeamSensor::Powers => self.powers.is_some(),
            BeamSensor::Gnss => self.position_m.is_some(),
            BeamSensor::Radar => self.radar.is_some(),
            BeamSensor::Lidar => self.lidar.is_some(),
            BeamSensor::Image => self.image.is_some(),
        }
    }
}

impl BeamTrack {
    /// From the first step to the last, s.
    pub fn duration_s(&self) -> f64 {
        match (self.steps.first(), self.steps.last()) {
            (Some(first), Some(last)) => last.time_s - first.time_s,
            _ => 0.0,
        }
    }

    /// Whether a sensor measured at any step.
    pub fn has(&self, sensor: BeamSensor) -> bool {
        self.steps.iter().any(|step| step.has(sensor))
    }

    /// What makes it no passage, with the step: time that does not rise, powers of another number of beams or that are none, arrays of
    /// another shape than before. `None` when nothing does.
    pub fn problem(&self) -> Option<String> {
        let back = self.steps.windows(2).position(|w| w[1].time_s <= w[0].time_s || w[1].time_s.is_nan());
        if let Some(i) = back {
            let (before, behind) = (self.steps[i].time_s, self.steps[i + 1].time_s);
            return Some(format!("step {} has {behind:.3} s, the one before it {before:.3} s", i + 1));
        }
        let (mut radar, mut image): (Option<&[usize]>, Option<&[usize]>) = (None, None);
        for (i, step) in self.steps.iter().enumerate() {
            if let Some(powers) = &step.powers {
                if powers.len() != self.beams {
                    return Some(format!("step {i} has powers of {} beams of {}", powers.len(), self.beams));
                }
                if let Some(beam) = powers.iter().position(|p| !(p.is_finite() && *p >= 0.0)) {
                    let beam_1 = beam + 1;
                    return Some(format!(
                        "step {i}: the power of beam {beam_1} is {}; expected 0 or more",
                        powers[beam]
                    ));
                }
            }
            if step.position_m.is_some_and(|at| at.iter().any(|v| !v.is_finite())) {
                return Some(format!("step {i} has a position that is no number"));
            }
            let shapes = [("radar", step.radar.as_ref().map(|a| a.shape()), &mut radar)];
            let others = [("image", step.image.as_ref().map(|a| a.shape()), &mut image)];
            for (what, shape, first) in shapes.into_iter().chain(others) {
                let Some(shape) = shape else { continue };
                if *first.get_or_insert(shape) != shape {
                    return Some(format!("step {i} has {what} of shape {shape:?}, earlier ones {first:?}"));
                }
            }
            if step.image.as_ref().is_some_and(|image| image.len_of(Axis(2)) != 3) {
                return Some(format!("step {i} has an image that is not of three colours"));
            }
        }
        None
    }

    /// Steps `first` to before `first + count`, with a clock from 0.
    pub fn window(&self, first: usize, count: usize) -> Self {
        let mut steps = self.steps[first..first + count].to_vec();
        let start = steps.first().map_or(0.0, |step| step.time_s);
        steps.iter_mut().for_each(|step| step.time_s -= start);
        Self { steps, beams: self.beams }
    }
}
