//! What can be seen of a person in every kind of file: where pelvis, trunk, hands and feet are.

use crate::base::Vec3;
use crate::body::{Joint, JointFrame, Pose, Skeleton};
use crate::motion::capture::skeleton::joint_map::Found;

/// Thigh and shin of a person of 1.70 m, m: 0.245 and 0.246 of the stature (Winter 2009, "Biomechanics and Motor Control of Human
/// Movement", figure 4.1).
pub(in crate::motion::capture) const LEG_M: f64 = 0.835;
/// Stature over the length of thigh and shin, from the same figure.
pub(in crate::motion::capture) const STATURE_PER_LEG: f64 = 1.0 / 0.491;

/// Points of a person in one frame, in the file's axes; lengths are those of a person with legs of [`LEG_M`].
#[derive(Clone, Debug)]
pub(in crate::motion::capture) struct Landmarks {
    /// Middle of the hips.
    pub(in crate::motion::capture) pelvis: Vec3,
    /// What the way carries: the pelvis' own joint, or the translation of the SMPL family. All else hangs on it by bones.
    pub(in crate::motion::capture) carried: Vec3,
    /// Middle of the shoulders.
    pub(in crate::motion::capture) shoulders: Vec3,
    pub(in crate::motion::capture) head: Vec3,
    /// Left, right.
    pub(in crate::motion::capture) ankles: [Vec3; 2],
    /// Left, right.
    pub(in crate::motion::capture) wrists: [Vec3; 2],
    /// Balls of the feet where they are known, otherwise the ankles.
    pub(in crate::motion::capture) balls: [Vec3; 2],
}

impl Landmarks {
    fn all(&self) -> [Vec3; 9] {
        let [a, b] = self.ankles;
        let [c, d] = self.wrists;
        let [e, f] = self.balls;
        [self.pelvis, self.shoulders, self.head, a, b, c, d, e, f]
    }

    /// Height of the lowest point, with the way scaled by `way`.
    pub(in crate::motion::capture) fn lowest(&self, up: &Vec3, way: f64) -> f64 {
        let below = self.all().into_iter().map(|p| (p - self.pelvis).dot(up)).fold(f64::INFINITY, f64::min);
        self.pelvis_at(way).dot(up) + below
    }

    /// The pelvis, with the way scaled by `way`.
    pub(in crate::motion::capture) fn pelvis_at(&self, way: f64) -> Vec3 {
        self.carried * way + (self.pelvis - self.carried)
    }

    /// From the middle of the ankles to the pelvis.
    pub(in crate::motion::capture) fn legs(&self) -> Vec3 {
        self.pelvis - (self.ankles[0] + self.ankles[1]) * 0.5
    }

    /// From the pelvis to the shoulders.
    pub(in crate::motion::capture) fn trunk(&self) -> Vec3 {
        self.shoulders - self.pelvis
    }
}

/// The landmarks of frames of a skeleton of the file's own, and how long a metre of a person with legs of [`LEG_M`] is in it; `None` where
/// its legs have no length.
pub(in crate::motion::capture) fn of_joints(
    frames: &[Vec<JointFrame>],
    found: &Found,
) -> Option<(Vec<Landmarks>, f64)> {
    let leg = leg_length(frames, found)?;
    let scale = LEG_M / leg;
    let points = |frame: &Vec<JointFrame>| {
        let at = |joint: Joint| found.joints[joint as usize].and_then(|j| frame.get(j)).map(|f| f.position * scale);
        let both = |left, right| Some([at(left)?, at(right)?]);
        let [a, b] = both(Joint::LeftShoulder, Joint::RightShoulder)?;
        let pelvis = both(Joint::LeftHip, Joint::RightHip).map(|[l, r]| (l + r) * 0.5)?;
        let shoulders = (a + b) * 0.5;
        let ankles = both(Joint::LeftAnkle, Joint::RightAnkle)?;
        let head = at(Joint::Head).unwrap_or(shoulders + (shoulders - pelvis) * 0.4);
        Some(Landmarks {
            pelvis,
            carried: at(Joint::Pelvis).unwrap_or(pelvis),
            shoulders,
            head,
            ankles,
            wrists: both(Joint::LeftWrist, Joint::RightWrist)?,
            balls: both(Joint::LeftFoot, Joint::RightFoot).unwrap_or(ankles),
        })
    };
    Some((frames.iter().filter_map(points).collect(), scale))
}

/// Length of thigh and shin, in the file's unit: the median over frames and sides; `None` where there is none.
pub(in crate::motion::capture) fn leg_length(frames: &[Vec<JointFrame>], found: &Found) -> Option<f64> {
    let length = |frame: &Vec<JointFrame>, chain: [Joint; 3]| {
        let at = |joint: Joint| found.joints[joint as usize].and_then(|j| frame.get(j)).map(|f| f.position);
        let [a, b, c] = chain.map(at);
        Some((b? - a?).norm() + (c? - b?).norm())
    };
    let legs =
        [[Joint::LeftHip, Joint::LeftKnee, Joint::LeftAnkle], [Joint::RightHip, Joint::RightKnee, Joint::RightAnkle]];
    let lengths = frames.iter().flat_map(|frame| legs.map(|chain| length(frame, chain))).flatten();
    quantile(lengths, 0.5).filter(|leg| *leg > 1e-6)
}

/// The landmarks of poses of the SMPL family, in metres of the model; `root` is where the root joint is at a translation of zero.
pub(in crate::motion::capture) fn of_poses(poses: &[Pose], skeleton: &Skeleton, root: Vec3) -> Vec<Landmarks> {
    let points = |pose: &Pose| {
        // Whatever the joints behind the body's are called, they are no landmarks.
        let mut rotations = pose.rotations.clone();
        rotations.resize(skeleton.rest.len(), Default::default());
        let shifted = Pose { translation: pose.translation + root - skeleton.rest[0], rotations };
        let frames = skeleton.frames(&shifted);
        let at = |joint: Joint| frames[joint as usize].position;
        Landmarks {
            pelvis: at(Joint::Pelvis),
            carried: pose.translation,
            shoulders: (at(Joint::LeftShoulder) + at(Joint::RightShoulder)) * 0.5,
            head: at(Joint::Head),
            ankles: [at(Joint::LeftAnkle), at(Joint::RightAnkle)],
            wrists: [at(Joint::LeftWrist), at(Joint::RightWrist)],
            balls: [at(Joint::LeftFoot), at(Joint::RightFoot)],
        }
    };
    poses.iter().map(points).collect()
}

/// A quantile, 0 to 1, of the finite ones of `values`; `None` of none.
pub(in crate::motion::capture) fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    values.get((share * last as f64).round() as usize).copied()
}
