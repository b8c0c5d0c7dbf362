//! BVH files (Biovision hierarchy): a tree of joints with offsets, then a line of channel values a frame.
//!
//! Rotation channels are in degrees (some exporters write radians) and apply in the order in which they are listed; position channels of a joint take the place
//! of its offset. Axes and unit are the file's own (usually y up, in centimetres or inches). A line is a frame: one with a value too few or
//! too many would shift all that follow, and is refused.

use crate::base::{Rotation, Vec3};
use crate::body::JointFrame;
use crate::motion::capture::calibration::survey::{self, Survey};
use crate::motion::capture::excerpt::Stretch;
use crate::motion::capture::reading::{AngleUnit, how_to_state, rate_of_step};
use crate::motion::capture::skeleton::joint_motion::{Local, chain};
use crate::motion::capture::{Capture, Excerpt, JointMotion, Poses, Reading};
use crate::motion::error::MotionError;
use std::collections::BTreeMap;
use std::io::BufRead;

/// What a channel value does.
#[derive(Clone, Copy, PartialEq)]
enum Channel {
    Position(usize),
    Rotation(usize),
}

/// Most joints of a skeleton, and most levels of it; real ones have below 200.
const MOST_JOINTS: usize = 2000;
/// A head of a file is no longer than this.
const LONGEST_HEAD: u64 = 4 << 20;

struct Head {
    names: Vec<String>,
    parents: Vec<Option<usize>>,
    offsets: Vec<Vec3>,
    channels: Vec<Vec<Channel>>,
    frames: usize,
    step_s: f64,
}

/// Words with the line that they stand on.
struct Words<'a> {
    origin: &'a str,
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Words<'a> {
    fn new(origin: &'a str, text: &'a str) -> Result<Self, MotionError> {
        // A byte-order mark of UTF-8 is no word; one of UTF-16 means that every letter has two bytes.
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        if text.starts_with("\u{fffd}\u{fffd}") && text.contains('\0') {
            return Err(MotionError::file(origin, "is UTF-16; save it as UTF-8"));
        }
        Ok(Self { origin, text, at, line: 1 })
    }

    fn next(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let begin = rest.find(|c: char| !c.is_whitespace())?;
        self.line += rest[..begin].matches('\n').count();
        let word = &rest[begin..];
        let end = word.find(char::is_whitespace).unwrap_or(word.len());
        self.at += begin + end;
        Some(&word[..end])
    }

    fn fail(&self, message: impl Into<String>) -> MotionError {
        MotionError::file(format!("{}:{}", self.origin, self.line), message)
    }

    fn expect(&mut self, what: &str) -> Result<&'a str, MotionError> {
        self.next().ok_or_else(|| self.fail(format!("the file ends here; expected {what}")))
    }

    fn keyword(&mut self, word: &str) -> Result<(), MotionError> {
        match self.expect(&format!("`{word}`"))? {
            found if found.eq_ignore_ascii_case(word) => Ok(()),
            found => Err(self.fail(format!("found `{found}`, expected `{word}`"))),
        }
    }

    fn number(&mut self, what: &str) -> Result<f64, MotionError> {
        let word = self.expect(what)?;
        number_of(word).map_err(|word| self.fail(format!("`{word}` is not {what}")))
    }

    /// The number of a line such as `Frame Time: 0.04`, with or without blanks about the colon.
    fn field(&mut self, name: &str, what: &str) -> Result<f64, MotionError> {
        for part in name.split(' ') {
            let rest = &self.text[self.at..];
            let begin = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
            self.line += rest[..begin].matches('\n').count();
            self.at += begin;
            let rest = &self.text[self.at..];
            if !rest.get(..part.len()).is_some_and(|found| found.eq_ignore_ascii_case(part)) {
                let found = rest.split_whitespace().next().unwrap_or("the end of the file");
                return Err(self.fail(format!("found `{found}`, expected `{name}:`")));
            }
            self.at += part.len();
        }
        let rest = &self.text[self.at..];
        let begin = rest.find(|c: char| !c.is_whitespace() && c != ':').unwrap_or(rest.len());
        self.line += rest[..begin].matches('\n').count();
        self.at += begin;
        self.number(what)
    }

    /// The words up to the end of the line or a brace: joint names may have blanks.
    fn name(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.find(['\n', '\r', '{']).unwrap_or(rest.len());
        self.at += end;
        rest[..end].trim()
    }
}

