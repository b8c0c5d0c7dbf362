//! Adapters are exchanged with the PyPI package `peft` in both directions.

use crate::synthetic;
use kinecho::model::lora::{self, LoraConfig};
use kinecho::model::mmclip::MmClip;
use kinecho::model::parameters;
use kinecho::model::peft;
use kinecho::model::weights::Weights;
use std::fs;
use std::path::Path;
use std::process::Command;

fn base() -> MmClip {
    MmClip::new(&synthetic::config(), 4).unwrap()
}

fn adapted(config: &LoraConfig) -> MmClip {
    parameters::assign(lora::attach(base(), config, 1).unwrap(), |i, p| {
        p.is_adapter().then(|| (0..p.count()).map(|k| ((i * 31 + k) as f32).sin() * 0.1).collect())
    })
}

/// The matrices of a file as merged by PEFT are those of the merged model.
fn same_matrices(file: &Path, model: &MmClip) {
    let ours = Weights::of(model).unwrap().tensors;
    let theirs = Weights::read(file).unwrap().tensors;
    assert!(theirs.len() > 10);
    for (name, array) in theirs {
        let worst = array.values.iter().zip(&ours[&name].values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-6, "{name}: {worst}");
    }
}

#[test]
fn peft_reads_ours_and_we_read_its() {
    let Some(python) = super::needs::python(&["torch", "peft"]) else { return };
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let config = LoraConfig { r: 3, alpha: 6.0, ..LoraConfig::default() };
    let adapted = adapted(&config);
    peft::save(&adapted, &config, &at("ours")).unwrap();
    Weights::of(&base()).unwrap().write(&at("base.safetensors")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/learn/peft_check.py");
    let names = ["base.safetensors", "ours", "merged.safetensors", "theirs", "new_merged.safetensors"];
    let output = Command::new(python).arg(script).args(names.map(at)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    same_matrices(&at("merged.safetensors"), &lora::merge(adapted));
    let theirs = peft::load(base(), &at("theirs")).unwrap();
    same_matrices(&at("new_merged.safetensors"), &lora::merge(theirs));
}

/// Each key of PEFT's `LoraConfig` with its default value, then with one that matters.
#[test]
fn every_key_of_peft_is_honoured_harmless_or_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let config = LoraConfig { r: 2, ..LoraConfig::default() };
    peft::save(&adapted(&config), &config, dir.path()).unwrap();
    fs::remove_file(dir.path().join("kinecho.json")).unwrap();
    let path = dir.path().join("adapter_config.json");
    let plain: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let load = |key: &str, value: serde_json::Value| {
        let mut changed = plain.clone();
        changed[key] = value;
        fs::write(&path, changed.to_string()).unwrap();
        peft::load(base(), dir.path()).map_err(|e| e.to_string())
    };
    use serde_json::json;
    for (key, harmless) in [
        ("init_lora_weights", json!([true, false, "gaussian", "eva", "orthogonal", "mica"])),
        ("peft_version", json!(["0.20.0"])),
        ("revision", json!([null, "main"])),
        ("auto_mapping", json!([null, {"base_model_class": "X", "parent_library": "y"}])),
        ("megatron_core", json!(["megatron.core"])),
        ("qalora_group_size", json!([16])),
        ("eva_config", json!([null, {"rho": 2.0}])),
        ("layers_to_transform", json!([null, [0, 1]])),
        ("exclude_modules", json!([null, ["up"]])),
        ("ensure_weight_tying", json!([false, true])),
        ("velora_config", json!([null, {"num_groups": 32}])),
        ("loftq_config", json!([null, {}])),
        ("rank_pattern", json!([null, {}])),
        ("something_of_next_year", json!([null, false, [], {}, ""])),
    ] {
        for value in harmless.as_array().unwrap() {
            load(key, value.clone()).unwrap_or_else(|e| panic!("{key} {value}: {e}"));
        }
    }
    for (key, refused, says) in [
        ("init_lora_weights", json!(["pissa", "pissa_niter_16"]), "PiSSA"),
        ("init_lora_weights", json!(["olora", "OLoRA"]), "OLoRA"),
        ("init_lora_weights", json!(["corda"]), "path_initial_model_for_weight_conversion"),
        ("init_lora_weights", json!(["lora_ga"]), "LoRA-GA"),
        ("init_lora_weights", json!(["loftq"]), "LoftQ"),
        ("init_lora_weights", json!(["newest", 3, null, {"a": 1}]), "init_lora_weights"),
        ("loftq_config", json!([{"loftq_bits": 4}]), "LoftQ"),
        ("corda_config", json!([{}, {"corda_method": "ipm"}]), "CorDA"),
        ("lora_ga_config", json!([{"direction": "ArB2r"}]), "LoRA-GA"),
        ("alora_invocation_tokens", json!([[1, 2]]), "aLoRA"),
        ("use_dora", json!([true]), "DoRA"),
        ("fan_in_fan_out", json!([true]), "Conv1D"),
        ("use_qalora", json!([true]), "QA-LoRA"),
        ("use_bdlora", json!([{}, {"nblocks": 2}]), "BD-LoRA"),
        ("kasa_config", json!([{}, {"beta": 1e-4}]), "KaSA"),
        ("arrow_config", json!([{"top_k": 3}]), "Arrow"),
        ("monteclora_config", json!([{"num_samples": 8}]), "MonteCLoRA"),
        ("megatron_config", json!([{"a": 1}]), "Megatron"),
        ("lora_bias", json!([true]), "offset"),
        ("rank_pattern", json!([{"qkv": 4}]), "rank of their own"),
        ("alpha_pattern", json!([{"qkv": 4}]), "scale of their own"),
        ("modules_to_save", json!([["head"]]), "whole layers"),
        ("layer_replication", json!([[[0, 2]]]), "several times"),
        ("target_parameters", json!([["a.weight"]]), "no layers"),
        ("trainable_token_indices", json!([[1]]), "token vectors"),
        ("something_of_next_year", json!([true, 0, 1.5, "x", [0], {"a": null}]), "does not know"),
    ] {
        for value in refused.as_array().unwrap() {
            let null_is_default = key == "init_lora_weights" && value.is_null();
            match load(key, value.clone()) {
                Err(message) => assert!(message.contains(key) && message.contains(says), "{key} {value}: {message}"),
                Ok(_) => assert!(null_is_default, "{key} {value} is taken as plain LoRA"),
            }
        }
    }
    // α/√r: of rank 2 and α 16 what α 16·√2 gives without it.
    let stabilised = lora::merge(load("use_rslora", json!(true)).unwrap());
    let alpha = config.alpha * 2f64.sqrt();
    let wanted = lora::merge(load("lora_alpha", json!(alpha)).unwrap());
    assert_eq!(Weights::of(&stabilised).unwrap(), Weights::of(&wanted).unwrap());
    let plain = lora::merge(load("use_rslora", json!(false)).unwrap());
    assert_ne!(Weights::of(&plain).unwrap(), Weights::of(&wanted).unwrap());
}

/// Values that both kinds hold exactly come back as they are.
#[test]
fn adapters_of_half_precision_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let config = LoraConfig { r: 2, ..LoraConfig::default() };
    let exact = parameters::assign(lora::attach(base(), &config, 1).unwrap(), |i, p| {
        p.is_adapter().then(|| (0..p.count()).map(|k| ((i * 31 + k) % 64) as f32 / 64.0 - 0.5).collect())
    });
    peft::save(&exact, &config, dir.path()).unwrap();
    let wanted = Weights::of(&lora::merge(exact)).unwrap();
    let path = dir.path().join("adapter_model.safetensors");
    let whole = Weights::read(&path).unwrap();
    // The upper half of an f32 is bfloat16. Binary16 of n/64 below 1: exponent and fraction moved, both exact.
    let binary16 = |v: f32| match v.to_bits() {
        b if b << 1 == 0 => 0u16,
        b => (((b >> 16) & 0x8000) | ((((b >> 23) & 0xff) - 112) << 10) | ((b >> 13) & 0x3ff)) as u16,
    };
    for (dtype, short) in [
        (safetensors::Dtype::BF16, &(|v: f32| (v.to_bits() >> 16) as u16) as &dyn Fn(f32) -> u16),
        (safetensors::Dtype::F16, &binary16),
    ] {
        let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = whole
            .tensors
            .iter()
            .map(|(n, a)| (n.clone(), a.shape.clone(), a.values.iter().flat_map(|v| short(*v).to_le_bytes()).collect()))
            .collect();
        let views = bytes.iter().map(|(n, shape, data)| {
            (n.as_str(), safetensors::tensor::TensorView::new(dtype, shape.clone(), data).unwrap())
        });
        fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
        assert_eq!(Weights::of(&lora::merge(peft::load(base(), dir.path()).unwrap())).unwrap(), wanted);
    }
    fs::rename(&path, dir.path().join("adapter_model.bin")).unwrap();
    let message = peft::load(base(), dir.path()).unwrap_err().to_string();
    assert!(message.contains("adapter_model.bin") && message.contains("safe_serialization"), "{message}");
}

