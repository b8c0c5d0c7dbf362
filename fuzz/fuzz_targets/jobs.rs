#![no_main]
use kinecho::base::yaml::Document;
use kinecho::study::experiment::Experiment;
use kinecho::study::job::{EvaluateJob, TrainJob};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(text) = kinecho_fuzz::text(bytes) else { return };
    let Ok(document) = Document::parse(text, "fuzz.yaml".as_ref()) else { return };
    let _ = TrainJob::from_document(&document);
    let _ = EvaluateJob::from_document(&document);
    let _ = Experiment::from_document(&document);
});
