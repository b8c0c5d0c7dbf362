//! From the features of two sensors to one: batch norm whose scale and offset follow from the scene, and weights that each sensor gives the
//! other (sections 4.4.1 and 5.4).

use super::config::CrossSceneSizes;
use crate::model::activation::relu;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::norm::{BatchMoments, BatchNorm};
use burn::module::{Module, Param};
use burn::tensor::{Tensor, activation};

/// Added to variances, as batch norm does.
const EPSILON: f64 = 1e-5;
/// How far running moments move towards those of a batch, PyTorch's default.
const MOMENTUM: f64 = 0.1;

/// `γ ⊙ (f − μ)/σ + β` with `γ = W_γ c + b_γ` and `β = W_β c + b_β` of a scene vector `c` (conditional batch norm, de Vries et al. 2017);
/// μ and σ of the batch in training, running ones afterwards.
#[derive(Module, Debug)]
pub struct ConditionalNorm {
    /// To γ; 1 at the start.
    pub gamma: Linear,
    /// To β; 0 at the start.
    pub beta: Linear,
    /// Running mean.
    pub running_mean: Param<Tensor<1>>,
    /// Running variance.
    pub running_var: Param<Tensor<1>>,
}

/// What joins the sensors, as far as they are there.
#[derive(Module, Debug)]
pub struct SceneFusion {
    /// The radar's norm where it is alone.
    pub radar_norm: Option<BatchNorm>,
    /// The radar's norm beside WiFi.
    pub modulated: Option<ConditionalNorm>,
    /// The WiFi's norm.
    pub wifi_norm: Option<BatchNorm>,
    /// From WiFi features to the scene vector.
    pub scene: Option<Linear>,
    /// From the scene vector to the weights γ_WiFi and γ_radar.
    pub weights: Option<Linear>,
}

