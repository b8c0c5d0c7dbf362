//! Sentence vectors of labels.

use crate::model::mmclip::ATTRIBUTES;
use crate::train::TrainError;
use ndarray::{Array2, Array3, Axis};

/// Sentence vectors of the labels, from the frozen text encoder, centred per attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompts {
    /// Labels.
    pub classes: Vec<String>,
    /// `[class, 5, width]`, attributes in the order of [`ATTRIBUTES`], the means subtracted.
    pub vectors: Array3<f32>,
    /// For each class and attribute further wordings `[paraphrase, width]`, centred with the same means; may be empty. Training
    /// draws for every batch and attribute one of them or the stock wording; evaluation uses the stock wording.
    pub paraphrases: Vec<[Array2<f32>; 5]>,
    /// `[5, width]`, the means that were subtracted.
    pub means: Array2<f32>,
    /// Name of the text encoder.
    pub encoder: String,
}

impl Prompts {
    /// Checks shapes and values. `vectors` are centred already, by `means`.
    pub fn new(
        classes: Vec<String>,
        vectors: Array3<f32>,
        means: Array2<f32>,
        encoder: impl Into<String>,
    ) -> Result<Self, TrainError> {
        let (count, attributes, width) = vectors.dim();
        if count != classes.len() {
            return Err(TrainError::mismatch(
                "number of classes",
                ("classes", classes.len()),
                ("prompt vectors", count),
            ));
        }
        if attributes != ATTRIBUTES.len() || means.dim() != (attributes, width) {
            return Err(TrainError::mismatch(
                "shape of the prompt vectors",
                ("vectors [class, 5, width]", format!("{:?}", vectors.shape())),
                ("means [5, width]", format!("{:?}", means.shape())),
            ));
        }
        if let Some(name) = classes.iter().enumerate().find_map(|(i, c)| classes[..i].contains(c).then_some(c)) {
            return Err(TrainError::data("prompts", format!("class {name} is there twice")));
        }
        for (class, vectors) in classes.iter().zip(vectors.outer_iter()) {
            if vectors.iter().any(|v| !v.is_finite()) {
                return Err(TrainError::data("prompts", format!("the vectors of {class} hold NaN or infinite values")));
            }
        }
        let paraphrases = vec![std::array::from_fn(|_| Array2::zeros((0, width))); classes.len()];
        Ok(Self { classes, vectors, paraphrases, means, encoder: encoder.into() })
    }

    /// Adds wordings, for each class and attribute `[paraphrase, width]`.
    pub fn with_paraphrases(mut self, paraphrases: Vec<[Array2<f32>; 5]>) -> Result<Self, TrainError> {
        if paraphrases.len() != self.classes.len() {
            let counts = (("paraphrases", paraphrases.len()), ("classes", self.classes.len()));
            return Err(TrainError::mismatch("number of classes", counts.0, counts.1));
        }
        if let Some(bad) = paraphrases.iter().flatten().find(|p| p.ncols() != self.means.ncols()) {
            return Err(TrainError::mismatch(
                "width of a paraphrase",
                ("paraphrase", bad.ncols()),
                ("prompts", self.means.ncols()),
            ));
        }
        self.paraphrases = paraphrases;
        Ok(self)
    }

    /// Place of a label.
    pub fn index(&self, label: &str) -> Option<usize> {
        self.classes.iter().position(|c| c == label)
    }

    /// The prompts of some labels, in the order given.
    pub fn select(&self, labels: &[String]) -> Result<Self, TrainError> {
        let indices: Vec<usize> =
            labels.iter().map(|label| self.require(label, "prompts")).collect::<Result<_, _>>()?;
        Ok(Self {
            classes: labels.to_vec(),
            vectors: self.vectors.select(Axis(0), &indices),
            paraphrases: indices.iter().map(|&i| self.paraphrases[i].clone()).collect(),
            means: self.means.clone(),
            encoder: self.encoder.clone(),
        })
    }

    pub(crate) fn require(&self, label: &str, source: &str) -> Result<usize, TrainError> {
        self.index(label).ok_or_else(|| {
            let known: Vec<&str> = self.classes.iter().take(5).map(String::as_str).collect();
            let problem = format!(
                "label {label:?} has no prompt ({} labels are known: {}, …); add its five sentences to the vocabulary",
                self.classes.len(),
                known.join(", ")
            );
            TrainError::data(source, problem)
        })
    }
}
