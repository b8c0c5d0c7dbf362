//! CLIP's text encoder (Radford et al. 2021) from the user's own Hugging Face folder, for example that of
//! `openai/clip-vit-base-patch32`: the encoder that mmCLIP was published with. Frozen.

mod config;
mod error;
mod files;
mod network;
mod weights;
mod words;

pub use error::ClipError;

use crate::text::{SentenceEncoder, TextError};
use burn::tensor::Device;
use config::TextConfig;
use files::Files;
use ndarray::Array2;
use network::ClipNetwork;
use rayon::prelude::*;
use std::path::Path;
use weights::ClipWeights;
use words::BytePair;

/// Sentences that go through the network together.
const BATCH: usize = 16;
/// The end token of configurations from before Hugging Face counted them right; there the largest id is meant.
const OLD_END: u32 = 2;

/// CLIP's text side: a sentence to the projected vector at its end token.
pub struct ClipText {
    words: BytePair,
    network: ClipNetwork,
    width: usize,
    hash: blake3::Hash,
}

impl std::fmt::Debug for ClipText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClipText").field("width", &self.width).finish_non_exhaustive()
    }
}

impl ClipText {
    /// Reads `config.json`, `tokenizer.json` and the weights of a folder: `model.safetensors`, several files with
    /// `model.safetensors.index.json`, or either in half precision (`model.fp16.safetensors`).
    pub fn read(folder: &Path, device: &Device) -> Result<Self, ClipError> {
        let read = |name: &str| {
            let path = folder.join(name);
            match std::fs::read(&path) {
                Ok(bytes) => Ok((path, bytes)),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(files::absent(folder, name)),
                Err(source) => Err(ClipError::Read { path, source }),
            }
        };
        let (config_path, config) = read("config.json")?;
        let text = std::str::from_utf8(&config)
            .map_err(|_| ClipError::File { path: config_path.clone(), problem: "is not text".into() })?;
        let config = TextConfig::parse(text, &config_path)?;
        let (words_path, words) = read("tokenizer.json")?;
        let words = BytePair::new(&words, &words_path, config.max_position_embeddings, config.vocab_size)?;
        if config.eos_token_id != OLD_END && config.eos_token_id != words.end() {
            let problem = format!(
                "eos_token_id is {}, <|endoftext|> of tokenizer.json has the id {}: the files belong to two models",
                config.eos_token_id,
                words.end()
            );
            return Err(ClipError::File { path: config_path, problem });
        }
        let files = Files::read(folder)?;
        let network = ClipNetwork::new(&config, &ClipWeights::new(&files)?, device)?;
        Ok(Self { words, network, width: config.projection, hash: files.hash() })
    }

    /// BLAKE3 of the weight files that were read, hexadecimal: other weights, another hash.
    pub fn weights_hash(&self) -> String {
        self.hash.to_hex().to_string()
    }

    /// Token ids of a text, start and end token included, cut at the model's length.
    pub fn token_ids(&self, text: &str) -> Result<Vec<u32>, ClipError> {
        self.ids_of(0, text).map(|(ids, _)| ids)
    }

    /// The projected vector of each text, as CLIP gives it (`get_text_features`), not brought to length 1. A text that is too
    /// long loses its end, which is logged; a text without words is an error.
    ///
    /// # Shapes
    /// - output: `[text, width]`
    pub fn features(&self, texts: &[String]) -> Result<Array2<f32>, ClipError> {
        let ids = texts
            .par_iter()
            .enumerate()
            .map(|(position, text)| {
                let (ids, cut) = self.ids_of(position, text)?;
                if ids.len() <= 2 {
                    return Err(text_error(position, text, "holds no words, expected at least one".into()));
                }
                if cut {
                    tracing::warn!("text {position} ({:?}) is too long for CLIP: its end is ignored", shorten(text));
                }
                Ok(ids)
            })
            .collect::<Result<Vec<_>, ClipError>>()?;
        // By length, so that little is padded; the batches depend on the texts alone, not on the threads.
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by_key(|&i| ids[i].len());
        let batches = order
            .par_chunks(BATCH)
            .map(|batch| self.network.forward(&batch.iter().map(|&i| ids[i].as_slice()).collect::<Vec<_>>()))
            .collect::<Result<Vec<_>, _>>()?;
        let mut vectors = Array2::zeros((ids.len(), self.width));
        for (&i, values) in order.iter().zip(batches.iter().flat_map(|b| b.chunks_exact(self.width))) {
            vectors.row_mut(i).iter_mut().zip(values).for_each(|(out, v)| *out = *v);
        }
        Ok(vectors)
    }

    fn ids_of(&self, position: usize, text: &str) -> Result<(Vec<u32>, bool), ClipError> {
        self.words.ids(text).map_err(|problem| text_error(position, text, problem))
    }
}

impl SentenceEncoder for ClipText {
    fn width(&self) -> usize {
        self.width
    }

    fn encode(&self, texts: &[String]) -> Result<Array2<f32>, TextError> {
        let mut vectors = self.features(texts).map_err(|error| TextError::Encoder(Box::new(error)))?;
        for mut row in vectors.rows_mut() {
            let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            row.iter_mut().for_each(|v| *v /= norm.max(1e-12));
        }
        Ok(vectors)
    }
}

fn text_error(position: usize, text: &str, problem: String) -> ClipError {
    ClipError::Text { position, text: shorten(text), problem }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
