//! How far a simulated case is from its golden signal.

use super::case::{ReferenceCase, Reflector};
use super::error::ReferenceError;
use crate::geometry::MovingMesh;
use crate::propagation::FacetRule;
use crate::sensor::RadarPose;
use crate::sim::job::Job;
use crate::sim::settings::HiddenPointSettings;
use crate::sim::simulator::SimulatedExactly;
use crate::sim::{Calibration, Engine, Sampling, SimError, SimSettings, Simulator, Visibility};
use ndarray::{ArrayView2, Zip};
use serde::{Deserialize, Serialize};

/// Tolerance of the facet integral in golden cases: far below what is asked of an engine.
const INTEGRAL_TOLERANCE: f64 = 1e-9;

/// Result of one case with one engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseResult {
    /// Name of the case.
    pub name: String,
    /// The engine.
    pub engine: Engine,
    /// Facet rule that the case asks for.
    pub facet_rule: FacetRule,
    /// `norm(got - want) / norm(want)` over the whole cube, with the stored mask where there is one.
    pub relative_rms_error: f64,
    /// Share of all faces (over all frames) whose visibility differs from the stored mask; `None` without a mask to compare.
    pub mask_difference_share: Option<f64>,
    /// Patches that were summed up, largest frame.
    pub patches: u64,
    /// Time for the signal, s.
    pub seconds: f64,
}

impl ReferenceCase {
    /// Settings that the golden signals are made by.
    pub fn settings(&self, engine: Engine) -> SimSettings {
        let hidden = self.hpr_radius_factor;
        SimSettings {
            engine,
            facet_rule: self.rule,
            // The golden signals are the published equation.
            obliquity: false,
            curvature: false,
            weakest_lobe: 0.0,
            integral_tolerance: INTEGRAL_TOLERANCE,
            sweep_tolerance: INTEGRAL_TOLERANCE,
            bundle_tolerance: 0.0,
            sigma_rad: self.sigma_rad,
            visibility: if hidden.is_some() { Visibility::HiddenPoint } else { Visibility::All },
            hidden_point: HiddenPointSettings {
                radius_factor: hidden.unwrap_or(HiddenPointSettings::default().radius_factor),
                cull_backfaces: self.cull_backfaces,
                cull_first: false,
            },
            sampling: Sampling::EveryChirp,
            residual_video_phase: self.rvp,
            intra_chirp: self.intra_chirp,
            drop_behind: false,
            drop_beyond_range: false,
            calibration: Calibration::Unit,
            ..SimSettings::default()
        }
    }

    /// Simulates the case.
    pub fn simulate(
        &self,
        settings: SimSettings,
        mask: Option<ArrayView2<bool>>,
    ) -> Result<SimulatedExactly, SimError> {
        let simulator = Simulator::new(self.radar.clone(), RadarPose::default(), settings)?;
        let n_frames = self.want.dim().0;
        match &self.reflector {
            Reflector::Points(points) => simulator.run_exactly(&Job { points, n_frames, ..Job::default() }),
            Reflector::Mesh(mesh) => {
                let meshes: [&dyn MovingMesh; 1] = [mesh];
                simulator.run_exactly(&Job { meshes: &meshes, n_frames, mask, ..Job::default() })
            }
        }
    }

    /// Relative rms error of a cube against the golden signal.
    pub fn error_of(&self, got: &SimulatedExactly) -> f64 {
        let (mut difference, mut size) = (0.0, 0.0);
        Zip::from(&got.data).and(&self.want).for_each(|g, w| {
            difference += (g - w).norm_sqr();
            size += w.norm_sqr();
        });
        (difference / size).sqrt()
    }
}

/// Simulates a case with `engine` and compares signal and masks, apart from each other.
pub fn compare(case: &ReferenceCase, engine: Engine) -> Result<CaseResult, ReferenceError> {
    compare_with(case, case.settings(engine))
}

/// The same with settings that differ from the case's ([`ReferenceCase::settings`]).
pub fn compare_with(case: &ReferenceCase, settings: SimSettings) -> Result<CaseResult, ReferenceError> {
    let fail = |source| ReferenceError::Simulation { path: case.path.clone(), source };
    let begin = std::time::Instant::now();
    let got = case.simulate(settings, case.visible.as_ref().map(|m| m.view())).map_err(fail)?;
    let seconds = begin.elapsed().as_secs_f64();
    let mask_difference_share = match (&case.visible, &case.reflector) {
        (Some(stored), Reflector::Mesh(mesh)) => {
            let own = masks(case, mesh, settings).map_err(fail)?;
            let different = Zip::from(&own).and(stored).fold(0_usize, |n, a, b| n + usize::from(a != b));
            Some(different as f64 / stored.len().max(1) as f64)
        }
        _ => None,
    };
    Ok(CaseResult {
        name: case.name.clone(),
        engine: settings.engine,
        facet_rule: case.rule,
        relative_rms_error: case.error_of(&got),
        mask_difference_share,
        patches: got.report.patches.max,
        seconds,
    })
}

/// The visibility that the simulator itself finds in every frame.
fn masks(
    case: &ReferenceCase,
    mesh: &dyn MovingMesh,
    settings: SimSettings,
) -> Result<ndarray::Array2<bool>, SimError> {
    let simulator = Simulator::new(case.radar.clone(), RadarPose::default(), settings)?;
    simulator.masks(&Job { meshes: &[mesh], n_frames: case.want.dim().0, ..Job::default() })
}
