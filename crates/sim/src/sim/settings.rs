//! How a simulation is done, apart from the radar and the scene.

use super::engine::Engine;
use crate::base::yaml::Problem;
use crate::channel::ChannelSettings;
use crate::kernels::Width;
use crate::propagation::FacetRule;
use crate::propagation::curved::BendRule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How facets that are hidden are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Every facet reflects, hidden or not.
    All,
    /// Hidden point removal (Katz, Tal, Basri 2007) with the settings `hidden_point`. It knows the centres of faces only; faces above
    /// 25 cm², as boxes have, therefore hide what is behind them by rays. As published, and beside rays three hundredths of the area
    /// off.
    HiddenPoint,
    /// A ray to the centre of every facet that faces the radar.
    #[default]
    Raycast,
}

/// Settings of hidden point removal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HiddenPointSettings {
    /// Radius of the spherical flip as a multiple of the largest distance; 1..1e6.
    pub radius_factor: f64,
    /// Whether facets that turn their back to the radar are hidden; holds for ray casting as well.
    pub cull_backfaces: bool,
    /// Whether those facets are left out of the search as well ([`crate::visibility::HiddenPoint::cull_first`]), which saves three
    /// tenths of its time. Only done where every mesh is a body whose surface is closed and faces outwards, and the radar is outside of
    /// it: there, what backs hide is hidden by fronts as well. The back of an open sheet hides what is behind it.
    pub cull_first: bool,
}

impl Default for HiddenPointSettings {
    fn default() -> Self {
        Self { radius_factor: 1000.0, cull_backfaces: true, cull_first: true }
    }
}

/// At which times the scene itself is asked for its vertices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// At every chirp (and every sample with `intra_chirp`): exact, and slow where a vertex is costly.
    EveryChirp,
    /// At `sampling_nodes` Chebyshev nodes over the active part of each frame, a polynomial per vertex in between.
    ///
    /// For n nodes and an active part of length T the error of a coordinate x(t) is at most
    /// `max|x⁽ⁿ⁾| / (2ⁿ⁻¹ n!) · (T/2)ⁿ`: with T = 27.6 ms and n = 6 below 0.1 µm for a limb swinging with 0.3 m at 3 Hz. Where
    /// the acceleration jumps by a (a keyframe of a C¹ motion) it is about `a T² / 8n²`: 26 µm for 10 m/s². The default of four
    /// nodes is a cubic over the frame: 2e-5 of the signal of that limb, and smooth enough for the fast engine to follow.
    /// Things with a `motion` of their own are asked at every chirp all the same: a blade may turn round several times in a frame.
    #[default]
    Chebyshev,
}

/// Unit of the samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// √W at the receiver's input ([`crate::propagation::budget`]).
    #[default]
    RootWatt,
    /// The sum of the bare facet amplitudes, as in the golden references.
    Unit,
}

/// How a simulation is done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SimSettings {
    /// What computes the signal.
    pub engine: Engine,
    /// What a facet reflects.
    pub facet_rule: FacetRule,
    /// Whether the integral over a facet has the projection cosine of physical optics, ½ |n·(incoming + outgoing)|: half the sum of the cosines
    /// of incidence and departure (Kirchhoff's integral; e.g. Ulaby, Moore and Fung 1982, section 12-4). Without it, as published, paths by way
    /// of walls come out too strong by 1/cos of half the bistatic angle.
    pub obliquity: bool,
    /// Whether facets stand for pieces of a smooth surface, with the normals of their corners ([`crate::propagation::curved`]), over all but the
    /// creases of a mesh. Without it they are flat, as published: a body bends by several wavelengths of path within one.
    pub curvature: bool,
    /// Phase by which the surface may stand off the flat pieces that facets are cut into, rad, 0.001..100; a third of it with
    /// `fade_visibility`.
    pub curvature_tolerance_rad: f64,
    /// Facets whose specular lobe stays below this share are left out, 0..0.5; 0 for none. By the default, what is lost of each is 20 dB below
    /// what it would send if it mirrored into the receiver; on smooth surfaces such facets cancel each other (without it a walk's
    /// spectrogram changes by less than 0.1 dB rms).
    pub weakest_lobe: f64,
    /// Admissible error of a facet's integral by the curvature of the waves, relative to its coherent sum, 1e-10..1. Facets
    /// are split to meet it ([`crate::propagation::split`]).
    pub integral_tolerance: f64,
    /// Admissible error of a facet's integral by taking its mean phasor from the middle of the sweep, relative to its coherent
    /// sum, 1e-10..1. By the default, facets of a body stay whole and large plates are cut to a fraction of a range bin.
    pub sweep_tolerance: f64,
    /// What the fast engine may miss by summing up echoes that travel alike before the sweep, relative to the root of their summed
    /// squares, 0..0.1; a thirtieth of it with `fade_visibility`. 0 follows every patch by itself, within 1e-5 of the exact engine, which never bundles.
    pub bundle_tolerance: f64,
    /// Width of the specular lobe, rad, 0..10; 0 reflects alike in all directions.
    pub sigma_rad: f64,
    /// How hidden facets are found.
    pub visibility: Visibility,
    /// Settings of hidden point removal.
    pub hidden_point: HiddenPointSettings,
    /// Whether facets fade in and out between the starts of two frames instead of coming and going at once.
    /// Without it every frame begins with a jump, which a body that stands still shows as lines at the frame rate in its Doppler.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fade_visibility: bool,
    /// When the scene is asked for its vertices.
    pub sampling: Sampling,
    /// Nodes of Chebyshev sampling, 2..64.
    pub sampling_nodes: usize,
    /// Whether the residual video phase `-½ S τ²` is part of the signal.
    pub residual_video_phase: bool,
    /// Whether targets move during a ramp; much slower, since the geometry is then evaluated for every sample.
    pub intra_chirp: bool,
    /// Whether targets behind the antenna plane are left out (patch antennas do not radiate there).
    pub drop_behind: bool,
    /// Whether targets beyond the unambiguous range are left out (the IF filter removes them); otherwise they alias.
    pub drop_beyond_range: bool,
    /// How finely channels of WiFi links and RFID readers are computed.
    #[serde(skip_serializing_if = "ChannelSettings::is_default")]
    pub channel: ChannelSettings,
    /// Unit of the samples.
    pub calibration: Calibration,
    /// Vector instructions of the fast engine: the machine's, so that files neither say nor keep it. For tests and benchmarks of the
    /// narrow ones; what this processor lacks is not used.
    #[serde(skip)]
    pub width: Width,
}

