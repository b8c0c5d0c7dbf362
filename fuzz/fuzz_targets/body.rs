#![no_main]
use kinecho::body::{BodyModel, Pose};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(model) = BodyModel::from_bytes("fuzz", &kinecho_fuzz::archive(bytes))
        && let Ok(body) = model.with_coefficients(&[])
    {
        let _ = body.mesh(&Pose::rest(model.joint_count()));
    }
});
