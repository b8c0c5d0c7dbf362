//! The embedded prompts of a list of classes.

use ndarray::{Array2, Array3, ArrayView2, Axis, s};

use super::{ATTRIBUTES, Activity, Centring, SentenceEncoder, TextError, attribute_similarity};

/// Raw embeddings of every text of a list of classes; [`PromptBank::centred`] makes what a model is fed.
///
/// Raw attribute vectors are not averaged anywhere: it is the differences between attributes that carry the motion.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptBank {
    activities: Vec<Activity>,
    attributes: Array3<f32>,
    labels: Array2<f32>,
    paraphrases: Vec<[Array2<f32>; 5]>,
}

/// Prompts after centring, vectors of length 1: what a model is fed and compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct CentredPrompts {
    /// Slugs of the classes, in order.
    pub slugs: Vec<String>,
    /// `[class, attribute, width]`
    pub attributes: Array3<f32>,
    /// For each class and attribute `[paraphrase, width]`, centred with the attribute's mean.
    pub paraphrases: Vec<[Array2<f32>; 5]>,
}

impl PromptBank {
    /// Embeds labels, attributes and paraphrases of `activities` in one pass; their slugs must differ.
    pub fn new(encoder: &dyn SentenceEncoder, activities: &[Activity]) -> Result<Self, TextError> {
        if activities.is_empty() {
            return Err(TextError::Classes("a prompt bank needs at least one class".into()));
        }
        for (i, activity) in activities.iter().enumerate() {
            if activities[..i].iter().any(|a| a.slug == activity.slug) {
                return Err(TextError::Classes(format!("class {:?} is given twice", activity.slug)));
            }
        }
        let classes = activities.len();
        let labels = activities.iter().map(|a| a.label.clone());
        let attributes = activities.iter().flat_map(|a| a.text.iter().cloned());
        let paraphrases = activities.iter().flat_map(|a| a.paraphrases.iter().flatten().cloned());
        let texts: Vec<String> = labels.chain(attributes).chain(paraphrases).collect();

        let width = encoder.width();
        let vectors = encoder.encode(&texts)?;
        if vectors.dim() != (texts.len(), width) {
            let problem = format!("shape {:?}, expected [{}, {width}]", vectors.shape(), texts.len());
            return Err(TextError::Array { array: "sentence vectors", problem });
        }
        if let Some(((row, _), _)) = vectors.indexed_iter().find(|(_, v)| !v.is_finite()) {
            let problem = format!("the vector of {:?} is not finite", texts[row]);
            return Err(TextError::Array { array: "sentence vectors", problem });
        }

        let mut attributes = Array3::zeros((classes, ATTRIBUTES.len(), width));
        for (class, mut rows) in attributes.outer_iter_mut().enumerate() {
            let from = classes + class * ATTRIBUTES.len();
            rows.assign(&vectors.slice(s![from..from + ATTRIBUTES.len(), ..]));
        }
        let mut next = classes * (1 + ATTRIBUTES.len());
        let paraphrases = activities
            .iter()
            .map(|activity| {
                activity.paraphrases.each_ref().map(|sentences| {
                    let rows = vectors.slice(s![next..next + sentences.len(), ..]).to_owned();
                    next += sentences.len();
                    rows
                })
            })
            .collect();
        let labels = vectors.slice(s![..classes, ..]).to_owned();
        Ok(Self { activities: activities.to_vec(), attributes, labels, paraphrases })
    }

    /// The classes, in order.
    pub fn activities(&self) -> &[Activity] {
        &self.activities
    }

    /// The place of a class in this bank.
    pub fn position(&self, slug: &str) -> Option<usize> {
        self.activities.iter().position(|a| a.slug == slug)
    }

    /// The length of a sentence vector.
    pub fn width(&self) -> usize {
        self.labels.ncols()
    }

    /// Raw attribute embeddings, `[class, attribute, width]`.
    pub fn attributes(&self) -> &Array3<f32> {
        &self.attributes
    }

    /// Raw label embeddings, `[class, width]`; for comparison only, they say nothing about motion.
    pub fn labels(&self) -> &Array2<f32> {
        &self.labels
    }

    /// Raw paraphrases, for each class and attribute `[paraphrase, width]`.
    pub fn paraphrases(&self) -> &[[Array2<f32>; 5]] {
        &self.paraphrases
    }

    /// The classes with these slugs, in their order, without encoding again.
    pub fn select<S: AsRef<str>>(&self, slugs: &[S]) -> Result<Self, TextError> {
        let find = |slug: &S| {
            let slug = slug.as_ref();
            self.position(slug).ok_or_else(|| TextError::Classes(format!("class {slug:?} is not in this prompt bank")))
        };
        let rows = slugs.iter().map(find).collect::<Result<Vec<usize>, _>>()?;
        Ok(Self {
            activities: rows.iter().map(|&i| self.activities[i].clone()).collect(),
            attributes: self.attributes.select(Axis(0), &rows),
            labels: self.labels.select(Axis(0), &rows),
            paraphrases: rows.iter().map(|&i| self.paraphrases[i].clone()).collect(),
        })
    }

    /// The means of this bank's attributes: call it on the bank of the training classes only.
    pub fn centring(&self) -> Result<Centring, TextError> {
        Centring::fit(self.attributes.view())
    }

    /// Attributes and paraphrases with the training means taken out, vectors of length 1.
    pub fn centred(&self, centring: &Centring) -> Result<CentredPrompts, TextError> {
        let mut paraphrases = Vec::with_capacity(self.paraphrases.len());
        for raw in &self.paraphrases {
            let mut centred = raw.clone();
            for (attribute, rows) in centred.iter_mut().enumerate() {
                *rows = centring.apply_to(attribute, rows.view())?;
            }
            paraphrases.push(centred);
        }
        Ok(CentredPrompts {
            slugs: self.activities.iter().map(|a| a.slug.clone()).collect(),
            attributes: centring.apply(self.attributes.view())?,
            paraphrases,
        })
    }
}

impl CentredPrompts {
    /// Class indices with their similarity to `query`, most similar first.
    ///
    /// # Shapes
    /// - query: `[attribute, width]`, centred with the same means
    pub fn rank(&self, query: ArrayView2<'_, f32>) -> Vec<(usize, f32)> {
        let similarity = |rows: ArrayView2<'_, f32>| attribute_similarity(rows, query);
        let mut ranked: Vec<_> = self.attributes.outer_iter().map(similarity).enumerate().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked
    }
}
