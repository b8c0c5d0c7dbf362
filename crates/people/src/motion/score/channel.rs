//! The channels of the format as a flat list: what each is called, how it scales, and where a key keeps it.

use super::key::{Hand, Key};

/// How a channel's value follows the size of a rendition and the stature of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Metres: scaled with size and stature.
    Length,
    /// Degrees away from the relaxed stand: scaled with size.
    Angle,
    /// Degrees of a direction or an orientation: not scaled.
    Direction,
    /// Degrees of flexion: scaled with size, but never beyond what a joint can do.
    Flexion,
}

use Scale::{Angle, Direction, Flexion, Length};

const PELVIS: [Scale; 6] = [Length, Length, Length, Angle, Angle, Angle];
const TRUNK: [Scale; 3] = [Angle; 3];
const ARM: [Scale; 5] = [Angle, Direction, Direction, Flexion, Direction];
const ELBOW: [Scale; 1] = [Direction];
const FOOT: [Scale; 5] = [Length, Length, Length, Angle, Direction];
const LEG: [Scale; 4] = [Angle, Angle, Flexion, Angle];
const JUMP: [Scale; 1] = [Length];
const TRAVEL: [Scale; 2] = [Length; 2];

/// First channel of each part in the flat list; the parts of the left side come before those of the right.
pub(super) const PELVIS_AT: usize = 0;
pub(super) const SPINE_AT: usize = 6;
pub(super) const HEAD_AT: usize = 9;
pub(super) const ARM_AT: [usize; 2] = [12, 17];
pub(super) const ELBOW_AT: [usize; 2] = [22, 23];
pub(super) const FOOT_AT: [usize; 2] = [24, 29];
pub(super) const LEG_AT: [usize; 2] = [34, 38];
pub(super) const JUMP_AT: usize = 42;
pub(super) const TRAVEL_AT: usize = 43;
/// Number of channels.
pub(super) const COUNT: usize = 45;

/// How each channel of the flat list scales.
pub(super) fn scale(channel: usize) -> Scale {
    match channel {
        0..6 => PELVIS[channel],
        6..12 => TRUNK[0],
        12..22 => ARM[(channel - 12) % 5],
        22..24 => ELBOW[0],
        24..34 => FOOT[(channel - 24) % 5],
        34..42 => LEG[(channel - 34) % 4],
        42 => JUMP[0],
        _ => TRAVEL[0],
    }
}

/// Channels of one arm: at both ends of a single action they keep their first value.
pub(super) fn is_arm(channel: usize) -> bool {
    (12..24).contains(&channel)
}

/// A channel whose jitter this channel shares, so that feet which move together stay together.
pub(super) fn jitter_source(channel: usize) -> usize {
    match channel {
        29..34 => channel - 5,
        _ => channel,
    }
}

type Part<'a> = (&'a str, Vec<Option<f64>>, &'static [Scale]);

/// All numeric parts of a key under their names in the file.
pub(super) fn typed_parts(key: &Key) -> Vec<Part<'static>> {
    vec![
        ("pelvis", key.pelvis.values(), &PELVIS),
        ("spine", key.spine.values(), &TRUNK),
        ("head", key.head.values(), &TRUNK),
        ("arms", key.arms.values(), &ARM),
        ("main_arm", key.main_arm.values(), &ARM),
        ("other_arm", key.other_arm.values(), &ARM),
        ("left_arm", key.left_arm.values(), &ARM),
        ("right_arm", key.right_arm.values(), &ARM),
        ("elbow", vec![key.elbow], &ELBOW),
        ("main_elbow", vec![key.main_elbow], &ELBOW),
        ("other_elbow", vec![key.other_elbow], &ELBOW),
        ("left_elbow", vec![key.left_elbow], &ELBOW),
        ("right_elbow", vec![key.right_elbow], &ELBOW),
        ("feet", key.feet.values(), &FOOT),
        ("main_foot", key.main_foot.values(), &FOOT),
        ("other_foot", key.other_foot.values(), &FOOT),
        ("left_foot", key.left_foot.values(), &FOOT),
        ("right_foot", key.right_foot.values(), &FOOT),
        ("legs", key.legs.values(), &LEG),
        ("main_leg", key.main_leg.values(), &LEG),
        ("other_leg", key.other_leg.values(), &LEG),
        ("left_leg", key.left_leg.values(), &LEG),
        ("right_leg", key.right_leg.values(), &LEG),
        ("jump", vec![key.jump], &JUMP),
        ("travel", key.travel.values(), &TRAVEL),
    ]
}

/// All hands of a key under their names in the file.
pub(super) fn typed_hands(key: &Key) -> [(&'static str, &Hand); 5] {
    [
        ("hands", &key.hands),
        ("main_hand", &key.main_hand),
        ("other_hand", &key.other_hand),
        ("left_hand", &key.left_hand),
        ("right_hand", &key.right_hand),
    ]
}

/// The key as a flat list for a person whose main side is `main` (0 left, 1 right); a later name wins over an earlier one:
/// both sides, then main and other, then left and right.
pub(super) fn flatten(key: &Key, main: usize) -> [Option<f64>; COUNT] {
    let mut flat = [None; COUNT];
    let mut put = |start: usize, values: &[Option<f64>]| {
        for (slot, value) in flat[start..].iter_mut().zip(values) {
            *slot = value.or(*slot);
        }
    };
    put(PELVIS_AT, &key.pelvis.values());
    put(SPINE_AT, &key.spine.values());
    put(HEAD_AT, &key.head.values());
    put(JUMP_AT, &[key.jump]);
    put(TRAVEL_AT, &key.travel.values());
    for side in 0..2 {
        let acting = side == main;
        let arms =
            [&key.arms, pick(acting, &key.main_arm, &key.other_arm), pick(side == 0, &key.left_arm, &key.right_arm)];
        let feet = [
            &key.feet,
            pick(acting, &key.main_foot, &key.other_foot),
            pick(side == 0, &key.left_foot, &key.right_foot),
        ];
        let legs =
            [&key.legs, pick(acting, &key.main_leg, &key.other_leg), pick(side == 0, &key.left_leg, &key.right_leg)];
        let elbows = [
            key.elbow,
            pick(acting, key.main_elbow, key.other_elbow),
            pick(side == 0, key.left_elbow, key.right_elbow),
        ];
        arms.iter().for_each(|arm| put(ARM_AT[side], &arm.values()));
        feet.iter().for_each(|foot| put(FOOT_AT[side], &foot.values()));
        legs.iter().for_each(|leg| put(LEG_AT[side], &leg.values()));
        elbows.iter().for_each(|elbow| put(ELBOW_AT[side], &[*elbow]));
    }
    flat
}

/// What a key says about the hand of `side`, with the same precedence as [`flatten`].
pub(super) fn hand(key: &Key, side: usize, main: usize) -> Option<Hand> {
    let named = [
        &key.hands,
        pick(side == main, &key.main_hand, &key.other_hand),
        pick(side == 0, &key.left_hand, &key.right_hand),
    ];
    let mut found: Option<Hand> = None;
    for hand in named {
        if *hand != Hand::default() {
            let old = found.take().unwrap_or_default();
            found = Some(Hand {
                to: hand.to.or(old.to),
                out: hand.out.or(old.out),
                up: hand.up.or(old.up),
                forward: hand.forward.or(old.forward),
            });
        }
    }
    found
}

fn pick<T>(first: bool, a: T, b: T) -> T {
    if first { a } else { b }
}