/// Frames and rate, from the head of the file.
pub(super) fn probe(origin: &str, reader: impl BufRead, reading: &Reading) -> Result<(usize, f64), MotionError> {
    let mut text = Vec::new();
    let mut reader = reader.take(LONGEST_HEAD);
    loop {
        let before = text.len();
        let read = reader.read_until(b'\n', &mut text);
        read.map_err(|e| MotionError::file(origin, format!("cannot be read: {e}")))?;
        let line = String::from_utf8_lossy(&text[before..]).to_ascii_lowercase();
        if text.len() == before || line.trim_start().starts_with("frame time") {
            break;
        }
    }
    let text = String::from_utf8_lossy(&text);
    let head = head(&mut Words::new(origin, &text)?)?;
    let (rate_hz, _) = rate_of_step(origin, head.step_s, reading)?;
    Excerpt::WHOLE.frames(origin, head.frames.min(1), rate_hz)?;
    Ok((head.frames, rate_hz))
}

/// Reads the frames of `excerpt`.
pub(super) fn read(origin: &str, bytes: &[u8], excerpt: Excerpt, reading: &Reading) -> Result<Capture, MotionError> {
    reading.one_motion(origin)?;
    let text = String::from_utf8_lossy(bytes);
    let mut words = Words::new(origin, &text)?;
    let head = head(&mut words)?;
    let (rate_hz, note) = rate_of_step(origin, head.step_s, reading)?;
    let mut notes: Vec<String> = note.into_iter().collect();
    let Stretch { read: wanted, shown } = excerpt.stretch(origin, head.frames, rate_hz)?;
    let numbers = survey::numbers(head.frames);
    let kept = |frame: usize| wanted.contains(&frame) || numbers.binary_search(&frame).is_ok();
    let FrameLines { frames, beyond, largest } = frame_lines(&words, &head, kept, reading.angles)?;
    if reading.angles.is_none() && RADIANS.contains(&largest) {
        let message = format!(
            "no joint turns by more than {largest:.3} in the whole file: a person who hardly moves in degrees, or one who moves in radians; \
             state which ({})",
            how_to_state("angles", "--angles degrees|radians")
        );
        return Err(MotionError::file(origin, message));
    }
    if beyond > 0 {
        notes.push(format!(
            "{beyond} lines stand behind the {} frames that its head states; they are not read",
            head.frames
        ));
    }
    let survey_frames = numbers.iter().filter_map(|n| frames.get(n).cloned()).collect();
    let frames = wanted.filter_map(|n| frames.get(&n).cloned()).collect();
    let still: Vec<Local> = head.offsets.iter().map(|o| (*o, Rotation::identity())).collect();
    let rests = vec![chain(&head.parents, &still)];
    let motion = JointMotion { rests, names: head.names, parents: head.parents, frames, up: None };
    let surveyed = Poses::Joints(JointMotion { frames: survey_frames, ..motion.clone() });
    let survey = Survey { numbers, poses: surveyed, of: head.frames };
    Ok(Capture { notes, ..Capture::of_joints(origin, rate_hz, motion, shown, survey, reading) })
}

/// Largest angles of files that may be in radians: smaller ones are somebody who stands in the posture at rest in either unit, larger ones
/// are more than a turn.
const RADIANS: std::ops::RangeInclusive<f64> = 0.5..=6.3;

/// What the lines of frames hold.
struct FrameLines {
    /// The frames that are to be kept, by their numbers.
    frames: BTreeMap<usize, Vec<JointFrame>>,
    /// Lines behind the last frame.
    beyond: usize,
    /// The largest number of all rotation channels, whichever frames are kept.
    largest: f64,
}

