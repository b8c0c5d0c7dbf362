//! Columns out of tables: CSV with any of the usual separators, npz and npy arrays.

use super::super::RecordingError;
use super::mapping::Field;
use crate::base::npy;
use crate::base::npz::{Npz, NpzError};
use ndarray::{ArrayD, Axis};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Why a pickle is not read.
pub(super) const PICKLE: &str = "a pickle is a program, which is not run: save its points with numpy.savez first (docs/recordings.md has the lines)";

/// The columns that were asked for, all of one length.
pub(super) struct TableColumns {
    path: PathBuf,
    /// Rows of the table.
    pub(super) rows: usize,
    /// Points a frame, where the array has an axis of frames.
    pub(super) points_a_frame: Option<usize>,
    numbers: Vec<(Field, Vec<f64>)>,
    words: Vec<(Field, Vec<String>)>,
    /// Line of each row; empty for arrays.
    lines: Vec<u64>,
}

impl TableColumns {
    /// Reads the columns of fields. `names` are those of a table without a header, or of an array's columns.
    pub(super) fn read(path: &Path, wanted: &[(Field, &str)], names: &[String]) -> Result<Self, RecordingError> {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "csv" | "txt" | "tsv" => read_text(path, wanted, names),
            "npz" | "npy" => read_arrays(path, wanted, names, ending == "npz"),
            "pkl" | "pickle" => Err(RecordingError::file(path, PICKLE)),
            _ => Err(RecordingError::file(path, "expected .csv, .txt, .tsv, .npz or .npy")),
        }
    }

    /// The numbers of a field.
    pub(super) fn numbers(&self, field: Field) -> Option<&[f64]> {
        self.numbers.iter().find(|(f, _)| *f == field).map(|(_, values)| values.as_slice())
    }

    /// The words of a field.
    pub(super) fn words(&self, field: Field) -> Option<&[String]> {
        self.words.iter().find(|(f, _)| *f == field).map(|(_, values)| values.as_slice())
    }

    /// Where a row stands, for errors.
    pub(super) fn place(&self, row: usize) -> String {
        self.lines.get(row).map_or_else(|| format!("row {row}"), |line| format!("line {line}"))
    }

    /// An error about a row.
    pub(super) fn fault(&self, row: usize, what: impl Into<String>) -> RecordingError {
        match self.lines.get(row) {
            Some(&line) => RecordingError::line(&self.path, line, what),
            None => RecordingError::file(&self.path, format!("row {row}: {}", what.into())),
        }
    }
}

/// The separator of a table: the one of `, ; tab` that its first line has most of, else white space.
fn separator(line: &str) -> Option<u8> {
    let count = |c: char| line.matches(c).count();
    [',', ';', '\t'].into_iter().max_by_key(|c| count(*c)).filter(|c| count(*c) > 0).map(|c| c as u8)
}

fn read_text(path: &Path, wanted: &[(Field, &str)], names: &[String]) -> Result<TableColumns, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|e| RecordingError::file(path, format!("not UTF-8 text: byte {} is no letter", e.valid_up_to())))?;
    let lines: Vec<(u64, &str)> = text
        .lines()
        .zip(1..)
        .map(|(text, line)| (line, text.trim()))
        .filter(|(_, l)| !l.is_empty() && !l.starts_with('#'))
        .collect();
    let Some((_, first)) = lines.first() else {
        return Err(RecordingError::file(path, "it is empty"));
    };
    let delimiter = separator(first);
    let mut records: Vec<(u64, Vec<String>)> = Vec::with_capacity(lines.len());
    match delimiter {
        Some(delimiter) => {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .trim(csv::Trim::All)
                .comment(Some(b'#'))
                .from_reader(bytes);
            for record in reader.records() {
                let record = record.map_err(|e| {
                    RecordingError::line(path, e.position().map_or(0, csv::Position::line), e.to_string())
                })?;
                let line = record.position().map_or(0, csv::Position::line);
                records.push((line, record.iter().map(str::to_owned).collect()));
            }
        }
        None => records.extend(lines.iter().map(|(n, l)| (*n, l.split_whitespace().map(str::to_owned).collect()))),
    }
    let Some((_, head)) = records.first() else { return Err(RecordingError::file(path, "it is empty")) };
    let width = head.len();
    let headed = head.iter().any(|cell| cell.parse::<f64>().is_err());
    let titles: Vec<String> = match (headed, names.is_empty()) {
        (true, true) => records.remove(0).1,
        (true, false) => {
            let what = format!("it names its columns itself ({}): leave out --columns", head.join(", "));
            return Err(RecordingError::file(path, what));
        }
        (false, true) => (0..width).map(|i| i.to_string()).collect(),
        (false, false) => names.to_vec(),
    };
    if titles.len() != width {
        return Err(RecordingError::file(path, format!("{width} columns, --columns names {}", titles.len())));
    }
    if let Some((line, record)) = records.iter().find(|(_, record)| record.len() != width) {
        let what = format!("{} columns, expected {width}: {}", record.len(), titles.join(", "));
        return Err(RecordingError::line(path, *line, what));
    }
    let mut columns = TableColumns {
        path: path.to_owned(),
        rows: records.len(),
        points_a_frame: None,
        numbers: Vec::new(),
        words: Vec::new(),
        lines: records.iter().map(|(line, _)| *line).collect(),
    };
    for (field, name) in wanted {
        let Some(at) = titles.iter().position(|t| t == name) else {
            let what = format!("no column `{name}` for {field}; there are {}", titles.join(", "));
            return Err(RecordingError::file(path, what));
        };
        if field.is_text() {
            columns.words.push((*field, records.iter().map(|(_, record)| record[at].clone()).collect()));
            continue;
        }
        let mut values = Vec::with_capacity(records.len());
        for (line, record) in &records {
            match record[at].parse::<f64>() {
                Ok(value) if value.is_finite() => values.push(value),
                _ => {
                    let what = format!("column `{name}` is `{}`, expected a number", record[at]);
                    return Err(RecordingError::line(path, *line, what));
                }
            }
        }
        columns.numbers.push((*field, values));
    }
    Ok(columns)
}

