//! What training needs of its input: labelled maps, and sentence vectors of the labels.

use super::TrainError;
use crate::corpus::MapInput;
use crate::model::mmclip::ATTRIBUTES;
use ndarray::{Array2, Array3, Array4, Axis};

/// Labelled maps that can be read one at a time, from memory or from shards.
pub trait Samples: Sync {
    /// Number of samples.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names of the maps in storage order.
    fn map_names(&self) -> &[String];

    /// `(rows, columns)` of every map.
    fn map_shape(&self) -> (usize, usize);

    /// How the maps were made, where that is known.
    fn input(&self) -> Option<&MapInput> {
        None
    }

    /// What tells these samples from others, as text: a run that was stopped goes on with the same ones only.
    fn fingerprint(&self) -> String {
        String::new()
    }

    /// How a message calls a sample: its id where it has one.
    fn id(&self, index: usize) -> u64 {
        index as u64
    }

    /// Label of a sample.
    fn label(&self, index: usize) -> &str;

    /// Copies the maps of a sample.
    ///
    /// # Shapes
    /// `into` is `[map, row, column]`, row-major.
    fn read(&self, index: usize, into: &mut [f32]) -> Result<(), TrainError>;
}

/// Samples in memory.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Names of the maps.
    pub map_names: Vec<String>,
    /// `[sample, map, row, column]`, values about −1 to 1.
    pub maps: Array4<f32>,
    /// For each sample an index into `classes`.
    pub labels: Vec<usize>,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// How the maps were made, where that is known.
    pub input: Option<MapInput>,
}

impl Dataset {
    /// Checks that the parts fit and that every value is a number.
    pub fn new(
        map_names: Vec<String>,
        maps: Array4<f32>,
        labels: Vec<usize>,
        classes: Vec<String>,
    ) -> Result<Self, TrainError> {
        if map_names.len() != maps.dim().1 {
            return Err(TrainError::mismatch(
                "number of maps",
                ("map_names", map_names.len()),
                ("maps [sample, map, row, column]", maps.dim().1),
            ));
        }
        if labels.len() != maps.dim().0 {
            return Err(TrainError::mismatch("number of samples", ("labels", labels.len()), ("maps", maps.dim().0)));
        }
        if let Some(i) = labels.iter().position(|&l| l >= classes.len()) {
            let problem = format!("label {} of sample {i} is none of {} classes", labels[i], classes.len());
            return Err(TrainError::data("dataset", problem));
        }
        for (i, sample) in maps.outer_iter().enumerate() {
            if sample.iter().any(|v| !v.is_finite()) {
                return Err(TrainError::data("dataset", format!("sample {i} holds NaN or infinite values")));
            }
        }
        Ok(Self { map_names, maps, labels, classes, input: None })
    }

    /// The samples at `indices`.
    pub fn select(&self, indices: &[usize]) -> Self {
        Self {
            map_names: self.map_names.clone(),
            maps: self.maps.select(Axis(0), indices),
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
            classes: self.classes.clone(),
            input: self.input.clone(),
        }
    }
}

impl Samples for Dataset {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn map_names(&self) -> &[String] {
        &self.map_names
    }

    fn map_shape(&self) -> (usize, usize) {
        (self.maps.dim().2, self.maps.dim().3)
    }

    fn input(&self) -> Option<&MapInput> {
        self.input.as_ref()
    }

    fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        self.map_names.iter().for_each(|name| {
            hasher.update(name.as_bytes()).update(&[0]);
        });
        self.maps.iter().for_each(|value| {
            hasher.update(&value.to_le_bytes());
        });
        hasher.finalize().to_hex().to_string()
    }

    fn label(&self, index: usize) -> &str {
        &self.classes[self.labels[index]]
    }

    fn read(&self, index: usize, into: &mut [f32]) -> Result<(), TrainError> {
        into.iter_mut().zip(self.maps.index_axis(Axis(0), index)).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

/// One of the sets that a run mixes.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Name in messages and metrics.
    pub name: &'a str,
    /// The samples.
    pub samples: &'a dyn Samples,
    /// Share of every batch relative to the other sources, above 0.
    pub weight: f64,
}

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
