//! MiniLM in burn against fp32 vectors of the original, and text similarity against motion similarity.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Instant;

use kinecho::burn::tensor::Device;
use kinecho::model::minilm::{MAX_TOKENS, MiniLm, WIDTH};
use kinecho::text::{Activity, Centring, PromptBank, SentenceEncoder, Vocabulary, attribute_similarity};
use ndarray::{Array2, ArrayView1};
use serde::Deserialize;

static ENCODER: LazyLock<MiniLm> = LazyLock::new(|| MiniLm::builtin(&Device::flex()).unwrap());
static BANK: LazyLock<PromptBank> =
    LazyLock::new(|| PromptBank::new(&*ENCODER, Vocabulary::builtin().activities()).unwrap());

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts/minilm_l6")
}

#[derive(Deserialize)]
struct Golden {
    text: String,
    ids: Vec<u32>,
    embedding: Vec<f32>,
}

fn golden() -> Vec<Golden> {
    serde_json::from_slice(&std::fs::read(folder().join("golden.json")).unwrap()).unwrap()
}

fn cosine(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f32 {
    a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt()
}

#[test]
fn golden_texts_have_the_same_tokens_and_vectors() {
    let golden = golden();
    let ids: Vec<Vec<u32>> = golden.iter().map(|g| ENCODER.token_ids(&g.text).unwrap()).collect();
    for (ids, golden) in ids.iter().zip(&golden) {
        assert_eq!(ids, &golden.ids, "{:?}", golden.text);
    }
    // By ids, as the golden texts include the empty one.
    let vectors = ENCODER.encode_ids(&ids).unwrap();
    for (vector, golden) in vectors.outer_iter().zip(&golden) {
        let cosine = cosine(vector, ArrayView1::from(&golden.embedding));
        println!("{cosine:.5} {:.40}", golden.text);
        assert!(cosine >= 0.995, "{cosine} for {:?}", golden.text);
        assert!((vector.dot(&vector) - 1.0).abs() < 1e-5);
    }
}

#[test]
fn all_prompts_agree_with_the_fp32_vectors() {
    let bytes = std::fs::read(folder().join("prompt_embeddings.safetensors")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let halves = file.tensor("embeddings").unwrap().data().as_chunks::<2>().0.to_vec();
    let expected = Array2::from_shape_vec((480, WIDTH), halves.into_iter().map(half_to_f32).collect()).unwrap();

    let n = 60;
    let mut lowest = 1f32;
    let mut compare = |row: usize, vector: ArrayView1<'_, f32>, what: &str| {
        let cosine = cosine(vector, expected.row(row));
        lowest = lowest.min(cosine);
        assert!(cosine >= 0.995, "{cosine} for row {row}, {what}");
    };
    for (i, activity) in BANK.activities().iter().enumerate() {
        compare(i, BANK.labels().row(i), &activity.slug);
        // The file goes attribute by attribute (and paraphrase by paraphrase), not activity by activity.
        for a in 0..5 {
            compare(n + a * n + i, BANK.attributes().slice(ndarray::s![i, a, ..]), &activity.slug);
        }
        for (p, vector) in BANK.paraphrases()[i][0].outer_iter().enumerate() {
            compare(6 * n + p * n + i, vector, &activity.slug);
        }
    }
    println!("lowest cosine of 480: {lowest:.5}");
}

fn half_to_f32(bytes: [u8; 2]) -> f32 {
    let bits = u16::from_le_bytes(bytes);
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    let magnitude = match exponent {
        0 => fraction * 2f32.powi(-24),
        _ => (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

/// Average ranks, ties shared.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]).scan(0, |start, tied| {
        let from = *start;
        *start += tied.len();
        Some((from, tied))
    }) {
        for &i in tied.1 {
            ranks[i] = tied.0 as f64 + (tied.1.len() as f64 - 1.0) / 2.0;
        }
    }
    ranks
}

fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 - 1.0) / 2.0;
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

/// `value` of every pair of the 60 activities: 1,770 figures.
fn pairs(value: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..60).flat_map(|i| (i + 1..60).map(move |j| (i, j))).map(|(i, j)| value(i, j)).collect()
}

fn motion_code() -> Vec<Vec<f64>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts/motion_code.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows: HashMap<u32, Vec<f64>> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            (record[0].parse().unwrap(), record.iter().skip(1).map(|v| v.parse().unwrap()).collect())
        })
        .collect();
    BANK.activities().iter().map(|a| rows[&a.id].clone()).collect()
}

