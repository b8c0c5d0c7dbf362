//! Which sensors a sample shows at which step.

use super::config::BeamConfig;
use super::modality::BeamModality;
use crate::model::interface::{Batch, View};
use crate::model::linear::Pass;
use burn::tensor::{Tensor, TensorData};
use rand::RngExt;

/// 1 where a sensor is seen, 0 where it is not: not measured, or hidden in training.
///
/// # Shapes
/// By sensor of the settings `[sample, step, 1]`.
pub(super) fn available(config: &BeamConfig, batch: &Batch, pass: &Pass) -> Option<Vec<Tensor<3>>> {
    let [table, views @ ..] = &batch.views[..] else { return None };
    let (samples, steps, columns) = (table.present.len(), config.steps, BeamModality::ALL.len());
    let said: Vec<f32> = table.values.clone().into_data().try_into_vec().ok()?;
    let shown: Vec<Vec<bool>> = (0..samples).map(|row| shown(config, views, row, pass)).collect();
    let device = table.values.device();
    let sensor = |m: usize| {
        let column = config.modalities[m].sensor as usize;
        let mut values = Vec::with_capacity(samples * steps);
        for row in 0..samples {
            for step in 0..steps {
                // Without a table whatever is there was measured at every step.
                let measured = !table.present[row] || said[(row * steps + step) * columns + column] > 0.5;
                values.push(if measured && shown[row][m] { 1.0_f32 } else { 0.0 });
            }
        }
        Tensor::from_data(TensorData::new(values, [samples, steps, 1]), &device)
    };
    Some((0..config.modalities.len()).map(sensor).collect())
}

/// The sensors that a sample shows: all that it has, or in training at times a part of them.
fn shown(config: &BeamConfig, views: &[View], row: usize, pass: &Pass) -> Vec<bool> {
    let there: Vec<bool> = views.iter().map(|view| view.present[row]).collect();
    let places: Vec<usize> = (0..there.len()).filter(|&m| there[m]).collect();
    if !pass.is_training() || config.hides == 0.0 || places.len() < 2 {
        return there;
    }
    let mut stream = pass.stream(row, "sensors");
    if stream.random::<f64>() >= config.hides {
        return there;
    }
    // Any set but none and all.
    let mask = stream.random_range(1..(1_u32 << places.len()) - 1);
    let mut shown = vec![false; there.len()];
    places.iter().enumerate().for_each(|(k, &m)| shown[m] = mask >> k & 1 == 1);
    shown
}
