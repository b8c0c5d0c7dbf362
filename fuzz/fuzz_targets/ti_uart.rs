#![no_main]
use kinecho::recording::ti_uart::{UartSettings, read_points};

// The configuration, then the stream of the data port.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    kinecho_fuzz::named(bytes, &["demo.cfg", "demo.dat"], |dir| {
        let _ = read_points(&dir.join("demo.dat"), &UartSettings::default());
    });
});
