//! BVH files (Biovision hierarchy): a tree of joints with offsets, then a line of channel values a frame.
//!
//! Rotation channels are in degrees and apply in the order in which they are listed; position channels of a joint take the place
//! of its offset. Axes and unit are the file's own (usually y up, in centimetres or inches).

use super::super::error::MotionError;
use super::joint_motion::{Local, chain};
use super::{Capture, Excerpt, JointMotion, Poses};
use crate::base::{Rotation, Vec3};
use std::io::BufRead;

/// What a channel value does.
#[derive(Clone, Copy)]
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
    rate_hz: f64,
}

/// Words with the line that they stand on.
struct Words<'a> {
    origin: &'a str,
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Words<'a> {
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
        match word.parse::<f64>() {
            Ok(v) if v.is_finite() && v.abs() < 1e7 => Ok(v),
            _ => Err(self.fail(format!("`{word}` is not {what}"))),
        }
    }

    /// The words up to the end of the line or a brace: joint names may have blanks.
    fn name(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.find(['\n', '{']).unwrap_or(rest.len());
        self.at += end;
        rest[..end].trim()
    }
}

/// Frames and rate, from the head of the file.
pub(super) fn probe(origin: &str, reader: impl BufRead) -> Result<(usize, f64), MotionError> {
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
    let head = head(&mut Words { origin, text: &text, at: 0, line: 1 })?;
    Excerpt::WHOLE.frames(origin, head.frames.min(1), head.rate_hz)?;
    Ok((head.frames, head.rate_hz))
}

/// Reads the frames of `excerpt`.
pub(super) fn read(origin: &str, bytes: &[u8], excerpt: Excerpt) -> Result<Capture, MotionError> {
    let text = String::from_utf8_lossy(bytes);
    let mut words = Words { origin, text: &text, at: 0, line: 1 };
    let head = head(&mut words)?;
    let wanted = excerpt.frames(origin, head.frames, head.rate_hz)?;
    let width: usize = head.channels.iter().map(Vec::len).sum();
    let mut frames = Vec::with_capacity(wanted.len().min(bytes.len()));
    for frame in 0..wanted.end {
        let Some(values) = channel_values(&mut words, width, wanted.contains(&frame))? else {
            let message = format!("the file ends in frame {frame} of {}; copy it again", head.frames);
            return Err(words.fail(message));
        };
        if wanted.contains(&frame) {
            frames.push(chain(&head.parents, &head.pose(&values)));
        }
    }
    let still: Vec<Local> = head.offsets.iter().map(|o| (*o, Rotation::identity())).collect();
    let motion =
        JointMotion { rest: chain(&head.parents, &still), names: head.names, parents: head.parents, frames, up: None };
    let poses = Poses::Joints(motion);
    let (rate_hz, betas, notes) = (head.rate_hz, Vec::new(), Vec::new());
    Ok(Capture { origin: origin.into(), rate_hz, poses, gender: None, betas, notes, hands: None })
}

/// The values of one frame; `None` at the end of the file. Frames that are not kept are only counted.
fn channel_values(words: &mut Words, width: usize, keep: bool) -> Result<Option<Vec<f64>>, MotionError> {
    let mut values = Vec::with_capacity(if keep { width } else { 0 });
    for _ in 0..width {
        if keep {
            let here = words.at;
            if words.next().is_none() {
                return Ok(None);
            }
            words.at = here;
            values.push(words.number("a number of a channel")?);
        } else if words.next().is_none() {
            return Ok(None);
        }
    }
    Ok(Some(values))
}

impl Head {
    fn pose(&self, values: &[f64]) -> Vec<Local> {
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
                            turn[axis] = value.to_radians();
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
        rate_hz: 0.0,
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
    words.keyword("Frames:")?;
    let frames = words.number("a number of frames")?;
    if !(1.0..=1e8).contains(&frames) || frames.fract() != 0.0 {
        return Err(words.fail(format!("{frames} frames; expected a whole number above 0")));
    }
    words.keyword("Frame")?;
    words.keyword("Time:")?;
    let step = words.number("the time of a frame in s")?;
    if step <= 0.0 {
        return Err(words.fail(format!("a frame of {step} s; expected above 0")));
    }
    (head.frames, head.rate_hz) = (frames as usize, 1.0 / step);
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