#[test]
fn adapters_that_would_be_misread_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = LoraConfig { r: 2, ..LoraConfig::default() };
    peft::save(&adapted(&config), &config, dir.path()).unwrap();
    let failure = || peft::load(base(), dir.path()).unwrap_err().to_string();
    assert!(peft::load(base(), dir.path()).is_ok());
    let path = dir.path().join("adapter_config.json");
    let original = fs::read_to_string(&path).unwrap();
    let says = |from: &str, to: &str, part: &str| {
        assert!(original.contains(from), "{from}");
        fs::write(&path, original.replacen(from, to, 1)).unwrap();
        let message = failure();
        assert!(message.contains("adapter_config.json") && message.contains(part), "{message}");
    };
    says("\"LORA\"", "\"IA3\"", "peft_type is IA3");
    says("\"bias\": \"none\"", "\"bias\": \"all\"", "bias is all");
    says("\"bias\"", "\"use_dora\": true, \"bias\"", "use_dora is true");
    says("\"r\": 2", "\"r\": \"two\"", "two");
    says("\"r\": 2", "\"r\": 5", "r 5 and lora_alpha 16, kinecho.json beside it has 2 and 16");
    says("\"lora_alpha\": 16", "\"lora_alpha\": 4016", "lora_alpha 4016");
    // Without a word of kinecho the matrices decide.
    let companion = dir.path().join("kinecho.json");
    let said = fs::read(&companion).unwrap();
    fs::remove_file(&companion).unwrap();
    fs::write(&path, original.replacen("\"r\": 2", "\"r\": 5", 1)).unwrap();
    assert!(failure().contains("expected [5,"), "{}", failure());
    fs::write(&path, &original).unwrap();
    fs::write(&companion, said).unwrap();

    let path = dir.path().join("adapter_model.safetensors");
    let whole = Weights::read(&path).unwrap();
    let changed = |change: &dyn Fn(&mut Weights)| {
        let mut weights = whole.clone();
        change(&mut weights);
        weights.write(&path).unwrap();
        failure()
    };
    let first = whole.tensors.keys().next().unwrap().clone();
    let array = whole.tensors[&first].clone();
    assert!(changed(&|w| drop(w.tensors.remove(&first))).contains("missing"));
    assert!(
        changed(&|w| drop(w.tensors.insert("base_model.model.bert.lora_A.weight".into(), array.clone())))
            .contains("no such linear layer")
    );
    assert!(changed(&|w| w.tensors.get_mut(&first).unwrap().values[0] = f32::NAN).contains("NaN"));
    assert!(changed(&|w| w.tensors.get_mut(&first).unwrap().values[0] += 1.0).contains("BLAKE3"));
    assert!(changed(&|w| w.tensors.clear()).contains("no adapter"));
    // The package writes no word of the base: names and shapes are all there is to check.
    whole.write(&path).unwrap();
    fs::remove_file(dir.path().join("kinecho.json")).unwrap();
    let other = MmClip::new(&synthetic::config(), 5).unwrap();
    assert!(peft::load(other, dir.path()).is_ok());
}