/// The arrays of a file, read when they are asked for.
enum Arrays {
    Npz(Npz<BufReader<File>>),
    /// A single array without a name.
    Npy(ArrayD<f64>),
}

impl Arrays {
    fn open(path: &Path, npz: bool) -> Result<Self, RecordingError> {
        let wrong = |e: NpzError| RecordingError::file(path, e.to_string());
        if npz {
            let file = File::open(path).map_err(RecordingError::read(path))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return Ok(Self::Npz(Npz::open(&name, BufReader::new(file)).map_err(wrong)?));
        }
        let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
        let numbers = npy::numbers(&bytes).map_err(|what| RecordingError::file(path, what))?;
        Ok(Self::Npy(numbers.values))
    }

    /// Name and number of axes of every array.
    fn list(&mut self, path: &Path) -> Result<Vec<(String, usize)>, RecordingError> {
        match self {
            Self::Npy(values) => Ok(vec![(String::new(), values.ndim())]),
            Self::Npz(npz) => npz
                .names()
                .into_iter()
                .map(|name| {
                    let axes =
                        npz.shape(&name, "numbers").map_err(|e| RecordingError::file(path, e.to_string()))?.len();
                    Ok((name, axes))
                })
                .collect(),
        }
    }

    fn get(&mut self, path: &Path, name: &str) -> Result<ArrayD<f64>, RecordingError> {
        match self {
            Self::Npy(values) => Ok(values.clone()),
            Self::Npz(npz) => {
                Ok(npz.numbers(name, "numbers").map_err(|e| RecordingError::array(path, name, e.to_string()))?.values)
            }
        }
    }
}

fn read_arrays(
    path: &Path,
    wanted: &[(Field, &str)],
    names: &[String],
    npz: bool,
) -> Result<TableColumns, RecordingError> {
    let mut arrays = Arrays::open(path, npz)?;
    let list = arrays.list(path)?;
    let mut columns = TableColumns {
        path: path.to_owned(),
        rows: 0,
        points_a_frame: None,
        numbers: Vec::new(),
        words: Vec::new(),
        lines: Vec::new(),
    };
    let mut length: Option<(String, usize)> = None;
    for (field, asked) in wanted {
        let (array, column) = find(path, &list, asked, field)?;
        let values = arrays.get(path, &array)?;
        let shown = if array.is_empty() { "the array" } else { &array };
        let fail = |what: String| RecordingError::array(path, shown, what);
        let values: Vec<f64> = match (&column, values.ndim()) {
            (None, 1) => values.iter().copied().collect(),
            (Some(column), axes @ (2 | 3)) => {
                let width = values.shape()[axes - 1];
                let at = match names.iter().position(|n| n == column) {
                    Some(at) => at,
                    None => column.parse().map_err(|_| {
                        fail(format!(
                            "no column `{column}` for {field}: --columns names {width} of them, or count from 0"
                        ))
                    })?,
                };
                if !names.is_empty() && names.len() != width {
                    return Err(fail(format!("{width} columns, --columns names {}", names.len())));
                }
                if at >= width {
                    return Err(fail(format!("no column {at} for {field}: it has {width}, counted from 0")));
                }
                if axes == 3 {
                    columns.points_a_frame = Some(values.shape()[1]);
                }
                values.index_axis(Axis(axes - 1), at).iter().copied().collect()
            }
            (_, axes) => {
                return Err(fail(format!("{axes} axes, expected one, [point, column] or [frame, point, column]")));
            }
        };
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            return Err(fail(format!("{field} is {} in row {row}, expected a number", values[row])));
        }
        match &length {
            Some((first, rows)) if *rows != values.len() => {
                return Err(fail(format!("{} values for {field}, but `{first}` has {rows}", values.len())));
            }
            _ => length = Some((array.clone(), values.len())),
        }
        columns.rows = values.len();
        match field.is_text() {
            true => columns.words.push((*field, values.iter().map(|v| v.to_string()).collect())),
            false => columns.numbers.push((*field, values)),
        }
    }
    Ok(columns)
}

/// Array and column of a name: an array of one axis, `ARRAY.COLUMN`, or a column of the only array with several axes.
fn find(
    path: &Path,
    list: &[(String, usize)],
    asked: &str,
    field: &Field,
) -> Result<(String, Option<String>), RecordingError> {
    if list.iter().any(|(name, axes)| name == asked && *axes == 1) {
        return Ok((asked.to_owned(), None));
    }
    if let Some((array, column)) = asked.rsplit_once('.')
        && list.iter().any(|(name, _)| name == array && !name.is_empty())
    {
        return Ok((array.to_owned(), Some(column.to_owned())));
    }
    let tables: Vec<&str> = list.iter().filter(|(_, axes)| *axes > 1).map(|(name, _)| name.as_str()).collect();
    match tables.as_slice() {
        [table] => Ok(((*table).to_owned(), Some(asked.to_owned()))),
        _ => {
            let there: Vec<String> = list.iter().map(|(name, axes)| format!("{name} ({axes} axes)")).collect();
            let what = format!(
                "no array `{asked}` for {field}; there are {}; a column of one is ARRAY.COLUMN",
                there.join(", ")
            );
            Err(RecordingError::file(path, what))
        }
    }
}
