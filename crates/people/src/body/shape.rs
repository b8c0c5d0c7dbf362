//! Bodies by plain parameters: sex, stature, body mass index and muscle.

use super::error::BodyError;
use super::girth;
use super::model::{BodyModel, stand};
use super::skinning::ShapedBody;
use crate::base::Vec3;
use crate::geometry::measure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mean density of a person in air, kg/m³: tissue of 1,050 (Durnin & Womersley 1974, Br. J. Nutr. 32, 77–97, means of their
/// groups 1,020 to 1,070) with about 3 L of air in the lungs, which the skin encloses as well.
pub const BODY_DENSITY: f64 = 1010.0;

/// The shape of one person.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BodyShape {
    /// 0 (female) to 1 (male).
    pub sex: f64,
    /// Standing height, 1.40 to 2.10 m.
    pub stature_m: f64,
    /// Mass over squared stature, 15 to 40 kg/m².
    pub body_mass_index: f64,
    /// 0 (little) to 1 (much), at the same mass.
    pub muscle: f64,
}

impl Default for BodyShape {
    /// A man of 1.75 m and 69 kg.
    fn default() -> Self {
        Self { sex: 1.0, stature_m: 1.75, body_mass_index: 22.5, muscle: 0.5 }
    }
}

impl BodyShape {
    /// Checks every parameter against its range; NaN is outside.
    pub fn check(&self) -> Result<(), BodyError> {
        let ranges = [
            ("sex", self.sex, 0.0, 1.0, "(female to male)"),
            ("stature_m", self.stature_m, 1.40, 2.10, "m"),
            ("body_mass_index", self.body_mass_index, 15.0, 40.0, "kg/m²"),
            ("muscle", self.muscle, 0.0, 1.0, "(little to much)"),
        ];
        for (parameter, value, low, high, unit) in ranges {
            if !(low..=high).contains(&value) {
                return Err(BodyError::OutOfRange { parameter, value, low, high, unit });
            }
        }
        Ok(())
    }

    /// Mass, kg.
    pub fn mass_kg(&self) -> f64 {
        self.body_mass_index * self.stature_m * self.stature_m
    }

    /// Volume that belongs to the mass, m³.
    pub fn volume_m3(&self) -> f64 {
        self.mass_kg() / BODY_DENSITY
    }

    /// Skin area of a real person of this mass and stature, m²: `0.007184 W^0.425 H^0.725`, W in kg, H in cm
    /// (Du Bois & Du Bois 1916, Arch. Intern. Med. 17, 863–871).
    pub fn du_bois_area_m2(&self) -> f64 {
        0.007184 * self.mass_kg().powf(0.425) * (100.0 * self.stature_m).powf(0.725)
    }
}

impl BodyModel {
    /// The body of one person: shape directions for sex and muscle, the model's weight direction as far as it goes, girth scaling
    /// beyond, solved so that the volume is mass over [`BODY_DENSITY`]; stature by uniform scaling.
    ///
    /// A model of principal components has no direction for sex, weight and muscle: its mean shape is scaled to stature and girth.
    pub fn shaped(&self, shape: &BodyShape) -> Result<ShapedBody, BodyError> {
        shape.check()?;
        if self.joint_count() < girth::JOINTS_NEEDED {
            let what = format!(
                "a shape by stature and girth needs SMPL's first {} joints, {} has {}; use coefficients",
                girth::JOINTS_NEEDED,
                self.origin,
                self.joint_count()
            );
            return Err(BodyError::Coefficients { what });
        }
        let line = self.line_to(shape)?;
        let (low, high) = (line.volume(0.0, shape.stature_m), line.volume(line.end, shape.stature_m));
        let wanted = shape.volume_m3();
        let at = solve(0.0, line.end, low - wanted, high - wanted, |t| line.volume(t, shape.stature_m) - wanted);
        let at = at.ok_or(BodyError::GirthOutOfReach {
            wanted_l: wanted * 1e3,
            mass_kg: shape.mass_kg(),
            lowest_l: low.min(high) * 1e3,
            highest_l: low.max(high) * 1e3,
        })?;
        let (mut vertices, mut joints) = line.at(at, shape.stature_m);
        stand(&mut vertices, &mut joints);
        Ok(self.assemble(vertices, joints))
    }