/// A norm's name among the parameters, and the moments of the batch that it saw.
pub(super) type SeenMoments = (&'static str, BatchMoments);

impl ConditionalNorm {
    fn new(init: &Init, scene: usize, width: usize) -> Self {
        let fixed = |value: f32| init.constant([width], value).set_require_grad(false);
        let linear = |name: &str, start: f32| {
            let at = init.at(name);
            Linear { bias: Some(at.constant([width], start)), ..Linear::new(&at, scene, width) }
        };
        Self {
            gamma: linear("gamma", 1.0),
            beta: linear("beta", 0.0),
            running_mean: fixed(0.0),
            running_var: fixed(1.0),
        }
    }

    fn scaled(&self, normal: Tensor<3>, scene: &Tensor<3>) -> Tensor<3> {
        let pass = Pass::inference();
        self.gamma.forward(scene.clone(), &pass) * normal + self.beta.forward(scene.clone(), &pass)
    }

    fn forward(&self, x: Tensor<3>, scene: &Tensor<3>) -> Tensor<3> {
        let along = |p: &Param<Tensor<1>>| -> Tensor<3> { p.val().unsqueeze() };
        let normal = (x - along(&self.running_mean)) / along(&self.running_var).add_scalar(EPSILON).sqrt();
        self.scaled(normal, scene)
    }

    fn forward_training(&self, x: Tensor<3>, scene: &Tensor<3>) -> (Tensor<3>, BatchMoments) {
        let rows = x.dims()[0];
        let mean = x.clone().mean_dim(0);
        let centred = x - mean.clone();
        let variance = centred.clone().square().mean_dim(0);
        let flat = |x: &Tensor<3>| -> Tensor<1> { x.clone().detach().set_require_grad(false).flatten(0, 2) };
        let moments = BatchMoments {
            mean: flat(&mean),
            variance: flat(&variance).mul_scalar(rows as f64 / (rows.max(2) - 1) as f64),
        };
        (self.scaled(centred / variance.add_scalar(EPSILON).sqrt(), scene), moments)
    }
}

impl SceneFusion {
    pub(super) fn new(init: &Init, sizes: &CrossSceneSizes, (radar, wifi): (bool, bool)) -> Self {
        let (width, both) = (sizes.width, radar && wifi);
        let norm = |name: &str| BatchNorm::new(&init.at(name), width);
        Self {
            radar_norm: (radar && !wifi).then(|| norm("radar_norm")),
            modulated: both.then(|| ConditionalNorm::new(&init.at("modulated"), sizes.scene, width)),
            wifi_norm: wifi.then(|| norm("wifi_norm")),
            scene: both.then(|| Linear::new(&init.at("scene"), width, sizes.scene)),
            weights: both.then(|| Linear::new(&init.at("weights"), sizes.scene, 2)),
        }
    }

    /// The features of both together, or of the one that is there; by the moments of the batch where `training`, and these.
    ///
    /// # Shapes
    /// Each `[sample, 1, width]` to the same.
    pub(super) fn forward(
        &self,
        radar: Option<Tensor<3>>,
        wifi: Option<Tensor<3>>,
        training: bool,
    ) -> Option<(Tensor<3>, Vec<SeenMoments>)> {
        let mut seen = Vec::new();
        let mut plain = |name: &'static str, norm: &BatchNorm, x: Tensor<3>| -> Tensor<3> {
            let flat: Tensor<2> = x.squeeze_dim(1);
            if !training {
                return norm.forward(flat).unsqueeze_dim(1);
            }
            let (y, moments) = norm.forward_training(flat);
            seen.push((name, moments));
            y.unsqueeze_dim(1)
        };
        let scene = wifi.clone().zip(self.scene.as_ref()).map(|(x, layer)| relu(layer.forward(x, &Pass::inference())));
        let wifi = wifi.zip(self.wifi_norm.as_ref()).map(|(x, norm)| plain("fusion.wifi_norm", norm, x));
        let fused = match (radar, wifi, scene, &self.modulated, &self.weights) {
            (Some(radar), Some(wifi), Some(scene), Some(modulated), Some(weights)) => {
                let radar = match training {
                    false => modulated.forward(radar, &scene),
                    true => {
                        let (radar, moments) = modulated.forward_training(radar, &scene);
                        seen.push(("fusion.modulated", moments));
                        radar
                    }
                };
                let weights = activation::softmax(weights.forward(scene, &Pass::inference()), 2);
                let rows = weights.dims()[0];
                let weight = |i: usize| weights.clone().slice([0..rows, 0..1, i..i + 1]);
                weight(0) * radar + weight(1) * wifi
            }
            (None, Some(wifi), ..) => wifi,
            (Some(radar), None, ..) => plain("fusion.radar_norm", self.radar_norm.as_ref()?, radar),
            _ => return None,
        };
        Some((fused, seen))
    }

    /// The running moments of a norm, by its name.
    fn running(&self, name: &str) -> Option<(&Param<Tensor<1>>, &Param<Tensor<1>>)> {
        match name {
            "fusion.wifi_norm" => self.wifi_norm.as_ref().map(|n| (&n.running_mean, &n.running_var)),
            "fusion.radar_norm" => self.radar_norm.as_ref().map(|n| (&n.running_mean, &n.running_var)),
            "fusion.modulated" => self.modulated.as_ref().map(|n| (&n.running_mean, &n.running_var)),
            _ => None,
        }
    }

    /// Running moments moved towards those of a batch, by the names of the parameters.
    pub(super) fn moved(&self, name: &str, to: [Vec<f32>; 2]) -> Vec<(String, Vec<f32>)> {
        let Some((mean, variance)) = self.running(name) else { return Vec::new() };
        let moved = |(old, (part, to)): (&Param<Tensor<1>>, (&str, Vec<f32>))| {
            let old = old.val().into_data().try_into_vec::<f32>().unwrap_or_default();
            let step = |(old, to): (&f32, f32)| old + (to - old) * MOMENTUM as f32;
            (format!("{name}.{part}"), old.iter().zip(to).map(step).collect())
        };
        let [first, second] = to;
        [(mean, ("running_mean", first)), (variance, ("running_var", second))].into_iter().map(moved).collect()
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        if let Some(norm) = &mut self.modulated {
            act(&format!("{name}.modulated.gamma"), &mut norm.gamma);
            act(&format!("{name}.modulated.beta"), &mut norm.beta);
        }
        for (part, layer) in [("scene", &mut self.scene), ("weights", &mut self.weights)] {
            if let Some(layer) = layer {
                act(&format!("{name}.{part}"), layer);
            }
        }
    }
}
