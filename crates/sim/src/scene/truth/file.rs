//! `truth.npz`, and `truth.json` beside it.

use super::arrays::Truth;
use crate::base::atomic_file::{self, WriteError};
use crate::base::npz::NpzFile;
use serde_json::{Map, Value, json};
use std::path::Path;

impl Truth {
    /// Writes the arrays to `path`, an archive of NumPy's, and what they are beside it as `.json`.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        atomic_file::write_with(path, |w| {
            let mut npz = NpzFile::new(w);
            for array in &self.arrays {
                npz.numbers(&array.name, array.values.view())?;
            }
            for (name, words) in &self.words {
                npz.words(name, words)?;
            }
            npz.finish()
        })?;
        let text = format!("{:#}\n", self.description());
        atomic_file::write(&path.with_extension("json"), text.as_bytes())
    }

    /// What the arrays are.
    fn description(&self) -> Value {
        let mut arrays = Map::new();
        for array in &self.arrays {
            let (axes, unit, shape) = (&array.axes, array.unit, array.values.shape());
            arrays.insert(array.name.clone(), json!({"axes": axes, "shape": shape, "unit": unit, "dtype": "float64"}));
        }
        for (name, words) in &self.words {
            arrays.insert(name.clone(), json!({"axes": ["joint"], "shape": [words.len()], "dtype": "text"}));
        }
        json!({
            "about": self.about,
            "conventions": {
                "frame": "world: x to the right, y away from its origin, z up",
                "times_s": "start of a chirp, of transmitters in turn that of the first one; its first sample is first_sample_s later",
                "range_m": "half the way from the middle of the transmit antennas over the place to that of the receive antennas",
                "radial_velocity_mps": "derivative of range_m: positive = receding; the phase of an echo rises by 4 pi / wavelength times it",
                "azimuth_rad": "in the sensor frame: from boresight, positive = to the right",
                "elevation_rad": "in the sensor frame: from its horizontal plane, positive = upwards",
                "rotation": "unit quaternion w, x, y, z from rest to the world; people at rest face -y",
                "rcs_m2": "radar cross section seen from the antennas, with nothing in between",
            },
            "arrays": arrays,
        })
    }
}
