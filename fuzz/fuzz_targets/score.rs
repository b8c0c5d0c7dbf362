#![no_main]
use kinecho::motion::score::ScoreBook;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(text) = kinecho_fuzz::text(bytes) {
        let _ = ScoreBook::parse(text, "fuzz.yaml".as_ref());
    }
});
