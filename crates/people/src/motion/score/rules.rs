//! From a score as typed to a checked one: names, ranges and order, with file and line of what is wrong.

use super::channel::{self, Scale};
use super::key::Key;
use super::spec::{
    Draw, Ending, FileSpec, Gait, GaitStyle, Idle, Kind, Limits, PathShape, PathSpec, ScoreSpec, Shape, Spread,
};
use super::vary::Vary;
use super::{Score, Timing};
use crate::base::yaml::line_of;
use crate::motion::error::MotionError;
use std::path::Path;

pub(super) fn parse(yaml: &str, origin: &Path) -> Result<Vec<Score>, MotionError> {
    let file: FileSpec = serde_yaml::from_str(yaml).map_err(|error| MotionError::Yaml {
        path: origin.to_owned(),
        line: error.location().map_or(0, |place| place.line()),
        message: error.to_string(),
    })?;
    let line = |path: &[&str]| line_of(yaml, path).unwrap_or(0);
    if file.version != 1 {
        let message =
            format!("version {} of the score format is not known; this program reads version 1", file.version);
        return Err(MotionError::Yaml { path: origin.to_owned(), line: line(&["version"]), message });
    }
    let mut scores: Vec<Score> = Vec::with_capacity(file.motions.len());
    for (place, spec) in file.motions.iter().enumerate() {
        let fail = |message: String| MotionError::Score {
            path: origin.to_owned(),
            line: line(&["motions", &place.to_string(), "slug"]),
            slug: spec.slug.clone(),
            message,
        };
        let vary = Vary::resolve(&file.defaults.vary, &spec.vary, spec.kind != Kind::Once);
        let idle = spec.idle.or(file.defaults.idle).unwrap_or_default();
        let limits = spec.limits.or(file.defaults.limits).unwrap_or_default();
        let score = check(spec, vary, idle, limits).map_err(fail)?;
        if scores.iter().any(|other| other.clashes(&score)) {
            return Err(fail("this id or slug is already taken by another motion of the file".into()));
        }
        if score.way.is_some() && !file.motions.iter().any(|other| other.slug == score.slug && other.way.is_none()) {
            return Err(fail("another way to do a motion belongs in the file of the motion itself".into()));
        }
        scores.push(score);
    }
    Ok(scores)
}

type Checked<T> = Result<T, String>;

fn check(spec: &ScoreSpec, vary: Vary, idle: Idle, limits: Limits) -> Checked<Score> {
    if spec.slug.is_empty() {
        return Err("`slug` must not be empty".into());
    }
    if spec.way.as_ref().is_some_and(String::is_empty) {
        return Err("`way` must not be empty: leave it out in the motion that stands for the activity".into());
    }
    let timing = timing(spec)?;
    if spec.stance.at.is_some() {
        return Err("`stance` has no place on the time line: remove its `at`".into());
    }
    check_values(&spec.stance, "stance")?;
    check_keys(spec)?;
    if let Some(draw) = &spec.draw {
        check_draw(draw)?;
    }
    let seat_m = spec.seat.map(|seat| within("seat", seat, 0.2, 0.7)).transpose()?;
    check_vary(&vary)?;
    check_idle(&idle)?;
    let positive = [
        limits.hand_speed,
        limits.foot_speed,
        limits.slide,
        limits.below_floor,
        limits.off_balance,
        limits.acceleration,
    ];
    let share = spec.share.unwrap_or(1);
    if !(1..=100).contains(&share) {
        return Err(format!("`share` must lie between 1 and 100, found {share}"));
    }
    if !positive.iter().all(|v| *v > 0.0 && v.is_finite()) {
        return Err("every value of `limits` must be a finite number above 0".into());
    }
    Ok(Score {
        id: spec.id,
        slug: spec.slug.clone(),
        way: spec.way.clone(),
        share,
        timing,
        stance: spec.stance.clone(),
        keys: spec.keys.clone(),
        draw: spec.draw.clone(),
        seat_m,
        vary,
        idle,
        limits,
    })
}

fn within(name: &str, value: f64, low: f64, high: f64) -> Checked<f64> {
    if value >= low && value <= high {
        Ok(value)
    } else {
        Err(format!("`{name}` must lie between {low} and {high}, found {value}"))
    }
}

fn need(name: &str, value: Option<f64>, kind: &str, low: f64, high: f64) -> Checked<f64> {
    within(name, value.ok_or_else(|| format!("`kind: {kind}` needs `{name}`"))?, low, high)
}

