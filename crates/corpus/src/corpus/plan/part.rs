//! Which part of a corpus a process makes: `--shard I/N`, and what schedulers say of it in their variables.

use crate::corpus::error::CorpusError;
use std::fmt;
use std::str::FromStr;

/// More parts than any scheduler's array has; keeps every sum within its type.
const MOST_PARTS: u64 = 1_000_000;

/// Part `index` of `of` equal parts of a corpus: the shards whose number leaves the remainder `index`.
///
/// ```
/// use kinecho_corpus::corpus::Part;
/// let part: Part = "1/3".parse().unwrap();
/// assert_eq!(part.shards(8).collect::<Vec<_>>(), [1, 4, 7]);
/// assert!("3/3".parse::<Part>().is_err(), "parts count from 0");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    index: u64,
    of: u64,
}

impl Part {
    /// The whole corpus.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Part `index` (from 0) of `of`.
    pub fn new(index: u64, of: u64) -> Result<Self, CorpusError> {
        if !(1..=MOST_PARTS).contains(&of) || index >= of {
            let problem = format!("{index}/{of} is no part: I/N with I from 0 to N-1, N from 1 to {MOST_PARTS}");
            return Err(CorpusError::Part(problem));
        }
        Ok(Self { index, of })
    }

    /// Number of this part, from 0.
    pub fn index(self) -> u64 {
        self.index
    }

    /// Number of parts.
    pub fn of(self) -> u64 {
        self.of
    }

    /// Begins the names of this part's own files: `0-of-4`.
    pub(in crate::corpus) fn file_stem(self) -> String {
        format!("{}-of-{}", self.index, self.of)
    }

    /// Whether this is all of the corpus.
    pub fn is_whole(self) -> bool {
        self.of == 1
    }

    /// Whether the shard belongs to this part.
    pub fn owns(self, shard: u64) -> bool {
        shard % self.of == self.index
    }

    /// The shards of this part among `total`.
    pub fn shards(self, total: u64) -> impl Iterator<Item = u64> {
        (self.index..total).step_by(self.of as usize)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Part {
    type Err = CorpusError;

    fn from_str(text: &str) -> Result<Self, CorpusError> {
        let numbers = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        let (index, of) =
            numbers.ok_or_else(|| CorpusError::Part(format!("`{text}` is no part: I/N expected, I from 0")))?;
        Self::new(index, of)
    }
}

/// A part as asked for on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartChoice {
    /// `I/N`.
    Given(Part),
    /// `auto` or `auto/N`: the index, and without N the number of parts, come from the scheduler.
    Auto {
        /// Number of parts, where it was given.
        of: Option<u64>,
    },
}

impl FromStr for PartChoice {
    type Err = CorpusError;

    fn from_str(text: &str) -> Result<Self, CorpusError> {
        match text.strip_prefix("auto") {
            Some("") => Ok(Self::Auto { of: None }),
            Some(rest) => match rest.strip_prefix('/').and_then(|n| n.parse().ok()) {
                Some(of) if (1..=MOST_PARTS).contains(&of) => Ok(Self::Auto { of: Some(of) }),
                _ => {
                    Err(CorpusError::Part(format!("`{text}`: I/N, auto or auto/N expected, N from 1 to {MOST_PARTS}")))
                }
            },
            None => Ok(Self::Given(text.parse()?)),
        }
    }
}

impl PartChoice {
    /// The part, with the variables of the environment given by `variable`.
    ///
    /// Without N, `auto` takes the number of parts that the corpus folder was begun with (`begun`), so that a later array of
    /// only the missing indices makes the same parts; in a new folder it takes the size of Slurm's array or step.
    pub fn resolve(self, variable: impl Fn(&str) -> Option<String>, begun: Option<u64>) -> Result<Part, CorpusError> {
        let asked = match self {
            Self::Given(part) => return Ok(part),
            Self::Auto { of } => of,
        };
        let number = |name: &str| -> Result<Option<u64>, CorpusError> {
            let Some(text) = variable(name).filter(|t| !t.is_empty()) else { return Ok(None) };
            let wrong = |_| CorpusError::Part(format!("{name}={text} is not a number from 0"));
            text.trim().parse().map(Some).map_err(wrong)
        };
        let unknown = |scheduler: &str| {
            let problem = format!("{scheduler} does not say how many parts there are: use --shard auto/N");
            CorpusError::Part(problem)
        };
        if let Some(index) = number("SLURM_ARRAY_TASK_ID")? {
            // The array's own size counts only when the array starts at 0 and leaves nothing out: otherwise it is a part of one.
            let first = number("SLURM_ARRAY_TASK_MIN")?;
            let last = number("SLURM_ARRAY_TASK_MAX")?;
            let whole = match (first, last, number("SLURM_ARRAY_TASK_COUNT")?) {
                (Some(0), Some(last), Some(count)) if count == last + 1 => Some(count),
                _ => None,
            };
            let of = asked.or(begun).or(whole).ok_or_else(|| {
                let problem = "a Slurm array that does not run from 0 without a gap does not say how many parts there are: \
                               use --array=0-(N-1), or --shard auto/N";
                CorpusError::Part(problem.into())
            })?;
            return Self::within("SLURM_ARRAY_TASK_ID", index, of);
        }
        for (name, scheduler) in [
            ("JOB_COMPLETION_INDEX", "a Kubernetes Indexed Job"),
            ("PBS_ARRAY_INDEX", "a PBS array"),
            ("PBS_ARRAYID", "a Torque array"),
        ] {
            if let Some(index) = number(name)? {
                return Self::within(name, index, asked.or(begun).ok_or_else(|| unknown(scheduler))?);
            }
        }
        if let (Some(index), Some(tasks)) = (number("SLURM_PROCID")?, number("SLURM_NTASKS")?) {
            return Self::within("SLURM_PROCID", index, asked.or(begun).unwrap_or(tasks));
        }
        Err(CorpusError::Part(
            "auto found no scheduler: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX, PBS_ARRAY_INDEX, PBS_ARRAYID and \
             SLURM_PROCID is set; use --shard I/N"
                .into(),
        ))
    }

