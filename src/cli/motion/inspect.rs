//! `kinecho motion inspect`: what a motion file is taken for.

use super::joints::{self, JointRow};
use super::reading::ReadingArgs;
use super::{Global, print_line};
use crate::base::{Vec3, atomic_file};
use crate::body::{BodyModel, BodyShape, Pose, ShapedBody, library};
use crate::motion::Capture;
use crate::motion::capture::{Excerpt, Inspection, JointMapBook, Known, Leap, MappedJoint, Person, facing};
use crate::viz::contact_sheet::Eye;
use crate::viz::{ContactSheet, png_bytes};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `kinecho motion inspect`.
#[derive(Args)]
pub(in crate::cli) struct MotionInspectArgs {
    /// AMASS or SMPL-X .npz, .bvh, .glb, .gltf, .vrm, .vrma, or DeepMimic's .txt.
    file: PathBuf,
    /// Draw postures evenly over the whole file, from the front and from the person's left, as a PNG; joints and times lie beside it as an npz.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Postures of the picture.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    postures: u16,
    /// A body model (SMPL, SMPL-H, SMPL-X or the like as .npz) in place of the CC0 body.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Joint maps for skeletons that the program does not know.
    #[arg(long, value_name = "FILE")]
    joint_map: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
}

pub(super) fn run(args: &MotionInspectArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let own = args.joint_map.as_deref().map(JointMapBook::read).transpose()?;
    let maps = own.as_ref().unwrap_or(JointMapBook::builtin());
    let found = Inspection::of(&args.file, &args.reading.reading()?, maps)?;
    if global.json {
        print_line(&serde_json::to_string_pretty(&found)?)?;
    } else {
        print_line(&text(&found))?;
    }
    if found.problem.is_some() {
        return Ok(ExitCode::FAILURE);
    }
    if let Some(output) = &args.output {
        let body = match &args.body {
            Some(path) => library::model(path)?.shaped(&BodyShape::default())?,
            None => BodyModel::cc0().shaped(&BodyShape::default())?,
        };
        let capture = Capture::read_as(&args.file, Excerpt::new(0.0, 0.0), &args.reading.reading()?)?;
        let (sheet, row) = picture(&args.file, &capture, maps, &body, args.postures.into())?;
        atomic_file::write(output, &png_bytes(&sheet.image())?)?;
        joints::write(output, &[row])?;
        if !global.json {
            print_line(&format!("{:<11} {}", "picture", output.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Postures over the whole file, each where it stands, all turned as the first one.
fn picture(
    path: &Path,
    capture: &Capture,
    maps: &JointMapBook,
    body: &ShapedBody,
    count: usize,
) -> anyhow::Result<(ContactSheet, JointRow)> {
    let poses = capture.survey_onto(body, maps)?;
    let last = poses.len().saturating_sub(1);
    let shown: Vec<usize> = (0..count).map(|i| (i * last) / count.saturating_sub(1).max(1)).collect();
    let turn = poses.first().map(|pose| facing(&pose.rotations[0])).unwrap_or_default();
    let skin = |pose: &Pose| {
        let mut pose = pose.clone();
        let root = body.skeleton.rest[0];
        let here = turn * (root + pose.translation);
        pose.translation = Vec3::new(0.0, 0.0, here.z) - Vec3::new(0.0, 0.0, root.z);
        pose.rotations[0] = turn * pose.rotations[0];
        let mut vertices = vec![Vec3::zeros(); body.vertex_count()];
        body.skin(&pose, &mut vertices);
        vertices
    };
    let frames: Vec<Vec<Vec3>> = shown.iter().filter_map(|i| poses.get(*i)).map(skin).collect();
    let time = |i: &usize| capture.survey.numbers.get(*i).map_or(0.0, |n| *n as f64 / capture.rate_hz);
    let captions: Vec<String> = shown.iter().map(|i| format!("{:.2} s", time(i))).collect();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let row = JointRow::of(&name, body, shown.iter().filter_map(|i| poses.get(*i).map(|pose| (time(i), pose.clone()))));
    let sheet = ContactSheet::new(120)
        .view(Eye::FRONT)
        .row(&format!("{name} front"), &frames, body.faces())
        .captions(&captions)
        .view(Eye::SIDE)
        .row("from the left", &frames, body.faces());
    Ok((sheet, row))
}

/// The findings as lines of a name and what is to be said.
fn text(found: &Inspection) -> String {
    let mut lines: Vec<(&str, String)> = vec![("file", found.file.clone())];
    let format = serde_json::to_value(found.format).ok().and_then(|v| v.as_str().map(str::to_owned));
    lines.push(("format", format!("{}, {}", format.unwrap_or_default(), found.skeleton)));
    lines
        .push(("length", format!("{} frames at {:.3} a second: {:.3} s", found.frames, found.rate_hz, found.length_s)));
    if let Some(person) = &found.person {
        lines.extend(person_lines(person));
    }
    if let Some(map) = &found.joint_map {
        let joint = |joint: &MappedJoint| format!("{} → {}", joint.file, joint.word());
        let prefix = found.prefix.as_ref().map_or(String::new(), |p| format!(", without the prefix `{p}`"));
        let joints: Vec<String> = found.joints.iter().map(joint).collect();
        lines.push(("joint map", format!("{map}{prefix}: {}", joints.join(", "))));
    }
    if !found.unmapped.is_empty() {
        lines.push(("unmapped", found.unmapped.join(", ")));
    }
    if !found.animations.is_empty() {
        let named: Vec<String> = found.animations.iter().enumerate().map(|(i, n)| format!("{i} `{n}`")).collect();
        lines.push(("animations", named.join(", ")));
    }
    lines.extend(leap_line(&found.leaps).map(|line| ("leaps", line)));
    lines.extend(found.notes.iter().map(|note| ("note", note.clone())));
    lines.extend(found.problem.iter().map(|problem| ("problem", problem.clone())));
    let lines: Vec<String> = lines.into_iter().map(|(name, what)| format!("{name:<11} {what}")).collect();
    lines.join("\n")
}

/// The first of the steps that nobody makes; none of a motion without.
fn leap_line(leaps: &[Leap]) -> Option<String> {
    let (first, count) = (leaps.first()?, leaps.len());
    let others = if count == 1 { String::new() } else { format!("; {count} of them in all") };
    Some(format!(
        "{} moves by {:.2} m from frame {} to the next ({:.3} s), {:.0} m/s: a cut, a broken frame, or another unit or rate{others}",
        first.what, first.way_m, first.frame, first.time_s, first.speed_mps
    ))
}

fn person_lines(person: &Person) -> Vec<(&'static str, String)> {
    let how = match person.up_from {
        Known::Stated => "as stated",
        Known::Kind => "as files of its kind have it",
        Known::Motion => "found in how the person moves",
    };
    let scale = match (person.unit, person.stature_m) {
        (Some(unit), Some(stature)) => format!("{unit}: a person of {stature:.2} m"),
        _ => format!("one of the file is {:.5} m of a person of 1.70 m", person.metres_per_unit),
    };
    let way = if person.way_scale == 1.0 { String::new() } else { format!("; the way times {}", person.way_scale) };
    let [low, middle, high] = person.pelvis_m;
    vec![
        ("up", format!("{}, {how}", person.up)),
        ("unit", format!("{scale}{way}")),
        (
            "heights",
            format!(
                "pelvis {middle:.2} m above the floor ({low:.2} to {high:.2}); upright in {:.0} % of the frames",
                100.0 * person.upright
            ),
        ),
        (
            "speeds",
            format!(
                "over the ground {:.2} m/s (19 of 20 below {:.2}); hands and feet against the pelvis {:.2} m/s (below {:.2})",
                person.speed_mps[0], person.speed_mps[1], person.limbs_mps[0], person.limbs_mps[1]
            ),
        ),
    ]
}