fn timing(spec: &ScoreSpec) -> Checked<Timing> {
    let unused = |names: &[(&str, bool)], kind: &str| -> Checked<()> {
        match names.iter().find(|(_, present)| *present) {
            Some((name, _)) => Err(format!("`{name}` has no meaning in `kind: {kind}`")),
            None => Ok(()),
        }
    };
    let (gait, path) = (("gait", spec.gait.is_some()), ("path", spec.path.is_some()));
    let (period, duration) = (("period", spec.period.is_some()), ("duration", spec.duration.is_some()));
    let (pause, ends) = (("pause", spec.pause.is_some()), ("ends", spec.ends.is_some()));
    match spec.kind {
        Kind::Cycle => {
            unused(&[gait, path, duration, pause, ends], "cycle")?;
            Ok(Timing::Cycle { period_s: need("period", spec.period, "cycle", 0.1, 120.0)? })
        }
        Kind::Once => {
            unused(&[gait, path, period], "once")?;
            let ends = spec.ends.unwrap_or_default();
            if ends == Ending::OnFloor {
                unused(&[pause], "once` with `ends: on_floor")?;
            }
            Ok(Timing::Once {
                duration_s: need("duration", spec.duration, "once", 0.1, 120.0)?,
                pause_s: within("pause", spec.pause.unwrap_or(0.0), 0.0, 60.0)?,
                ends,
            })
        }
        Kind::Gait => {
            let rest = [period, duration, pause, ends, ("keys", !spec.keys.is_empty()), ("draw", spec.draw.is_some())];
            unused(&rest, "gait")?;
            let gait = spec.gait.clone().ok_or("`kind: gait` needs `gait`")?;
            let path = spec.path.clone().ok_or("`kind: gait` needs `path`")?;
            check_gait(&gait)?;
            check_path(&path)?;
            Ok(Timing::Gait { gait, path })
        }
    }
}

fn check_gait(gait: &Gait) -> Checked<()> {
    within("gait.speed", gait.speed, 0.1, 5.0)?;
    within("gait.step", gait.step, 0.1, 1.5)?;
    match gait.style {
        GaitStyle::Walk => within("gait.contact (walk)", gait.contact, 0.5, 0.8)?,
        GaitStyle::Jog => within("gait.contact (jog)", gait.contact, 0.2, 0.5)?,
    };
    within("gait.lift", gait.lift, 0.0, 0.5)?;
    within("gait.arm_swing", gait.arm_swing, 0.0, 70.0)?;
    within("gait.elbow", gait.elbow, 0.0, 130.0)?;
    for (name, value, most) in
        [("gait.bounce", gait.bounce, 0.1), ("gait.surge", gait.surge, 0.1), ("gait.sway", gait.sway, 0.15)]
    {
        if let Some(value) = value {
            within(name, value, 0.0, most)?;
        }
    }
    within("gait.lean", gait.lean, -20.0, 30.0)?;
    Ok(())
}

fn check_path(path: &PathSpec) -> Checked<()> {
    let shape = match path.shape {
        PathShape::Circle => {
            need("path.radius", path.radius, "gait` with `shape: circle", 0.4, 10.0).map(|_| "radius")?
        }
        PathShape::LineTurn | PathShape::LineBack | PathShape::Sideways => {
            need("path.length", path.length, "gait` on a line", 0.3, 20.0).map(|_| "length")?
        }
        PathShape::TurnInPlace => {
            need("path.angle", path.angle, "gait` with `shape: turn_in_place", 10.0, 360.0).map(|_| "angle")?
        }
        PathShape::InPlace => "",
    };
    for (name, value) in [("radius", path.radius), ("length", path.length), ("angle", path.angle)] {
        if value.is_some() && name != shape {
            return Err(format!("`path.{name}` has no meaning for this shape of path"));
        }
    }
    within("path.heading", path.heading, -180.0, 180.0)?;
    within("path.pause", path.pause, 0.0, 5.0)?;
    Ok(())
}