    fn within(name: &str, index: u64, of: u64) -> Result<Part, CorpusError> {
        Part::new(index, of).map_err(|_| {
            CorpusError::Part(format!("{name}={index} is beyond the {of} parts of this corpus, which count from 0"))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn auto(choice: &str, variables: &[(&str, &str)], begun: Option<u64>) -> Result<String, String> {
        let look = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let choice: PartChoice = choice.parse().map_err(|e: CorpusError| e.to_string())?;
        choice.resolve(look, begun).map(|p| p.to_string()).map_err(|e| e.to_string())
    }

    #[test]
    fn parts_share_all_shards() {
        for (of, total) in [(1, 7), (3, 8), (5, 3), (4, 4)] {
            let mut all: Vec<u64> =
                (0..of).flat_map(|i| Part::new(i, of).unwrap().shards(total).collect::<Vec<_>>()).collect();
            all.sort_unstable();
            assert_eq!(all, (0..total).collect::<Vec<_>>());
        }
    }

    #[test]
    fn slurm_array_kubernetes_and_pbs_are_understood() {
        let array = |id, min, max, count| {
            [
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_MIN", min),
                ("SLURM_ARRAY_TASK_MAX", max),
                ("SLURM_ARRAY_TASK_COUNT", count),
            ]
        };
        assert_eq!(auto("auto", &array("2", "0", "3", "4"), None).unwrap(), "2/4");
        // A later array of the missing ones: the folder knows how many parts there are.
        assert_eq!(auto("auto", &array("1", "1", "1", "1"), Some(4)).unwrap(), "1/4");
        assert_eq!(auto("auto", &array("0", "0", "0", "1"), Some(4)).unwrap(), "0/4");
        assert_eq!(auto("auto/8", &array("5", "5", "5", "1"), Some(4)).unwrap(), "5/8");
        assert!(auto("auto", &array("1", "1", "4", "4"), None).unwrap_err().contains("--array=0-"));
        assert!(auto("auto", &array("1", "0", "4", "3"), None).unwrap_err().contains("gap"));
        assert!(auto("auto", &array("4", "4", "4", "1"), Some(4)).unwrap_err().contains("beyond the 4 parts"));
        assert_eq!(auto("auto/6", &[("JOB_COMPLETION_INDEX", "5")], None).unwrap(), "5/6");
        assert!(auto("auto", &[("JOB_COMPLETION_INDEX", "5")], None).unwrap_err().contains("auto/N"));
        assert_eq!(auto("auto/6", &[("PBS_ARRAY_INDEX", "0")], None).unwrap(), "0/6");
        assert_eq!(auto("auto/6", &[("PBS_ARRAYID", "3")], None).unwrap(), "3/6");
        assert_eq!(auto("auto", &[("SLURM_PROCID", "1"), ("SLURM_NTASKS", "2")], None).unwrap(), "1/2");
        assert!(auto("auto/6", &[("PBS_ARRAY_INDEX", "x")], None).unwrap_err().contains("PBS_ARRAY_INDEX=x"));
        assert!(auto("auto", &[], None).unwrap_err().contains("no scheduler"));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "3", "a/b", "4/4", "0/0", "-1/4", "1/2/3", "auto/", "auto/0", "automatic", "0/9999999"] {
            assert!(text.parse::<PartChoice>().is_err(), "{text}");
        }
    }
}
