#![no_main]
use kinecho::base::yaml::Document;
use kinecho::corpus::Recipe;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(text) = kinecho_fuzz::text(bytes)
        && let Ok(document) = Document::parse(text, "fuzz.yaml".as_ref())
    {
        let _ = Recipe::from_document(&document);
    }
});
