//! Checkpoints and adapters on disk.

use crate::synthetic;
use kinecho::model::interface::ViewInfo;
use kinecho::model::lora::{self, LoraConfig};
use kinecho::model::mmclip::{MmClip, MmClipConfig};
use kinecho::model::parameters;
use kinecho::model::peft;
use kinecho::model::weights::Weights;
use kinecho::train::{Checkpoint, Dataset, Labels, ViewColumn};
use std::fs;
use std::path::Path;

fn saved(dir: &Path) -> Checkpoint {
    let model = MmClip::new(&synthetic::config(), 9).unwrap();
    let checkpoint = Checkpoint::new(model, Labels::Sentences(&synthetic::prompts(&[0, 1])), 7, None).unwrap();
    checkpoint.save(dir).unwrap();
    checkpoint
}

fn failure(dir: &Path) -> String {
    Checkpoint::load(dir).unwrap_err().to_string()
}

#[test]
fn what_is_written_is_read_back_to_the_bit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("checkpoint");
    let checkpoint = saved(&path);
    let back = Checkpoint::load(&path).unwrap();
    assert_eq!(back.info, checkpoint.info);
    assert_eq!(Weights::of(&back.model).unwrap(), Weights::of(&checkpoint.model).unwrap());
    // Written again over itself: the same bytes, no leftovers.
    let bytes = fs::read(path.join("model.safetensors")).unwrap();
    back.save(&path).unwrap();
    assert_eq!(fs::read(path.join("model.safetensors")).unwrap(), bytes);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

/// Version 1 held the settings of mmCLIP where version 2 has a system's name with its settings.
#[test]
fn checkpoints_of_the_first_version_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let checkpoint = saved(dir.path());
    let path = dir.path().join("config.json");
    let mut info: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!((info["format"].as_u64(), &info["model"]["mmclip"]["rows"]), (Some(2), &8.into()));
    info["model"] = info["model"]["mmclip"].take();
    info["format"] = 1.into();
    fs::write(&path, info.to_string()).unwrap();
    let back = Checkpoint::load(dir.path()).unwrap();
    assert_eq!(back.info.model, checkpoint.info.model);
    assert_eq!(Weights::of(&back.model.into_mmclip().unwrap()).unwrap(), Weights::of(&checkpoint.model).unwrap());
}

/// PyTorch's names and layouts: a linear weight is [out, in], a norm has weight and bias.
#[test]
fn files_have_pytorch_names_and_layouts() {
    let weights = Weights::of(&MmClip::new(&synthetic::config(), 9).unwrap()).unwrap();
    let shape = |name: &str| weights.tensors[name].shape.clone();
    assert_eq!(shape("signal.maps.1.patch.weight"), [16, 8 * 3]);
    assert_eq!(shape("signal.fusion.0.attention.qkv.weight"), [96, 32]);
    assert_eq!(shape("signal.fusion.0.norm_mlp.weight"), [32]);
    assert_eq!(shape("signal.fusion.0.norm_mlp.bias"), [32]);
    assert_eq!(shape("signal.tokens"), [5, 32]);
    assert_eq!(shape("log_scale"), [1]);
}

#[test]
fn damaged_and_foreign_files_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c");
    let tensors = path.join("model.safetensors");

    assert!(failure(&path).contains("config.json"), "a missing folder");
    saved(&path);
    let bytes = fs::read(&tensors).unwrap();
    for length in [0, 5, 100, bytes.len() - 3] {
        fs::write(&tensors, &bytes[..length]).unwrap();
        let message = failure(&path);
        assert!(message.contains("model.safetensors") && message.contains("truncated"), "{length}: {message}");
    }
    fs::write(&tensors, b"PK\x03\x04 this is a zip, not a tensor file").unwrap();
    assert!(failure(&path).contains("not a whole safetensors file"));

    let mut weights = Weights::from_bytes(&bytes, &tensors).unwrap();
    let (name, array) = weights.tensors.pop_last().unwrap();
    weights.write(&tensors).unwrap();
    assert!(failure(&path).contains(&format!("tensor {name}: missing")));
    weights.tensors.insert(name, array.clone());
    weights.tensors.insert("bert.embeddings".into(), array);
    weights.write(&tensors).unwrap();
    assert!(failure(&path).contains("tensor bert.embeddings: the model has no such parameter"));
    weights.tensors.remove("bert.embeddings");
    weights.tensors.get_mut("signal.tokens").unwrap().values[3] = f32::NAN;
    weights.write(&tensors).unwrap();
    assert!(failure(&path).contains("tensor signal.tokens: value NaN at place 3"));
}

