#![no_main]
use kinecho::recording::any;

// The geometry, then the capture.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kinecho_fuzz::named(bytes, &["adc.json", "adc.bin"], |dir| {
        let _ = any::read(&dir.join("adc.bin"));
    });
});