    /// The line of bodies, from thin to stout or from stout to thin, on which the wanted volume lies.
    fn line_to(&self, shape: &BodyShape) -> Result<Line<'_>, BodyError> {
        // MakeHuman's directions as the file has them: −1 male to +1 female, +1 heavy, +1 muscular.
        let betas = |weight: f64| match self.has_plain_parameters() {
            true => vec![1.0 - 2.0 * shape.sex, weight, 2.0 * shape.muscle - 1.0],
            false => Vec::new(),
        };
        let (wanted, stature) = (shape.volume_m3(), shape.stature_m);
        let still = |points: &[Vec3]| vec![Vec3::zeros(); points.len()];
        let line = |(vertices, joints): (Vec<Vec3>, Vec<Vec3>), sign: f64, end: f64| {
            let mut step = girth::field(&vertices, &joints, &self.weights, &self.faces);
            step.iter_mut().for_each(|s| *s *= sign);
            let joint_step = still(&joints);
            Line { vertices, step, joints, joint_step, end, faces: &self.faces }
        };
        let (lean, stout) = (self.blend(&betas(-1.0)), self.blend(&betas(1.0)));
        let scaled_volume =
            |vertices: &[Vec3]| measure::signed_volume(vertices, &self.faces) * (stature / height(vertices)).powi(3);
        if wanted <= scaled_volume(&lean.0) {
            return Ok(line(lean, -1.0, girth::LEAST));
        }
        if wanted >= scaled_volume(&stout.0) {
            return Ok(line(stout, 1.0, girth::MOST));
        }
        let difference = |to: &[Vec3], from: &[Vec3]| to.iter().zip(from).map(|(a, b)| a - b).collect();
        Ok(Line {
            step: difference(&stout.0, &lean.0),
            joint_step: difference(&stout.1, &lean.1),
            vertices: lean.0,
            joints: lean.1,
            end: 1.0,
            faces: &self.faces,
        })
    }
}

/// Bodies `start + t · step` for t from 0 to `end`.
struct Line<'a> {
    vertices: Vec<Vec3>,
    step: Vec<Vec3>,
    joints: Vec<Vec3>,
    joint_step: Vec<Vec3>,
    end: f64,
    faces: &'a [[u32; 3]],
}

impl Line<'_> {
    /// Vertices and joints at `t`, scaled to the stature.
    fn at(&self, t: f64, stature: f64) -> (Vec<Vec3>, Vec<Vec3>) {
        let moved =
            |from: &[Vec3], step: &[Vec3]| -> Vec<Vec3> { from.iter().zip(step).map(|(p, s)| p + s * t).collect() };
        let (mut vertices, mut joints) = (moved(&self.vertices, &self.step), moved(&self.joints, &self.joint_step));
        let scale = stature / height(&vertices);
        vertices.iter_mut().chain(&mut joints).for_each(|p| *p *= scale);
        (vertices, joints)
    }

    fn volume(&self, t: f64, stature: f64) -> f64 {
        measure::signed_volume(&self.at(t, stature).0, self.faces)
    }
}

fn height(vertices: &[Vec3]) -> f64 {
    measure::bounding_box(vertices).map_or(1.0, |(low, high)| high.z - low.z)
}

/// A root of `f` between `a` and `b` by the Illinois variant of regula falsi; `None` when the signs at the ends agree.
fn solve(mut a: f64, mut b: f64, mut fa: f64, mut fb: f64, f: impl Fn(f64) -> f64) -> Option<f64> {
    if fa == 0.0 {
        return Some(a);
    }
    if (fa * fb).is_nan() || fa * fb > 0.0 {
        return None;
    }
    for _ in 0..60 {
        let c = (a * fb - b * fa) / (fb - fa);
        let fc = f(c);
        // A tenth of a millilitre.
        if fc.abs() < 1e-7 {
            return Some(c);
        }
        if fc * fb < 0.0 {
            (a, fa) = (b, fb);
        } else {
            fa *= 0.5;
        }
        (b, fb) = (c, fc);
    }
    Some(b)
}