/// Reads them. All lines are held against the channels, so that a broken one is named whichever part of the file is read.
fn frame_lines(
    words: &Words,
    head: &Head,
    kept: impl Fn(usize) -> bool,
    angles: Option<AngleUnit>,
) -> Result<FrameLines, MotionError> {
    let is_rotation: Vec<bool> =
        head.channels.iter().flatten().map(|channel| matches!(channel, Channel::Rotation(_))).collect();
    let mut largest = 0.0_f64;
    let width: usize = head.channels.iter().map(Vec::len).sum();
    let mut frames = BTreeMap::new();
    let (mut frame, mut beyond, mut last) = (0, 0, words.line);
    // Some programs end lines by a carriage return alone.
    let end = if words.text.contains('\n') { '\n' } else { '\r' };
    for (number, line) in words.text[words.at..].split(end).enumerate() {
        let here = words.line + number;
        let fail = |message: String| MotionError::file(format!("{}:{here}", words.origin), message);
        let mut values = line.split_ascii_whitespace().peekable();
        if values.peek().is_none() {
            continue;
        }
        if number == 0 {
            return Err(fail(format!("`{}` behind the time of a frame; expected the end of the line", line.trim())));
        }
        last = here;
        if frame == head.frames {
            beyond += 1;
            continue;
        }
        let found = values.clone().count();
        if found != width {
            let message = format!(
                "{found} values in frame {frame}, expected {width}, as many as there are channels; a line is a frame"
            );
            return Err(fail(message));
        }
        let number = |(column, word)| {
            number_of(word).map_err(|word| {
                fail(format!(
                    "`{word}` in frame {frame} is not a number: {}; mend or cut the frame",
                    head.whose(column)
                ))
            })
        };
        let values: Vec<f64> = values.enumerate().map(number).collect::<Result<_, _>>()?;
        let turns = values.iter().zip(&is_rotation).filter(|(_, rotation)| **rotation);
        largest = turns.fold(largest, |most, (value, _)| most.max(value.abs()));
        if kept(frame) {
            frames.insert(frame, chain(&head.parents, &head.pose(&values, angles)));
        }
        frame += 1;
    }
    if frame < head.frames {
        let message = format!("the file ends in frame {frame} of {}; copy it again", head.frames);
        return Err(MotionError::file(format!("{}:{last}", words.origin), message));
    }
    Ok(FrameLines { frames, beyond, largest })
}

/// A finite number that a person's recording may have; otherwise the word itself.
fn number_of(word: &str) -> Result<f64, &str> {
    word.parse::<f64>().ok().filter(|v| v.is_finite() && v.abs() < 1e7).ok_or(word)
}

impl Head {
    /// What a column of the frames moves.
    fn whose(&self, column: usize) -> String {
        let mut channels = self.names.iter().zip(&self.channels).flat_map(|(name, c)| c.iter().map(move |c| (name, c)));
        let axis = |k: usize| ["X", "Y", "Z"].get(k).copied().unwrap_or_default();
        match channels.nth(column) {
            Some((name, Channel::Position(k))) => format!("{}position of `{name}`", axis(*k)),
            Some((name, Channel::Rotation(k))) => format!("{}rotation of `{name}`", axis(*k)),
            None => format!("channel {column}"),
        }
    }

    fn pose(&self, values: &[f64], angles: Option<AngleUnit>) -> Vec<Local> {
        let mut values = values.iter();
        let joints = self.offsets.iter().zip(&self.channels);
        joints
            .map(|(offset, channels)| {
                let (mut position, mut rotation) = (*offset, Rotation::identity());
                for (channel, &value) in channels.iter().zip(values.by_ref()) {
                    match *channel {
                        Channel::Position(axis) => position[axis] = value,
                        Channel::Rotation(axis) => {
                            let mut turn = Vec3::zeros();
                            turn[axis] = if angles == Some(AngleUnit::Radians) { value } else { value.to_radians() };
                            rotation *= Rotation::from_scaled_axis(turn);
                        }
                    }
                }
                (position, rotation)
            })
            .collect()
    }
}