fn check_keys(spec: &ScoreSpec) -> Checked<()> {
    if spec.kind == Kind::Gait {
        return Ok(());
    }
    if spec.keys.is_empty() {
        return Err("`keys` needs at least one key".into());
    }
    let mut last = -1.0;
    for (i, key) in spec.keys.iter().enumerate() {
        let name = format!("keys[{i}]");
        let at = key.at.ok_or_else(|| format!("{name} needs `at`"))?;
        within(&format!("{name}.at"), at, 0.0, 1.0)?;
        if at <= last {
            return Err(format!(
                "{name}.at is {at}, but keys must follow in increasing order (the one before is {last})"
            ));
        }
        if spec.kind == Kind::Cycle && at == 1.0 {
            return Err(format!("{name}.at is 1, which is the same place as 0 in a cycle: leave this key out"));
        }
        last = at;
        if key.grip.is_some() {
            return Err(format!("{name}.grip: a grip can only stand in `stance`"));
        }
        check_values(key, &name)?;
    }
    Ok(())
}

/// Every number must be one that a body could mean, even if its joints cannot follow.
fn check_values(key: &Key, name: &str) -> Checked<()> {
    for (part, values, scales) in channel::typed_parts(key) {
        for (value, scale) in values.iter().zip(scales) {
            if let Some(value) = value {
                let limit = if *scale == Scale::Length { 3.0 } else { 360.0 };
                within(&format!("{name}.{part}"), *value, -limit, limit)?;
            }
        }
    }
    for (part, hand) in channel::typed_hands(key) {
        for value in [hand.out, hand.up, hand.forward].into_iter().flatten() {
            within(&format!("{name}.{part}"), value, -1.5, 1.5)?;
        }
    }
    Ok(())
}

fn check_draw(draw: &Draw) -> Checked<()> {
    within("draw.size", draw.size, 0.02, 1.0)?;
    within("draw.from", draw.from, 0.0, 1.0)?;
    within("draw.to", draw.to, 0.0, 1.0)?;
    if draw.to <= draw.from {
        return Err(format!("`draw.to` is {}, but must be after `draw.from`, {}", draw.to, draw.from));
    }
    within("draw.turns", draw.turns, 0.1, 20.0)?;
    for value in draw.offset {
        within("draw.offset", value, -1.0, 1.0)?;
    }
    if draw.shape == Shape::Strokes && draw.points.len() < 2 {
        return Err("`draw.shape: strokes` needs at least two `points`".into());
    }
    for value in draw.points.iter().flatten() {
        within("draw.points", *value, -5.0, 5.0)?;
    }
    Ok(())
}

fn check_vary(vary: &Vary) -> Checked<()> {
    within("vary.key_time", vary.key_time, 0.0, 0.2)?;
    within("vary.key_value", vary.key_value, 0.0, 0.5)?;
    let spreads = [
        ("tempo", vary.tempo, 0.2, 5.0),
        ("size", vary.size, 0.0, 3.0),
        ("speed", vary.speed, 0.1, 5.0),
        ("step", vary.step, 0.1, 1.5),
        ("radius", vary.radius, 0.4, 10.0),
        ("length", vary.length, 0.3, 20.0),
        ("angle", vary.angle, 10.0, 360.0),
        ("pause", vary.pause, 0.0, 60.0),
    ];
    for (name, spread, low, high) in spreads {
        match spread {
            Spread::Fraction(f) => {
                within(&format!("vary.{name}"), f, 0.0, 0.9)?;
            }
            Spread::Range(range) => check_range(name, range, low, high)?,
        }
    }
    check_range("stature", vary.stature_m, 0.5, 2.5)?;
    check_range("build", vary.build, 10.0, 60.0)?;
    check_range("facing", vary.facing_deg, -180.0, 180.0)?;
    check_range("place.range", vary.place.range, 0.1, 100.0)?;
    check_range("place.azimuth", vary.place.azimuth, -180.0, 180.0)?;
    check_range("start", vary.start, 0.0, 1.0)
}

fn check_range(name: &str, [low, high]: [f64; 2], least: f64, most: f64) -> Checked<()> {
    within(&format!("vary.{name}"), low, least, most)?;
    within(&format!("vary.{name}"), high, least, most)?;
    if low > high {
        return Err(format!("`vary.{name}` runs from {low} to {high}: the first must not be above the second"));
    }
    Ok(())
}

fn check_idle(idle: &Idle) -> Checked<()> {
    within("idle.sway.amount", idle.sway.amount, 0.0, 0.05)?;
    within("idle.breath.chest", idle.breath.chest, 0.0, 0.03)?;
    for rate in idle.sway.rate.into_iter().chain(idle.breath.rate) {
        within("idle: rate", rate, 0.0, 3.0)?;
    }
    Ok(())
}
