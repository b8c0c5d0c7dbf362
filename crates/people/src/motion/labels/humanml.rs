//! HumanML3D (Guo et al. 2022): `index.csv` (source_path, start_frame, end_frame, new_name) and `texts/NAME.txt` with lines
//! `sentence#tagged words#from#to`, times in s within the clip, 0 and 0 for the whole of it.

use super::super::error::MotionError;
use super::{LabelBook, LabelSpan};
use serde::Deserialize;
use std::path::Path;

/// Frames of the index are counted at this rate, Hz.
const RATE: f64 = 20.0;
/// Data sets whose beginnings were cut off before frames were counted, s (HumanML3D's `raw_pose_processing`).
const CUT_OFF: [(&str, f64); 5] = [
    ("eyes_japan_dataset", 3.0),
    ("mpi_hdm05", 3.0),
    ("totalcapture", 1.0),
    ("mpi_limits", 1.0),
    ("transitions_mocap", 0.5),
];

#[derive(Deserialize)]
struct Row {
    source_path: String,
    start_frame: i64,
    end_frame: i64,
    new_name: String,
}

pub(super) fn read(folder: &Path) -> Result<LabelBook, MotionError> {
    let index = folder.join("index.csv");
    let text = std::fs::read_to_string(&index).map_err(|source| MotionError::Read { path: index.clone(), source })?;
    let mut book = LabelBook::default();
    let mut found = 0;
    for (number, row) in csv::Reader::from_reader(text.as_bytes()).deserialize::<Row>().enumerate() {
        let place = format!("{}:{}", index.display(), number + 2);
        let row = row.map_err(|e| {
            MotionError::file(&place, format!("{e}; expected source_path, start_frame, end_frame, new_name"))
        })?;
        let name = Path::new(&row.new_name).with_extension("txt");
        let Some(name) = name.file_name() else { continue };
        let path = folder.join("texts").join(name);
        // The texts are downloaded apart from the index, and not all clips have some.
        let texts = match std::fs::read_to_string(&path) {
            Ok(texts) => texts,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(source) => {
                book.leave_out(path.display(), &MotionError::Read { path: path.clone(), source });
                continue;
            }
        };
        found += 1;
        let source = row.source_path.to_lowercase();
        let cut = CUT_OFF.iter().find(|(set, _)| source.contains(set)).map_or(0.0, |(_, s)| *s);
        let start_s = cut + row.start_frame.max(0) as f64 / RATE;
        let end_s = (row.end_frame > row.start_frame).then(|| cut + row.end_frame as f64 / RATE);
        match spans(&path, &texts, start_s, end_s) {
            Ok(spans) => spans.into_iter().for_each(|span| book.add(&row.source_path, span)),
            Err(error) => book.leave_out(path.display(), &error),
        }
    }
    if found == 0 {
        let message = "no text of any clip is in texts/; unpack texts.zip there";
        return Err(MotionError::file(folder.display().to_string(), message));
    }
    Ok(book)
}

fn spans(path: &Path, texts: &str, start_s: f64, end_s: Option<f64>) -> Result<Vec<LabelSpan>, MotionError> {
    let mut spans = Vec::new();
    for (number, line) in texts.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let fields: Vec<&str> = line.split('#').collect();
        let &[sentence, _, from, to] = fields.as_slice() else {
            let message = format!("{} fields, expected `sentence#tagged words#from#to`", fields.len());
            return Err(MotionError::file(format!("{}:{}", path.display(), number + 1), message));
        };
        // The files have `nan` in places, which their own reader takes for 0.
        let time = |field: &str| field.trim().parse::<f64>().ok().filter(|t| t.is_finite() && *t >= 0.0).unwrap_or(0.0);
        let (from, to) = (time(from), time(to));
        let (start_s, end_s) = if to > from { (start_s + from, Some(start_s + to)) } else { (start_s, end_s) };
        let raw = vec![sentence.trim().to_owned()];
        spans.push(LabelSpan { start_s, end_s, raw, processed: None, categories: Vec::new(), of_s: None });
    }
    Ok(spans)
}
