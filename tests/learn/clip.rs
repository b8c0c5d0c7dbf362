//! CLIP's text encoder against the PyPI package `transformers` (`tests/golden/clip/make_clip.py`).

use kinecho::burn::tensor::Device;
use kinecho::model::clip::ClipText;
use kinecho::text::SentenceEncoder;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Golden {
    text: String,
    ids: Vec<u32>,
    embedding: Vec<f32>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/clip")
}

fn golden() -> Vec<Golden> {
    serde_json::from_str(&fs::read_to_string(folder().join("golden.json")).unwrap()).unwrap()
}

fn clip(folder: &Path) -> ClipText {
    ClipText::read(folder, &Device::flex()).unwrap()
}

#[test]
fn token_ids_are_those_of_transformers() {
    let clip = clip(&folder());
    for case in golden() {
        assert_eq!(clip.token_ids(&case.text).unwrap(), case.ids, "{:?}", case.text);
    }
}

#[test]
fn embeddings_are_those_of_transformers_in_any_company() {
    let clip = clip(&folder());
    let cases = golden();
    let texts: Vec<String> = cases.iter().map(|c| c.text.clone()).collect();
    let together = clip.features(&texts).unwrap();
    let mut worst = 0.0_f32;
    for (i, case) in cases.iter().enumerate() {
        let alone = clip.features(&texts[i..=i]).unwrap();
        for ((got, alone), want) in together.row(i).iter().zip(alone.row(0)).zip(&case.embedding) {
            worst = worst.max((got - want).abs()).max((alone - want).abs());
        }
    }
    assert!(worst < 1e-4, "{worst}");
    let unit = clip.encode(&texts).unwrap();
    for (row, raw) in unit.rows().into_iter().zip(together.rows()) {
        assert!((row.dot(&row) - 1.0).abs() < 1e-5);
        assert!(row.dot(&raw) > 0.0);
    }
}

/// A copy of the golden folder with one file changed.
fn changed(name: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let bytes = fs::read(folder().join(file)).unwrap();
        let bytes = if file == name { change(bytes) } else { bytes };
        fs::write(dir.path().join(file), bytes).unwrap();
    }
    dir
}

fn replaced(from: &'static str, to: &'static str) -> impl Fn(Vec<u8>) -> Vec<u8> {
    move |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1).into_bytes()
    }
}

/// The published ViT-B/32 says `"eos_token_id": 2` and leaves out what has its usual value.
#[test]
fn the_old_end_token_is_understood() {
    let dir = changed("config.json", replaced("\"eos_token_id\": 571", "\"eos_token_id\": 2"));
    let case = &golden()[0];
    let got = clip(dir.path()).features(std::slice::from_ref(&case.text)).unwrap();
    assert!(got.iter().zip(&case.embedding).all(|(a, b)| (a - b).abs() < 1e-4));
}

/// A file of an older `transformers`: `text_config_dict` counts over what `text_config` says, and brings the usual values for what it
/// leaves out (`CLIPConfig`: "the value text_config_dict[...] will be used instead").
#[test]
fn the_text_config_dict_of_older_files_counts() {
    let case = &golden()[0];
    let of = |dir: &tempfile::TempDir| clip(dir.path()).features(std::slice::from_ref(&case.text)).unwrap();
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        changed("config.json", |bytes| {
            let mut config: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            change(&mut config);
            config.to_string().into_bytes()
        })
    };
    let moved = with(&|c| {
        c["text_config_dict"] = c["text_config"].take();
        c["text_config"] = serde_json::json!({"hidden_size": 999});
    });
    assert!(of(&moved).iter().zip(&case.embedding).all(|(a, b)| (a - b).abs() < 1e-4));
    let both = with(&|c| {
        c["text_config_dict"] = c["text_config"].clone();
        c["text_config_dict"]["hidden_act"] = "gelu".into();
    });
    assert!(of(&both).iter().zip(&case.embedding).any(|(a, b)| (a - b).abs() > 1e-3));
    let usual = with(&|c| c["text_config_dict"] = serde_json::json!({}));
    let message = ClipText::read(usual.path(), &Device::flex()).unwrap_err().to_string();
    assert!(message.contains("eos_token_id is 49407"), "{message}");
    let none = with(&|c| c["text_config_dict"] = serde_json::Value::Null);
    assert!(of(&none).iter().zip(&case.embedding).all(|(a, b)| (a - b).abs() < 1e-4));
}

