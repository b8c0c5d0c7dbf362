//! Writing an npz archive: numbers, and words, which NumPy reads as text without pickling.

use ndarray::ArrayViewD;
use ndarray_npy::{WritableElement, WriteNpyExt};
use std::io::{self, Seek, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An archive that is being written.
pub struct NpzFile<W: Write + Seek> {
    zip: ZipWriter<W>,
}

impl<W: Write + Seek> NpzFile<W> {
    /// An empty archive.
    pub fn new(writer: W) -> Self {
        Self { zip: ZipWriter::new(writer) }
    }

    fn begin(&mut self, name: &str) -> io::Result<()> {
        // Entries beyond 4 GiB need the longer headers, which all readers know.
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
        self.zip.start_file(format!("{name}.npy"), options).map_err(io::Error::other)
    }

    /// Adds numbers.
    pub fn numbers<T: WritableElement + Clone>(&mut self, name: &str, values: ArrayViewD<T>) -> io::Result<()> {
        self.begin(name)?;
        values.write_npy(&mut self.zip).map_err(io::Error::other)
    }

    /// Adds words, of NumPy's type `<U`, by the longest.
    pub fn words(&mut self, name: &str, words: &[String]) -> io::Result<()> {
        self.begin(name)?;
        let width = words.iter().map(|word| word.chars().count()).max().unwrap_or(0).max(1);
        let text = format!("{{'descr': '<U{width}', 'fortran_order': False, 'shape': ({},), }}", words.len());
        // Magic, version, length and text fill up 64 bytes each time, the last of them a line feed.
        let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
        self.zip.write_all(b"\x93NUMPY\x01\x00")?;
        self.zip.write_all(&u16::try_from(length).map_err(io::Error::other)?.to_le_bytes())?;
        self.zip.write_all(format!("{text:<width$}\n", width = length - 1).as_bytes())?;
        for word in words {
            let letters = word.chars().map(u32::from).chain(std::iter::repeat(0)).take(width);
            for letter in letters {
                self.zip.write_all(&letter.to_le_bytes())?;
            }
        }
        Ok(())
    }

    /// Ends the archive.
    pub fn finish(self) -> io::Result<()> {
        self.zip.finish().map(|_| ()).map_err(io::Error::other)
    }
}
