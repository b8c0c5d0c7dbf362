//! Adapters are exchanged with the PyPI package `peft` in both directions.

use crate::synthetic;
use kinecho::model::lora::{self, LoraConfig};
use kinecho::model::mmclip::MmClip;
use kinecho::model::parameters;
use kinecho::model::weights::Weights;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn base() -> MmClip {
    MmClip::new(&synthetic::config(), 4).unwrap()
}

fn adapted(config: &LoraConfig) -> MmClip {
    parameters::assign(lora::attach(base(), config, 1).unwrap(), |i, p| {
        p.is_adapter().then(|| (0..p.count()).map(|k| ((i * 31 + k) as f32).sin() * 0.1).collect())
    })
}

/// Python with torch and peft: `$KINECHO_PYTHON` or python3.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("KINECHO_PYTHON").map_or("python3".into(), PathBuf::from);
    let look = "import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in ('torch', 'peft')))";
    let there = Command::new(&python).args(["-c", look]).output().is_ok_and(|o| o.status.success());
    if !there {
        println!("skipped: {} with torch and peft is not installed", python.display());
    }
    there.then_some(python)
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
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let config = LoraConfig { r: 3, alpha: 6.0, ..LoraConfig::default() };
    let adapted = adapted(&config);
    lora::save(&adapted, &config, &at("ours")).unwrap();
    Weights::of(&base()).unwrap().write(&at("base.safetensors")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/learn/peft_check.py");
    let names = ["base.safetensors", "ours", "merged.safetensors", "theirs", "new_merged.safetensors"];
    let output = Command::new(python).arg(script).args(names.map(at)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    same_matrices(&at("merged.safetensors"), &lora::merge(adapted));
    let theirs = lora::load(base(), &at("theirs")).unwrap();
    same_matrices(&at("new_merged.safetensors"), &lora::merge(theirs));
}

#[test]
fn adapters_that_would_be_misread_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = LoraConfig { r: 2, ..LoraConfig::default() };
    lora::save(&adapted(&config), &config, dir.path()).unwrap();
    let failure = || lora::load(base(), dir.path()).unwrap_err().to_string();
    assert!(lora::load(base(), dir.path()).is_ok());
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
    assert!(lora::load(other, dir.path()).is_ok());
}
