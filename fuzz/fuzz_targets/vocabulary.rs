#![no_main]
use kinecho::text::Vocabulary;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(text) = kinecho_fuzz::text(bytes) {
        let _ = Vocabulary::parse(text, "fuzz.yaml".as_ref());
    }
});
