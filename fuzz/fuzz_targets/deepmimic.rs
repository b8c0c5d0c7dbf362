#![no_main]
use kinecho::body::{BodyModel, BodyShape, ShapedBody};
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Format, JointMapBook};
use std::sync::LazyLock;

static BODY: LazyLock<ShapedBody> =
    LazyLock::new(|| BodyModel::cc0().shaped(&BodyShape::default()).expect("the default body"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(capture) = Capture::parse(Format::DeepMimic, "fuzz", bytes, Excerpt::new(0.0, 1.0)) {
        let _ = capture.onto(&BODY, JointMapBook::builtin());
    }
});