#[test]
fn spearman_knows_order_reverse_and_ties() {
    assert!((spearman(&[1.0, 2.0, 3.0, 4.0], &[1.0, 4.0, 9.0, 16.0]) - 1.0).abs() < 1e-12);
    assert!((spearman(&[1.0, 2.0, 3.0, 4.0], &[4.0, 3.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
    // scipy.stats.spearmanr([1, 2, 2, 4], [1, 3, 2, 4]) = 0.9486832980505139
    assert!((spearman(&[1.0, 2.0, 2.0, 4.0], &[1.0, 3.0, 2.0, 4.0]) - 0.9486832980505139).abs() < 1e-12);
}

#[test]
fn centred_attributes_follow_motion_and_labels_do_not() {
    let code = motion_code();
    let distance = |i: usize, j: usize| code[i].iter().zip(&code[j]).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let closeness = pairs(|i, j| -distance(i, j));

    let label = spearman(&pairs(|i, j| f64::from(BANK.labels().row(i).dot(&BANK.labels().row(j)))), &closeness);
    let raw = BANK.attributes();
    let raw = spearman(
        &pairs(|i, j| {
            f64::from(attribute_similarity(raw.index_axis(ndarray::Axis(0), i), raw.index_axis(ndarray::Axis(0), j)))
        }),
        &closeness,
    );
    let centred = BANK.centred(&BANK.centring().unwrap()).unwrap().attributes;
    let centred = spearman(
        &pairs(|i, j| {
            f64::from(attribute_similarity(
                centred.index_axis(ndarray::Axis(0), i),
                centred.index_axis(ndarray::Axis(0), j),
            ))
        }),
        &closeness,
    );
    println!("Spearman with motion: label {label:.3}, attributes {raw:.3}, centred attributes {centred:.3}");
    assert!(centred > 0.45 && centred > label + 0.2, "label {label}, centred {centred}");
    assert!(centred > raw, "centring must help: {raw} raw, {centred} centred");
}

fn ranking(query: &Activity, centring: &Centring) -> Vec<String> {
    let query = PromptBank::new(&*ENCODER, std::slice::from_ref(query)).unwrap().centred(centring).unwrap();
    let classes = BANK.centred(centring).unwrap();
    let ranked = classes.rank(query.attributes.index_axis(ndarray::Axis(0), 0));
    ranked.into_iter().map(|(i, _)| classes.slugs[i].clone()).collect()
}

#[test]
fn a_phone_call_is_nearest_to_drinking() {
    let mut call = kinecho::text::describe("making a phone call").unwrap().into_activity();
    let by_rule = ranking(&call, &BANK.centring().unwrap());
    println!("described by rule: {:?}", &by_rule[..3]);
    // The stock wording.
    call.text = [
        "A person lifts a phone to one ear with one hand, talks for a while and lowers it again.",
        "The torso stays upright and almost still while the head tilts a little toward the phone.",
        "One hand holding a phone rises to the ear by bending the elbow and stays there, while the other arm hangs still.",
        "Both legs stand straight and still with the feet fixed on the floor.",
        "The body stays on the same spot and only one forearm moves.",
    ]
    .map(str::to_owned);
    let stock = ranking(&call, &BANK.centring().unwrap());
    println!("stock wording: {:?}", &stock[..3]);
    assert_eq!(stock[0], "drink_water");
    assert_eq!(by_rule[0], "drink_water");
}

#[test]
fn described_labels_land_near_their_kind() {
    let centring = BANK.centring().unwrap();
    let mut hits = 0;
    let cases: [(&str, &[&str]); 12] = [
        ("hopping up and down", &["jump", "jump_forward_back", "jumping_jack", "jump_to_side"]),
        ("strolling through the room", &["walk_forward_backward", "walk_forward_turn_around", "walk_side_turn_back"]),
        ("running in a clockwise circle", &["jog_clockwise"]),
        ("applauding", &["clapping_hand"]),
        ("boxing", &["punch"]),
        ("knee bends", &["squat", "crouch"]),
        ("greeting somebody", &["wave_hand"]),
        ("take a seat on a stool", &["sit_down_stand_up", "sitting_still"]),
        ("drinking tea", &["drink_water"]),
        ("sweeping with a broom", &["mop_floor"]),
        ("penalty kick", &["kick", "kick_soccer_ball", "side_kick"]),
        ("saying no with the head", &["nod_head", "rotate_head"]),
    ];
    for (label, near) in cases {
        let ranked = ranking(&kinecho::text::describe(label).unwrap().into_activity(), &centring);
        let hit = ranked[..3].iter().any(|slug| near.contains(&slug.as_str()));
        println!("{} {label}: {:?}", if hit { "hit " } else { "MISS" }, &ranked[..3]);
        hits += usize::from(hit);
    }
    assert!(hits >= 10, "{hits} of 12");
}

#[test]
fn order_company_and_length_do_not_change_a_vector() {
    let texts: Vec<String> = Vocabulary::builtin().activities().iter().map(|a| a.text[2].clone()).collect();
    let together = ENCODER.encode(&texts).unwrap();
    assert_eq!(together, ENCODER.encode(&texts).unwrap(), "the same texts give the same bits");
    let mut reversed = texts.clone();
    reversed.reverse();
    reversed.push("jump ".repeat(200));
    let reversed = ENCODER.encode(&reversed).unwrap();
    for i in 0..texts.len() {
        let difference = &together.row(i) - &reversed.row(texts.len() - 1 - i);
        assert!(difference.iter().all(|d| d.abs() < 1e-5), "text {i}");
    }
    let alone = ENCODER.encode(&texts[..1]).unwrap();
    assert!((&alone.row(0) - &together.row(0)).iter().all(|d| d.abs() < 1e-5));
    assert_eq!(ENCODER.encode(&[]).unwrap().dim(), (0, WIDTH));
}

#[test]
fn texts_too_long_are_cut_and_texts_without_words_refused() {
    let long = "walk ".repeat(5000);
    assert_eq!(ENCODER.token_ids(&long).unwrap().len(), MAX_TOKENS);
    let cut = ENCODER.encode(&[long, "walk ".repeat(MAX_TOKENS - 2)]).unwrap();
    assert!(cosine(cut.row(0), cut.row(1)) > 0.9999);
    for empty in ["", "   ", "\n\t"] {
        let error = SentenceEncoder::encode(&*ENCODER, &["walk".into(), empty.into()]).unwrap_err().to_string();
        assert!(error.contains("text 1"), "{error}");
    }
    assert!(ENCODER.encode_ids(&[vec![101, 40_000, 102]]).is_err());
    assert!(ENCODER.encode_ids(&[vec![]]).is_err());
    assert!(ENCODER.encode_ids(&[vec![101; MAX_TOKENS + 1]]).is_err());
}

#[test]
fn foreign_and_broken_files_are_named() {
    let fresh = tempfile::tempdir().unwrap();
    let read = || MiniLm::read(fresh.path(), &Device::flex()).map(|_| ()).unwrap_err().to_string();
    let weights = fresh.path().join("model_int8.safetensors");
    assert!(read().contains("model.safetensors"), "{}", read());

    let original = std::fs::read(folder().join("model_int8.safetensors")).unwrap();
    std::fs::write(&weights, &original).unwrap();
    assert!(read().contains("tokenizer.json"), "{}", read());
    std::fs::write(fresh.path().join("tokenizer.json"), "{}").unwrap();
    assert!(read().contains("tokenizer.json"), "{}", read());
    std::fs::copy(folder().join("tokenizer.json"), fresh.path().join("tokenizer.json")).unwrap();
    assert!(MiniLm::read(fresh.path(), &Device::flex()).is_ok());

    for length in [0, 7, 100, original.len() / 2, original.len() - 1] {
        std::fs::write(&weights, &original[..length]).unwrap();
        assert!(read().contains("model_int8.safetensors") && read().contains("whole"), "{}", read());
    }
    std::fs::copy(folder().join("prompt_embeddings.safetensors"), &weights).unwrap();
    assert!(read().contains("word_embeddings.weight") && read().contains("[30522, 384]"), "{}", read());

    // The same bytes under another shape.
    let reshaped = replace(&original, b"\"shape\":[1536,384]", b"\"shape\":[384,1536]");
    std::fs::write(&weights, reshaped).unwrap();
    assert!(
        read().contains("intermediate.dense.weight") && read().contains("expected I8 or F32 [1536, 384]"),
        "{}",
        read()
    );

    let renamed = replace(&original, b"encoder.layer.5.output.dense.bias", b"encoder.layer.9.output.dense.bias");
    std::fs::write(&weights, renamed).unwrap();
    assert!(read().contains("encoder.layer.5.output.dense.bias") && read().contains("missing"), "{}", read());
}

/// The first place of `from` in `bytes` replaced; both have one length.
fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|w| w == from).expect("the pattern is there");
    let mut bytes = bytes.to_vec();
    bytes[at..at + from.len()].copy_from_slice(to);
    bytes
}

#[test]
fn loading_and_encoding_take_seconds() {
    let start = Instant::now();
    let encoder = MiniLm::builtin(&Device::flex()).unwrap();
    let load = start.elapsed();
    let start = Instant::now();
    PromptBank::new(&encoder, Vocabulary::builtin().activities()).unwrap();
    let encode = start.elapsed();
    println!("load {load:?}, 480 texts {encode:?}, {:.2} ms a text", encode.as_secs_f64() * 1e3 / 480.0);
    // Measured in the dev profile: 2.5 s on two quiet cores, 15 s on cores shared by several builds. Only a broken batch
    // takes longer than this.
    assert!(load.as_secs_f64() < 10.0 && encode.as_secs_f64() < 60.0);
}
