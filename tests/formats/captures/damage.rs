//! Damaged files: an error or a motion, never a panic.

use super::{amass, body, deepmimic, gltf, labels::BABEL, skeletons};
use kinecho::motion::Capture;
use kinecho::motion::capture::{Excerpt, Format, JointMapBook, JointMotion, Poses};
use kinecho::motion::labels::LabelBook;
use proptest::prelude::*;
use std::sync::LazyLock;

pub(super) static FILES: LazyLock<Vec<(Format, Vec<u8>)>> = LazyLock::new(|| {
    vec![
        (Format::Amass, amass::file("mocap_framerate", 3, 66)),
        (Format::Biovision, skeletons::bvh(skeletons::plain(), &skeletons::postures()).into_bytes()),
        (Format::DeepMimic, deepmimic::small()),
        (Format::Gltf, gltf::small()),
    ]
});

pub(super) fn read(format: Format, bytes: &[u8], excerpt: Excerpt) {
    if let Ok(capture) = Capture::parse(format, "damaged", bytes, excerpt)
        && capture.frames() < 1000
    {
        // Whatever was read must also be playable or refused.
        if let Poses::Joints(JointMotion { frames, parents, .. }) = &capture.poses {
            assert!(frames.iter().all(|f| f.len() == parents.len()));
        }
        let _ = capture.onto(&BODY, JointMapBook::builtin());
    }
}

static BODY: LazyLock<kinecho::body::ShapedBody> = LazyLock::new(body);

/// Everything in a file that names something else may name what is not there.
#[test]
fn names_of_lost_parts_are_errors() {
    let animation = |input: usize, view: usize| {
        format!(
            r#"{{"asset":{{"version":"2.0"}},"nodes":[{{}}],"accessors":[{{"bufferView":{view},"componentType":5126,"count":1,"type":"SCALAR"}}],
            "bufferViews":[{{"buffer":4,"byteLength":4}}],
            "animations":[{{"samplers":[{{"input":{input},"output":0}}],"channels":[{{"sampler":0,"target":{{"node":0,"path":"rotation"}}}}]}}]}}"#
        )
    };
    for (text, named) in [
        (animation(3, 0), "accessor 3"),
        (animation(0, 5), "buffer view 5"),
        (animation(0, 0), "buffer 4"),
        (animation(0, 0).replace("\"sampler\":0", "\"sampler\":2"), "sampler 2"),
        (animation(0, 0).replace("[{}]", "[{\"children\":[8]}]").replace("rotation", "weights"), "node 8"),
    ] {
        let error = Capture::parse(Format::Gltf, "lost.gltf", text.as_bytes(), Excerpt::WHOLE).unwrap_err().to_string();
        assert!(error.contains("lost.gltf") && error.contains(named), "`{named}` is missing in: {error}");
    }
}

#[test]
fn an_animation_of_a_lost_node_or_of_an_unknown_path_is_an_error() {
    for (target, named) in [(r#"{"node":7,"path":"rotation"}"#, "node 7"), (r#"{"node":0,"path":"qotation"}"#, "path")]
    {
        let text = format!(
            r#"{{"asset":{{"version":"2.0"}},"nodes":[{{}}],"animations":[{{"samplers":[],"channels":[{{"sampler":0,"target":{target}}}]}}]}}"#
        );
        let error = Capture::parse(Format::Gltf, "lost.gltf", text.as_bytes(), Excerpt::WHOLE).unwrap_err().to_string();
        assert!(error.contains("lost.gltf") && error.contains(named), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..Default::default() })]

    #[test]
    fn cut_files(which in 0usize..4, share in 0.0..1.0f64) {
        let (format, bytes) = &FILES[which];
        let length = (bytes.len() as f64 * share) as usize;
        read(*format, &bytes[..length], Excerpt::WHOLE);
    }

    #[test]
    fn flipped_bits(which in 0usize..4, flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..6), start in 0.0..0.1f64) {
        let (format, bytes) = &FILES[which];
        let mut bytes = bytes.clone();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        read(*format, &bytes, Excerpt::new(start, 0.05));
    }

    #[test]
    fn damaged_labels(cut in 0usize..1200, at in 0usize..1200, byte in any::<u8>()) {
        let mut bytes = BABEL.as_bytes()[..cut.min(BABEL.len())].to_vec();
        if let Some(b) = bytes.get_mut(at) {
            *b = byte;
        }
        let _ = LabelBook::parse("damaged", &bytes);
    }
}