#[test]
fn parts_that_do_not_belong_together_are_refused_with_both_values() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    saved(&a);
    let other = MmClip::new(&synthetic::config(), 10).unwrap();
    Checkpoint::new(other, Labels::Sentences(&synthetic::prompts(&[0, 1])), 7, None).unwrap().save(&b).unwrap();
    fs::copy(b.join("model.safetensors"), a.join("model.safetensors")).unwrap();
    assert!(failure(&a).contains("BLAKE3 of the weights"));

    let smaller = MmClip::new(&MmClipConfig { map_width: 8, ..synthetic::config() }, 9).unwrap();
    Checkpoint::new(smaller, Labels::Sentences(&synthetic::prompts(&[0, 1])), 7, None).unwrap().save(&b).unwrap();
    fs::copy(b.join("model.safetensors"), a.join("model.safetensors")).unwrap();
    let message = failure(&a);
    assert!(message.contains("shape [8, 24], the model expects [16, 24]") || message.contains("expects"), "{message}");

    let text = fs::read_to_string(b.join("config.json")).unwrap();
    fs::write(b.join("config.json"), text.replace("\"format\": 2", "\"format\": 3")).unwrap();
    let message = failure(&b);
    assert!(message.contains("has 3") && message.contains("has 2"), "{message}");
}

#[test]
fn other_maps_and_other_prompts_are_refused_with_both_values() {
    let dir = tempfile::tempdir().unwrap();
    let checkpoint = saved(&dir.path().join("c"));
    let mut data = synthetic::dataset(&[0, 1], 2, 1);
    checkpoint.require_samples("corpus", &data).unwrap();
    data = Dataset::of_views(
        data.views
            .into_iter()
            .enumerate()
            .map(|(i, view)| match i {
                1 => ViewColumn { info: ViewInfo::new("time_angle", view.info.shape), ..view },
                _ => view,
            })
            .collect(),
        data.labels,
        data.classes,
    )
    .unwrap();
    let message = checkpoint.require_samples("corpus", &data).unwrap_err().to_string();
    assert!(message.contains("time_doppler, time_range") && message.contains("time_doppler, time_angle"), "{message}");

    let mut prompts = synthetic::prompts(&[0, 1]);
    checkpoint.require_prompts(&prompts).unwrap();
    prompts.means[[0, 0]] = 0.5;
    assert!(checkpoint.require_prompts(&prompts).unwrap_err().to_string().contains("norm 0.5"));
    prompts.encoder = "clip".into();
    let message = checkpoint.require_prompts(&prompts).unwrap_err().to_string();
    assert!(message.contains("synthetic") && message.contains("clip"), "{message}");
}

#[test]
fn adapters_have_pefts_layout_and_know_their_base() {
    let dir = tempfile::tempdir().unwrap();
    let lora = LoraConfig { r: 3, ..LoraConfig::default() };
    let base = MmClip::new(&synthetic::config(), 9).unwrap();
    let adapted = parameters::assign(lora::attach(base.clone(), &lora, 1).unwrap(), |_, p| {
        p.is_adapter().then(|| (0..p.count()).map(|k| (k as f32).sin()).collect())
    });
    peft::save(&adapted, &lora, dir.path()).unwrap();

    let config: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(dir.path().join("adapter_config.json")).unwrap()).unwrap();
    assert_eq!(config["peft_type"], "LORA");
    assert_eq!((&config["r"], &config["lora_alpha"], &config["lora_dropout"]), (&3.into(), &16.0.into(), &0.1.into()));
    assert!(config["target_modules"].as_array().unwrap().contains(&"signal.fusion.0.attention.qkv".into()));
    let file = Weights::read(&dir.path().join("adapter_model.safetensors")).unwrap();
    let array = |which: &str| &file.tensors[&format!("base_model.model.signal.fusion.0.attention.qkv.{which}.weight")];
    assert_eq!(array("lora_A").shape, [3, 32], "[r, in]");
    assert_eq!(array("lora_B").shape, [96, 3], "[out, r]");

    let back = peft::load(base, dir.path()).unwrap();
    assert_eq!(parameters::collect(&back).unwrap(), parameters::collect(&adapted).unwrap());
    let other = MmClip::new(&synthetic::config(), 10).unwrap();
    assert!(peft::load(other, dir.path()).unwrap_err().to_string().contains("base of the adapter"));
}
