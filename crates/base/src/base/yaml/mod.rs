//! YAML input with errors that name file and line, all of them at once.
//!
//! Two layers: a [`Document`] is what the user typed (text plus changes by `--set` and by files that are based on it);
//! [`Document::typed`] makes the typed form of it; the module that owns the type checks the values and hands its [`Problem`]s back to
//! [`Document::rejected`] to be located.
//!
//! ```text
//! document.rs  texts and changes, typed forms, where a value came from
//! schema.rs    JSON Schema of what is typed in more than one form
//! shipped.rs   files that come with the program
//! places.rs    the line of every key and entry of a text
//! upgrade.rs   newer keys in place of older ones
//! words.rs     what is said of values that cannot be used
//! ```

mod document;
mod places;
mod schema;
mod shipped;
mod upgrade;
mod words;

pub use document::Document;
pub use schema::or_word;
pub use shipped::ship;
pub use upgrade::UpgradeFn;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use std::fmt;
use std::path::PathBuf;

/// YAML that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Not YAML.
    #[error("{}: {message}", origin.display())]
    Parse {
        /// The file.
        origin: PathBuf,
        /// What is wrong, with line and column where known.
        message: String,
    },
    /// A `--set` that cannot be applied.
    #[error("--set {assignment}: {message}")]
    Set {
        /// The assignment as typed.
        assignment: String,
        /// What is wrong with it.
        message: String,
    },
    /// Unknown keys, values of the wrong type, or all values outside their admissible range.
    #[error("{}", list(problems))]
    Rejected {
        /// Where each value was typed, its key and what is wrong.
        problems: Vec<(Place, Problem)>,
    },
}

impl YamlError {
    /// Values of one file that cannot be used, with their lines where known.
    pub fn in_file(origin: &std::path::Path, problems: Vec<(Option<usize>, Problem)>) -> Self {
        let at = |(line, problem)| (Place::File { path: origin.to_owned(), line }, problem);
        Self::Rejected { problems: problems.into_iter().map(at).collect() }
    }
}

/// Where a value was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file.
    File {
        /// The file.
        path: PathBuf,
        /// The line of its key, from 1; none where neither the key nor one around it stands in the file.
        line: Option<usize>,
    },
    /// On the command line.
    Argument {
        /// What follows `--set`.
        assignment: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Argument { assignment } => write!(f, "--set {assignment}"),
        }
    }
}

/// One value that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Dotted path of the key, for example `radar.sample_rate_hz`.
    pub key: String,
    /// What is wrong and what is admissible.
    pub message: String,
}

impl Problem {
    /// A problem with the value at `key`.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }

    /// The same problem seen from one level further out.
    pub fn under(mut self, outer: &str) -> Self {
        self.key = if self.key.is_empty() { outer.to_string() } else { format!("{outer}.{}", self.key) };
        self
    }
}

/// The typed form of a value, or what is wrong with it; the key is relative to the value.
///
/// ```
/// let value = serde_json::json!({"a": [1, "x"]});
/// let typed: Result<std::collections::BTreeMap<String, Vec<i32>>, _> = kinecho_base::base::yaml::typed_value(&value);
/// let problem = typed.unwrap_err();
/// assert_eq!(problem.key, "a.1");
/// ```
pub fn typed_value<T: DeserializeOwned>(value: &impl Serialize) -> Result<T, Problem> {
    let text = serde_yaml::to_string(value).map_err(|e| Problem::new("", e.to_string()))?;
    typed_text(&text).map_err(|(problem, _)| problem)
}

/// The typed form of a text, or what is wrong with it and the line where the parser noticed. The one way to typed values: code for reading a
/// type is compiled for one parser only.
fn typed_text<T: DeserializeOwned>(text: &str) -> Result<T, (Problem, Option<usize>)> {
    serde_path_to_error::deserialize(serde_yaml::Deserializer::from_str(text)).map_err(|error| {
        let key = dotted(error.path());
        let line = error.inner().location().map(|l| l.line());
        (Problem::new(&key, words::bare(error.inner(), &key)), line)
    })
}

fn dotted(path: &serde_path_to_error::Path) -> String {
    let keys = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        // The tag of a variant is no key.
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    keys.collect::<Vec<_>>().join(".")
}

/// The line (from 1) of a key in a YAML text, or of the nearest key or list entry around it.
///
/// ```
/// let text = "a:\n- {b: 1,\n   c: 2}\n";
/// assert_eq!(kinecho_base::base::yaml::line_of(text, &["a", "0", "c"]), Some(3));
/// ```
pub fn line_of<S: AsRef<str>>(text: &str, path: &[S]) -> Option<usize> {
    places::Places::of(text).find(path).0
}

fn list(problems: &[(Place, Problem)]) -> String {
    let line = |(place, Problem { key, message }): &(Place, Problem)| match key.as_str() {
        "" => format!("{place}: {message}"),
        key => format!("{place}: {key}: {message}"),
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}
