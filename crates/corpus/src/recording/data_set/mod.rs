//! Data sets that can be read without being told anything about them: one folder and one line here each.

pub mod mars;
pub mod radhar;
mod reader;

pub use reader::Reader;

use serde::{Deserialize, Serialize};
use std::path::Path;

/// The data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSet {
    /// RadHAR (Singh et al. 2019): points of an IWR1443, five activities.
    Radhar,
    /// MARS (An and Ogras 2021): points of an IWR1443, ten rehabilitation movements.
    Mars,
}

impl DataSet {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Radhar, Self::Mars];

    /// Its reader.
    pub fn reader(self) -> &'static dyn Reader {
        match self {
            Self::Radhar => &radhar::Radhar,
            Self::Mars => &mars::Mars,
        }
    }

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Radhar => "radhar",
            Self::Mars => "mars",
        }
    }

    /// The data set of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// The data set that a file is a recording of.
    pub fn of_file(file: &Path) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.reader().sniff(file))
    }
}
