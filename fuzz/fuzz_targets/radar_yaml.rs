#![no_main]
use kinecho::sensor::FmcwRadar;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(text) = kinecho_fuzz::text(bytes) {
        let _ = FmcwRadar::parse(text, "fuzz.yaml".as_ref());
    }
});
