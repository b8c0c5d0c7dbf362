#![no_main]
use kinecho::sensor::FmcwRadar;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(text) = kinecho_fuzz::text(bytes) {
        let _ = FmcwRadar::parse_rf_genesis(text, "fuzz.json".as_ref(), None);
    }
});