/// The tensors of the golden file in files of their own, as `save_pretrained` lays out what is too large for one.
#[test]
fn sharded_and_half_precision_weights_are_read() {
    use safetensors::tensor::{Dtype, SafeTensors, TensorView};
    let bytes = fs::read(folder().join("model.safetensors")).unwrap();
    let whole = SafeTensors::deserialize(&bytes).unwrap();
    let names: Vec<&str> = whole.names();
    let texts: Vec<String> = golden().into_iter().map(|c| c.text).collect();
    let want = clip(&folder()).features(&texts).unwrap();
    let fresh = || {
        let dir = changed("model.safetensors", |b| b);
        fs::remove_file(dir.path().join("model.safetensors")).unwrap();
        dir
    };
    let sharded = fresh();
    let mut map = serde_json::Map::new();
    for (i, part) in names.chunks(names.len().div_ceil(3)).enumerate() {
        let file = format!("model-0000{}-of-00003.safetensors", i + 1);
        let views = part.iter().map(|n| (*n, whole.tensor(n).unwrap()));
        fs::write(sharded.path().join(&file), safetensors::serialize(views, None).unwrap()).unwrap();
        part.iter().for_each(|n| drop(map.insert((*n).into(), file.clone().into())));
    }
    let index = sharded.path().join("model.safetensors.index.json");
    let write = |map: &serde_json::Map<String, serde_json::Value>| {
        fs::write(&index, serde_json::json!({"metadata": {"total_size": 1}, "weight_map": map}).to_string()).unwrap();
    };
    write(&map);
    assert_eq!(clip(sharded.path()).features(&texts).unwrap(), want);
    let failure = |dir: &Path| ClipText::read(dir, &Device::flex()).map(|_| ()).unwrap_err().to_string();
    let mut astray = map.clone();
    astray.insert("text_projection.weight".into(), "../model.safetensors".into());
    write(&astray);
    assert!(failure(sharded.path()).contains("expected a file beside it"), "{}", failure(sharded.path()));
    astray.insert("text_projection.weight".into(), "model-9.safetensors".into());
    write(&astray);
    assert!(failure(sharded.path()).contains("model-9.safetensors, which is not there"));
    fs::write(&index, "{}").unwrap();
    assert!(failure(sharded.path()).contains("weight_map"));

    // Two bytes a value; bfloat16 keeps 8 bits of a fraction.
    let short = fresh();
    let cut: Vec<(&str, Vec<usize>, Vec<u8>)> = names
        .iter()
        .map(|n| {
            let view = whole.tensor(n).unwrap();
            let upper = view.data().chunks_exact(4).flat_map(|b| [b[2], b[3]]).collect();
            (*n, view.shape().to_vec(), upper)
        })
        .collect();
    let views = cut.iter().map(|(n, shape, data)| (*n, TensorView::new(Dtype::BF16, shape.clone(), data).unwrap()));
    fs::write(short.path().join("model.fp16.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
    let found = clip(short.path()).features(&texts).unwrap();
    let (far, near) = (
        (&found - &want).iter().fold(0.0, |m: f32, d| m.max(d.abs())),
        want.iter().fold(0.0, |m: f32, v| m.max(v.abs())),
    );
    assert!(far > 0.0 && far < 0.1 * near, "{far} of {near}");
    assert_ne!(clip(short.path()).weights_hash(), clip(&folder()).weights_hash());
    assert_eq!(clip(&folder()).weights_hash(), blake3::hash(&bytes).to_hex().to_string());
}

/// The script makes of other programs' folders what gives the golden vectors. Wants torch, safetensors and transformers.
#[test]
fn converted_folders_give_the_same_vectors() {
    let Some(python) = super::needs::python(&["torch", "safetensors", "transformers"]) else { return };
    let run = |args: &[&std::ffi::OsStr]| std::process::Command::new(&python).args(args).output();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().unwrap();
    let succeeds = |script: &str, args: [&Path; 2]| {
        let output = run(&[root.join(script).as_ref(), args[0].as_ref(), args[1].as_ref()]).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    succeeds("tests/learn/clip_folders.py", [&folder(), dir.path()]);
    for name in ["hf", "open_clip", "custom"] {
        let made = dir.path().join(format!("{name}_read"));
        succeeds("examples/clip_folder.py", [&dir.path().join(name), &made]);
        let clip = clip(&made);
        for case in golden() {
            assert_eq!(clip.token_ids(&case.text).unwrap(), case.ids, "{name}");
            let got = clip.features(std::slice::from_ref(&case.text)).unwrap();
            assert!(got.iter().zip(&case.embedding).all(|(a, b)| (a - b).abs() < 1e-4), "{name}: {}", case.text);
        }
    }
}

/// What another program has left is named, and how it is converted.
#[test]
fn folders_of_other_programs_are_told_how_to_be_converted() {
    for (there, lacks) in [
        ("pytorch_model.bin", "model.safetensors"),
        ("vocab.json", "tokenizer.json"),
        ("open_clip_model.safetensors", "config.json"),
    ] {
        let dir = changed("config.json", |b| b);
        fs::remove_file(dir.path().join(lacks)).unwrap();
        fs::write(dir.path().join(there), "x").unwrap();
        let message = ClipText::read(dir.path(), &Device::flex()).unwrap_err().to_string();
        assert!([there, lacks, "examples/clip_folder.py"].iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
fn the_activation_of_the_config_counts() {
    let dir = changed("config.json", replaced("\"hidden_act\": \"quick_gelu\"", "\"hidden_act\": \"gelu\""));
    let case = &golden()[0];
    let got = clip(dir.path()).features(std::slice::from_ref(&case.text)).unwrap();
    assert!(got.iter().zip(&case.embedding).any(|(a, b)| (a - b).abs() > 1e-3));
}

#[test]
fn foreign_and_broken_files_are_named() {
    let failure = |dir: &Path| ClipText::read(dir, &Device::flex()).map(|_| ()).unwrap_err().to_string();
    let says = |dir: &tempfile::TempDir, parts: &[&str]| {
        let message = failure(dir.path());
        assert!(parts.iter().all(|p| message.contains(p)), "{parts:?}: {message}");
    };
    let empty = tempfile::tempdir().unwrap();
    says(&empty, &["config.json", "Hugging Face folder"]);
    says(&changed("config.json", |_| b"{}".to_vec()), &["config.json", "expected clip"]);
    let heads = replaced("\"num_attention_heads\": 3", "\"num_attention_heads\": 5");
    says(&changed("config.json", heads), &["no multiple of num_attention_heads 5"]);
    let swish = replaced("\"hidden_act\": \"quick_gelu\"", "\"hidden_act\": \"swish\"");
    says(&changed("config.json", swish), &["config.json", "swish"]);
    let end = replaced("\"eos_token_id\": 571", "\"eos_token_id\": 570");
    says(&changed("config.json", end), &["eos_token_id is 570", "571"]);
    let wide = replaced("\"hidden_size\": 24", "\"hidden_size\": 48");
    says(&changed("config.json", wide), &["token_embedding.weight", "has shape [572, 24]", "[572, 48]"]);
    says(&changed("tokenizer.json", |_| b"{}".to_vec()), &["tokenizer.json"]);
    let end = replaced("\"<|endoftext|>\",\n      571", "\"<|endoftext|>\",\n      570");
    says(&changed("tokenizer.json", end), &["tokenizer.json", "makes [570, 570] of an empty text"]);
    for length in [0, 100, 100_000] {
        says(&changed("model.safetensors", |b| b[..length].to_vec()), &["model.safetensors", "whole"]);
    }
    let clip = clip(&folder());
    let message = clip.encode(&["walk".into(), " \n".into()]).unwrap_err().to_string();
    assert!(message.contains("text 1"), "{message}");
}
