//! mmCLIP as training and evaluation see it.

use super::{MmClip, ParameterCounts};
use crate::model::blocks::Block;
use crate::model::interface::{Batch, Model, Outputs, SentenceInput, TaskKind, ViewInfo};
use crate::model::linear::{Linear, Pass};
use burn::tensor::{Device, Tensor};
use std::collections::BTreeMap;

/// Largest 1/τ, as CLIP has it.
const MOST_SCALE: f32 = 100.0;

impl Model for MmClip {
    fn inputs(&self) -> Vec<ViewInfo> {
        let config = self.config();
        config.maps.iter().map(|name| ViewInfo::new(name, [config.rows, config.columns])).collect()
    }

    /// `attributes`, where the model has some, and `class`.
    fn forward(&self, batch: &Batch, pass: &Pass) -> Outputs {
        let config = self.config();
        let map = |view: &crate::model::interface::View| {
            let [samples, _] = view.values.dims();
            view.values.clone().reshape([samples, config.rows, config.columns])
        };
        let (attributes, class) = self.signal.forward(batch.views.iter().map(map).collect(), pass);
        let attributes = attributes.map(|attributes| ("attributes", attributes));
        Outputs(attributes.into_iter().chain([("class", class.unsqueeze_dim(1))]).collect())
    }

    /// `class`; the attribute vectors themselves stay as they are.
    fn sentence_outputs(&self, vectors: Tensor<3>, pass: &Pass) -> Outputs {
        Outputs(vec![("class", self.text.forward(vectors, pass).unsqueeze_dim(1))])
    }

    fn scalars(&self) -> Vec<(&'static str, Tensor<1>)> {
        vec![("log_scale", self.log_scale.val())]
    }

    fn task(&self) -> TaskKind {
        TaskKind::Contrast
    }

    fn sentences(&self) -> Option<SentenceInput> {
        Some(SentenceInput { parts: self.config().used_attributes(), width: self.config().text_width })
    }

    fn bounds(&self, parameter: &str) -> Option<(f32, f32)> {
        (parameter == "log_scale").then(|| (0.0, MOST_SCALE.ln()))
    }

    fn figures(&self) -> BTreeMap<String, f64> {
        BTreeMap::from([("temperature".into(), self.temperature())])
    }

    fn counts(&self) -> BTreeMap<String, usize> {
        let ParameterCounts { map_encoders, fusion, text, total } = self.parameter_counts();
        let counts = [("map_encoders", map_encoders), ("fusion", fusion), ("text", text), ("total", total)];
        counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
    }

    fn for_each_linear(&mut self, act: &mut dyn FnMut(&str, &mut Linear)) {
        for (i, map) in self.signal.maps.iter_mut().enumerate() {
            act(&format!("signal.maps.{i}.patch"), &mut map.patch);
            for (k, b) in map.blocks.iter_mut().enumerate() {
                block(&format!("signal.maps.{i}.blocks.{k}"), b, act);
            }
        }
        for (k, b) in self.signal.fusion.iter_mut().enumerate() {
            block(&format!("signal.fusion.{k}"), b, act);
        }
        if let Some(aggregation) = &mut self.signal.aggregation {
            block("signal.aggregation.block", &mut aggregation.block, act);
        }
        if let Some(layer) = &mut self.signal.statistics {
            act("signal.statistics", layer);
        }
        if let Some(head) = &mut self.signal.attribute_head {
            act("signal.attribute_head", head);
        }
        act("signal.class_head", &mut self.signal.class_head);
        block("text.aggregation.block", &mut self.text.aggregation.block, act);
    }

    fn device(&self) -> Device {
        self.log_scale.val().device()
    }
}

fn block(name: &str, block: &mut Block, act: &mut dyn FnMut(&str, &mut Linear)) {
    act(&format!("{name}.attention.qkv"), &mut block.attention.qkv);
    act(&format!("{name}.attention.output"), &mut block.attention.output);
    act(&format!("{name}.mlp.up"), &mut block.mlp.up);
    act(&format!("{name}.mlp.down"), &mut block.mlp.down);
}
