//! What steps work on.

use crate::base::Complex32;
use crate::dsp::DspError;
use crate::signal::{Csi, Strength};
use ndarray::{Array3, ArrayViewMut1, Axis};
use rayon::prelude::*;

/// What the numbers of [`Streams`] are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Complex samples.
    Samples,
    /// Real numbers: amplitudes.
    Amplitudes,
    /// Real numbers: phases over time, rad.
    Phases,
    /// Real numbers: what phases or amplitudes change by from subcarrier to subcarrier.
    Gradients,
}

impl Holds {
    /// Name and unit, as views have them.
    pub fn quantity(self) -> (&'static str, &'static str) {
        match self {
            Self::Samples => ("csi", "1"),
            Self::Amplitudes => ("amplitude", "1"),
            Self::Phases => ("phase", "rad"),
            Self::Gradients => ("gradient", "1/subcarrier"),
        }
    }

    /// Whether the numbers are real.
    pub fn is_real(self) -> bool {
        self != Self::Samples
    }
}

/// Samples of a window between the steps of a chain.
#[derive(Clone, Debug)]
pub struct Streams {
    /// `data[packet, subcarrier, link]`; real numbers have no imaginary part.
    pub data: Array3<Complex32>,
    /// When each packet came, s.
    pub time_s: Vec<f64>,
    /// Index of each subcarrier; of principal components their number.
    pub subcarriers: Vec<i32>,
    /// Receive and transmit antenna of each link.
    pub links: Vec<(usize, usize)>,
    /// What the numbers are.
    pub holds: Holds,
    /// Strength of each packet; empty where it is not known.
    pub strength: Vec<Strength>,
    /// From subcarrier to subcarrier, Hz.
    pub spacing_hz: f64,
}

impl Streams {
    /// The samples of a window.
    pub fn of(csi: &Csi) -> Result<Self, DspError> {
        if let Some(reason) = csi.problem() {
            return Err(DspError::Csi { reason });
        }
        let (packets, subcarriers, rx, tx) = csi.data.dim();
        let links = (0..rx).flat_map(|r| (0..tx).map(move |t| (r, t))).collect();
        let data = csi.data.as_standard_layout().into_owned().into_shape_with_order((packets, subcarriers, rx * tx));
        Ok(Self {
            data: data.map_err(|e| DspError::Csi { reason: e.to_string() })?,
            time_s: csi.time_s.clone(),
            subcarriers: csi.info.subcarriers.clone(),
            links,
            holds: if csi.info.phase { Holds::Samples } else { Holds::Amplitudes },
            strength: csi.strength.clone(),
            spacing_hz: csi.info.spacing_hz,
        })
    }

    /// Number of packets.
    pub fn packets(&self) -> usize {
        self.time_s.len()
    }

    /// Refuses what holds no phases.
    pub(super) fn need_samples(&self, step: &str) -> Result<(), DspError> {
        if self.holds == Holds::Samples {
            return Ok(());
        }
        let (found, _) = self.holds.quantity();
        Err(DspError::Csi { reason: format!("step {step} needs complex samples, but there are {found}s") })
    }

    /// Changes every series over time, in parallel.
    pub(super) fn each_series(&mut self, change: impl Fn(ArrayViewMut1<'_, Complex32>) + Sync) {
        self.data.axis_iter_mut(Axis(1)).collect::<Vec<_>>().into_par_iter().for_each(|mut of_subcarrier| {
            of_subcarrier.axis_iter_mut(Axis(1)).for_each(&change);
        });
    }

    /// Changes both parts of every series over time; of real numbers the one that there is.
    pub(super) fn each_part(&mut self, change: impl Fn(&mut [f64]) + Sync) {
        let real = self.holds.is_real();
        self.each_series(|mut series| {
            let mut re: Vec<f64> = series.iter().map(|z| f64::from(z.re)).collect();
            let mut im: Vec<f64> = series.iter().map(|z| f64::from(z.im)).collect();
            change(&mut re);
            if !real {
                change(&mut im);
            }
            for ((z, re), im) in series.iter_mut().zip(re).zip(im) {
                *z = Complex32::new(re as f32, im as f32);
            }
        });
    }

    /// Real numbers in place of the samples.
    pub(super) fn into_real(mut self, holds: Holds, of: impl Fn(Complex32) -> f32) -> Self {
        self.data.mapv_inplace(|z| Complex32::new(of(z), 0.0));
        self.holds = holds;
        self
    }
}
