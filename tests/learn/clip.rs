//! CLIP's text encoder against the PyPI package `transformers` (`tests/golden/clip/make_clip.py`).

use burn::tensor::Device;
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
