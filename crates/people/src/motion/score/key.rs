//! The channels of a key, as typed.

use serde::{Deserialize, Serialize};

macro_rules! key_part {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$field_doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<f64>,)*
        }
        impl $name {
            /// The values in the order of the fields.
            pub(super) fn values(&self) -> Vec<Option<f64>> {
                vec![$(self.$field),*]
            }
        }
    };
}

key_part! {
    /// Pelvis: places in metres, angles in degrees.
    Pelvis {
        /// Upward, m.
        up,
        /// Forward, m.
        forward,
        /// To the main side, m.
        aside,
        /// Top forward, degrees.
        tilt,
        /// To the main side, degrees.
        lean,
        /// To the main side, degrees.
        turn,
    }
}
key_part! {
    /// Three vertebral joints together, degrees.
    Spine {
        /// Forward.
        bend,
        /// To the main side.
        lean,
        /// To the main side.
        twist,
    }
}
key_part! {
    /// Neck and head together, degrees.
    Head {
        /// Chin down.
        nod,
        /// To the main side.
        tilt,
        /// To the main side.
        turn,
    }
}
key_part! {
    /// One arm by its angles, degrees, against the chest.
    Arm {
        /// 0 hanging, 90 level, 180 overhead; negative swings the other way.
        raise,
        /// 0 front, 90 outward, 180 back, negative across the body.
        toward,
        /// Inward turn about the upper arm.
        roll,
        /// Elbow flexion.
        bend,
        /// Turn of the forearm, positive palm down or back.
        palm,
    }
}
key_part! {
    /// One foot by its place: lengths in metres, angles in degrees.
    Foot {
        /// Forward, m.
        forward,
        /// Outward, m.
        side,
        /// Height of the sole, m.
        up,
        /// Heel rise, degrees; negative lifts the toes.
        heel,
        /// Toes outward, degrees.
        turn,
    }
}
key_part! {
    /// One free-swinging leg by its angles, degrees, against the vertical.
    Leg {
        /// Thigh forward; negative back.
        raise,
        /// Thigh sideways, outward.
        out,
        /// Knee flexion.
        knee,
        /// Toes up.
        ankle,
    }
}
key_part! {
    /// Pelvis and feet together, m.
    Travel {
        /// To the main side.
        aside,
        /// Forward.
        forward,
    }
}

/// Places that a hand can reach for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The arm hangs (or follows its `arm` channels).
    Hang,
    /// In front of the lips.
    Mouth,
    /// Beside the ear.
    Ear,
    /// In front of the breastbone.
    Chest,
    /// Ahead at the height of the shoulder.
    Front,
    /// Above the shoulder.
    Overhead,
    /// On the side of the waist.
    Hip,
    /// On the knee of the same side.
    Knee,
    /// On the floor ahead of the feet.
    Floor,
}

/// One hand by the place it reaches for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hand {
    /// The place; without it the last one named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Place>,
    /// Outward from the place, m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out: Option<f64>,
    /// Upward from the place, m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up: Option<f64>,
    /// Forward from the place, m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward: Option<f64>,
}

/// How the hands hold something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grip {
    /// The other hand follows the main hand.
    Together,
}

/// A key of the time line, or the stance.
#[allow(missing_docs)] // the names are the channels of the format; their parts are documented
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Key {
    /// Where on the time line, 0..1; absent in a stance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<f64>,
    pub pelvis: Pelvis,
    pub spine: Spine,
    pub head: Head,
    pub arms: Arm,
    pub main_arm: Arm,
    pub other_arm: Arm,
    pub left_arm: Arm,
    pub right_arm: Arm,
    pub hands: Hand,
    pub main_hand: Hand,
    pub other_hand: Hand,
    pub left_hand: Hand,
    pub right_hand: Hand,
    /// Where both elbows point when a hand reaches: 0 down, 90 outward, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elbow: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub main_elbow: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_elbow: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_elbow: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right_elbow: Option<f64>,
    pub feet: Foot,
    pub main_foot: Foot,
    pub other_foot: Foot,
    pub left_foot: Foot,
    pub right_foot: Foot,
    pub legs: Leg,
    pub main_leg: Leg,
    pub other_leg: Leg,
    pub left_leg: Leg,
    pub right_leg: Leg,
    /// Feet and pelvis leave the floor by this height, m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jump: Option<f64>,
    pub travel: Travel,
    /// Only in a stance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grip: Option<Grip>,
}
