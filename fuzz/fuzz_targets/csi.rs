#![no_main]
use kinecho::recording::csi::CsiFormat;

// As every tool's: content decides which one reads it, and the fuzzer finds ways past that.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kinecho_fuzz::in_folder(&[("packets", bytes)], |dir| {
        for format in CsiFormat::ALL {
            if let Ok(read) = format.read(&dir.join("packets")) {
                for piece in &read.pieces {
                    assert_eq!(piece.problem(), None, "{}", format.name());
                }
            }
        }
    });
});
