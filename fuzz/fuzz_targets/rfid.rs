#![no_main]
use kinecho::recording::rfid::RfidFormat;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kinecho_fuzz::in_folder(&[("reads.txt", bytes)], |dir| {
        for format in RfidFormat::ALL {
            if let Ok(read) = format.read(&dir.join("reads.txt")) {
                for piece in &read.pieces {
                    assert_eq!(piece.problem(), None, "{}", format.name());
                }
            }
        }
    });
});
