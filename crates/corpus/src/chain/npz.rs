//! Views as an npz archive: what a picture shows, as numbers.

use super::{View, Views};
use crate::base::axis::Axis;
use crate::base::npz::NpzFile;
use ndarray::Array1;
use std::io::{self, Seek, Write};

impl Views {
    /// Writes each view NAME as `NAME` (float32), the values of its axes as `NAME.AXIS` (float64), and words: `NAME.axes` with a name, unit and,
    /// where it has one, meaning of the sign for each axis, and `NAME.values` with what the numbers are and their unit.
    ///
    /// # Errors
    /// What the writer said.
    pub fn write_npz<W: Write + Seek>(&self, writer: W) -> io::Result<()> {
        let mut file = NpzFile::new(writer);
        for (name, view) in self.iter() {
            write(&mut file, name, view)?;
        }
        file.finish()
    }
}

fn write<W: Write + Seek>(file: &mut NpzFile<W>, name: &str, view: &View) -> io::Result<()> {
    file.numbers(name, view.data.view())?;
    for axis in &view.axes {
        let values = Array1::from_iter((0..axis.len).map(|i| axis.value(i)));
        file.numbers(&format!("{name}.{}", axis.name), values.view().into_dyn())?;
    }
    let told = |axis: &Axis| {
        let sign = axis.sign.as_ref().map_or(String::new(), |sign| format!(", {sign}"));
        format!("{} ({}{sign})", axis.name, axis.unit)
    };
    file.words(&format!("{name}.axes"), &view.axes.iter().map(told).collect::<Vec<_>>())?;
    file.words(&format!("{name}.values"), &[format!("{} ({})", view.quantity, view.unit)])
}