impl Default for SimSettings {
    fn default() -> Self {
        Self {
            engine: Engine::default(),
            facet_rule: FacetRule::default(),
            obliquity: true,
            curvature: true,
            curvature_tolerance_rad: 0.2,
            weakest_lobe: 0.1,
            integral_tolerance: 0.02,
            sweep_tolerance: 0.5,
            bundle_tolerance: 0.003,
            sigma_rad: 0.3,
            visibility: Visibility::default(),
            hidden_point: HiddenPointSettings::default(),
            fade_visibility: false,
            sampling: Sampling::default(),
            sampling_nodes: 4,
            residual_video_phase: true,
            intra_chirp: false,
            drop_behind: true,
            drop_beyond_range: true,
            channel: ChannelSettings::default(),
            calibration: Calibration::default(),
            width: Width::default(),
        }
    }
}

impl SimSettings {
    /// Whether facets are bent.
    pub(super) fn bends(&self) -> bool {
        self.curvature && self.facet_rule == FacetRule::Integral
    }

    /// What bundles may miss. They are made anew for each frame. Where facets fade from frame to frame, that must not show as steps at the
    /// frame rate.
    pub(super) fn bundles(&self) -> f64 {
        if self.fade_visibility { self.bundle_tolerance / 30.0 } else { self.bundle_tolerance }
    }

    /// How facets are bent.
    pub(super) fn bend_rule(&self, wave_number: f64) -> BendRule {
        // Facets are cut anew at the start of each frame. Where they fade from frame to frame, that must not show as steps at the frame rate.
        let share = if self.fade_visibility { 1.0 / 3.0 } else { 1.0 };
        BendRule {
            wave_number,
            tolerance_rad: share * self.curvature_tolerance_rad,
            sigma_rad: self.sigma_rad,
            weakest_lobe: self.weakest_lobe,
        }
    }

    /// Every value outside its admissible range.
    pub fn problems(&self) -> Vec<Problem> {
        let mut out = Vec::new();
        let mut within = |key: &str, value: f64, low: f64, high: f64| {
            // Written so that NaN fails as well.
            if !(value >= low && value <= high) {
                out.push(Problem::new(key, format!("{value} given, must be {} to {}", plain(low), plain(high))));
            }
        };
        within("curvature_tolerance_rad", self.curvature_tolerance_rad, 1e-3, 100.0);
        within("weakest_lobe", self.weakest_lobe, 0.0, 0.5);
        within("integral_tolerance", self.integral_tolerance, 1e-10, 1.0);
        within("sweep_tolerance", self.sweep_tolerance, 1e-10, 1.0);
        within("bundle_tolerance", self.bundle_tolerance, 0.0, 0.1);
        within("sigma_rad", self.sigma_rad, 0.0, 10.0);
        within("hidden_point.radius_factor", self.hidden_point.radius_factor, 1.0, 1e6);
        within("sampling_nodes", self.sampling_nodes as f64, 2.0, 64.0);
        out.extend(self.channel.problems().into_iter().map(|p| p.under("channel")));
        out
    }
}

/// A limit as people write it.
fn plain(limit: f64) -> String {
    if limit == 0.0 || (1e-3..1e6).contains(&limit) { limit.to_string() } else { format!("{limit:e}") }
}