fn head(words: &mut Words) -> Result<Head, MotionError> {
    words.keyword("HIERARCHY")?;
    let mut head = Head {
        names: Vec::new(),
        parents: Vec::new(),
        offsets: Vec::new(),
        channels: Vec::new(),
        frames: 0,
        step_s: 0.0,
    };
    // The joints whose braces are open.
    let mut open: Vec<usize> = Vec::new();
    loop {
        let word = words.expect("`ROOT`, `JOINT` or `MOTION`")?;
        match word.to_ascii_uppercase().as_str() {
            kind @ ("ROOT" | "JOINT" | "END") => {
                let named = words.name();
                if (kind == "ROOT") != head.names.is_empty() || (kind != "ROOT" && open.is_empty()) {
                    return Err(
                        words.fail(format!("`{word}` in the wrong place; expected one ROOT with all joints in it"))
                    );
                }
                if head.names.len() == MOST_JOINTS {
                    return Err(words.fail(format!("more than {MOST_JOINTS} joints")));
                }
                let parent = open.last().copied();
                let name = match (kind, parent) {
                    ("END", Some(p)) => format!("{}_end", head.names[p]),
                    _ => named.to_owned(),
                };
                words.keyword("{")?;
                open.push(head.names.len());
                head.names.push(name);
                head.parents.push(parent);
                head.offsets.push(Vec3::zeros());
                head.channels.push(Vec::new());
            }
            "OFFSET" => {
                let what = "an offset";
                let offset = Vec3::new(words.number(what)?, words.number(what)?, words.number(what)?);
                let Some(&joint) = open.last() else { return Err(words.fail("OFFSET outside of a joint")) };
                head.offsets[joint] = offset;
            }
            "CHANNELS" => {
                let Some(&joint) = open.last() else { return Err(words.fail("CHANNELS outside of a joint")) };
                let count = words.number("a number of channels")?;
                if !(0.0..=6.0).contains(&count) || count.fract() != 0.0 {
                    return Err(words.fail(format!("{count} channels; expected 0 to 6")));
                }
                head.channels[joint].clear();
                for _ in 0..count as usize {
                    let name = words.expect("the name of a channel")?;
                    let channel = channel(name).ok_or_else(|| {
                        words.fail(format!(
                            "`{name}` is not a channel; expected Xposition … Zposition or Xrotation … Zrotation"
                        ))
                    })?;
                    if head.channels[joint].contains(&channel) {
                        return Err(words.fail(format!(
                            "`{name}` stands twice among the channels of `{}`; expected each once",
                            head.names[joint]
                        )));
                    }
                    head.channels[joint].push(channel);
                }
            }
            "}" => {
                if open.pop().is_none() {
                    return Err(words.fail("`}` without a joint"));
                }
            }
            "MOTION" if open.is_empty() && !head.names.is_empty() => break,
            _ => {
                return Err(
                    words.fail(format!("found `{word}`, expected a joint, OFFSET, CHANNELS, a brace or MOTION"))
                );
            }
        }
    }
    let frames = words.field("Frames", "a number of frames")?;
    if !(1.0..=1e8).contains(&frames) || frames.fract() != 0.0 {
        return Err(words.fail(format!("{frames} frames; expected a whole number above 0")));
    }
    let step = words.field("Frame Time", "the time of a frame in s")?;
    if step <= 0.0 {
        return Err(words.fail(format!("a frame of {step} s; expected above 0")));
    }
    (head.frames, head.step_s) = (frames as usize, step);
    Ok(head)
}

fn channel(name: &str) -> Option<Channel> {
    let lower = name.to_ascii_lowercase();
    let axis = ["x", "y", "z"].iter().position(|a| lower.starts_with(a))?;
    match &lower[1..] {
        "position" => Some(Channel::Position(axis)),
        "rotation" => Some(Channel::Rotation(axis)),
        _ => None,
    }
}
