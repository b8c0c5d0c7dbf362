//! The lines of a `.cfg` file: commands with their numbers, by TI's names.

use super::super::Faults;
use super::known::{Known, LOW_POWER_SDK, Role, find};
use super::{Note, Purpose};

/// One command and its numbers.
#[derive(Clone)]
pub(in super::super) struct Command {
    pub(super) line: usize,
    pub(super) name: &'static str,
    parameters: &'static [&'static str],
    pub(super) values: Vec<f64>,
}

impl Command {
    /// A command that another file says in its own way.
    pub(in super::super) fn made(line: usize, name: &'static str, values: Vec<f64>) -> Self {
        let forms = find(name).map_or(&[][..], |k| k.forms);
        let parameters = forms.iter().copied().find(|p| p.len() == values.len()).unwrap_or(&[]);
        Self { line, name, parameters, values }
    }

    /// The value of a parameter; parameters are there by construction.
    pub(super) fn get(&self, parameter: &str) -> f64 {
        self.parameters.iter().position(|p| *p == parameter).map_or(f64::NAN, |i| self.values[i])
    }

    /// Whether this form of the command has the parameter.
    pub(super) fn has(&self, parameter: &str) -> bool {
        self.parameters.contains(&parameter)
    }

    pub(super) fn key(&self, parameter: &str) -> String {
        format!("{}.{parameter}", self.name)
    }

    /// A whole number in `0..=most`; anything else is a fault and counts as zero.
    pub(super) fn whole(&self, parameter: &str, most: f64, faults: &mut Faults) -> usize {
        let value = self.get(parameter);
        if value >= 0.0 && value <= most && value.fract() == 0.0 {
            return value as usize;
        }
        faults.add(self.line, &self.key(parameter), format!("{value} given, must be a whole number from 0 to {most}"));
        0
    }
}

/// The commands of a text whose numbers matter here, and what is to be said of the other lines.
pub(super) fn commands(text: &str, purpose: Purpose, faults: &mut Faults) -> (Vec<Command>, Vec<Note>) {
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    for (i, text) in text.lines().enumerate() {
        let line = i + 1;
        let mut words = text.split('%').next().unwrap_or_default().split_whitespace();
        let Some(word) = words.next().filter(|w| !w.starts_with('#') && !w.starts_with("//")) else { continue };
        let words: Vec<&str> = words.collect();
        if LOW_POWER_SDK.iter().any(|name| name.eq_ignore_ascii_case(word)) {
            let message = "a command of the MMWAVE-L SDK (xWRL6432, xWRL6844), whose configurations are not read: only those of the \
                           mmWave SDK (xWR12xx to xWR68xx) are; describe the radar as a YAML (scenes/sensors)";
            faults.add(line, word, message);
            return (out, notes);
        }
        let Some(known) = find(word) else {
            notes.push(Note { line, command: word.into(), role: None, what: "unknown command, passed over".into() });
            continue;
        };
        match known.role {
            Role::Console => {}
            Role::OtherDemo => {
                let what = "detection or tracking of another demo, passed over".into();
                notes.push(Note { line, command: known.name.into(), role: Some(known.role), what });
            }
            // Lines that change no signal of this purpose do not stop it, whatever form they have.
            Role::Detection if form(known, &words).is_none() => {
                let what = format!("{} values: a form of another demo, passed over", words.len());
                notes.push(Note { line, command: known.name.into(), role: Some(known.role), what });
            }
            Role::Capture if purpose == Purpose::Simulate && form(known, &words).is_none() => {}
            _ => out.extend(numbers(known, line, &words, faults)),
        }
    }
    out.retain(|command| match unsupported(command, purpose) {
        None => true,
        Some(message) => {
            faults.add(command.line, command.name, message);
            false
        }
    });
    (out, notes)
}

/// The parameters of the form that has as many values; without names where any number will do.
fn form(known: &Known, words: &[&str]) -> Option<&'static [&'static str]> {
    if known.forms == [["…"]] {
        return Some(&[]);
    }
    known.forms.iter().copied().find(|form| form.len() == words.len())
}

/// The numbers of a command in the form that has as many.
fn numbers(known: &Known, line: usize, words: &[&str], faults: &mut Faults) -> Option<Command> {
    let parameters = match form(known, words) {
        Some(form) => form,
        None => {
            let wanted: Vec<String> = known.forms.iter().map(|f| f.len().to_string()).collect();
            let names = known.forms.last().map(|f| f.join(" ")).unwrap_or_default();
            let message = format!("{} values given, must be {}: {names}", words.len(), wanted.join(" or "));
            faults.add(line, known.name, message);
            return None;
        }
    };
    let mut values = Vec::with_capacity(words.len());
    for (i, word) in words.iter().enumerate() {
        match number(word) {
            Some(v) => values.push(v),
            None => {
                let key = parameters.get(i).map_or(format!("{}.{i}", known.name), |p| format!("{}.{p}", known.name));
                faults.add(line, &key, format!("`{word}` is not a number"));
            }
        }
    }
    (values.len() == words.len()).then_some(Command { line, name: known.name, parameters, values })
}

fn number(word: &str) -> Option<f64> {
    if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return u32::from_str_radix(digits, 16).ok().map(f64::from);
    }
    word.parse::<f64>().ok().filter(|v| v.is_finite())
}

/// Why a command cannot be followed, if it changes what the radar transmits or what a capture holds.
fn unsupported(command: &Command, purpose: Purpose) -> Option<&'static str> {
    let given = |i: usize| command.values.get(i).copied();
    let reads = purpose == Purpose::Capture;
    match command.name {
        "dfeDataOutputMode" if given(0) != Some(1.0) => Some("only mode 1, frames of chirps, is simulated and read"),
        "advFrameCfg" | "subFrameCfg" => Some("frames of several kinds are not simulated or read; use frameCfg"),
        "contModeCfg" => Some("continuous wave is not simulated or read; use frameCfg"),
        // SDK 3.x counts the subframe first: -1 0 …; SDK 1.x has 0 … alone.
        "bpmCfg" if given(if command.values.len() >= 4 { 1 } else { 0 }) != Some(0.0) => {
            Some("binary phase modulation is not simulated or decoded; switch it off")
        }
        "lvdsStreamCfg" if reads && command.get("enableHeader") != 0.0 => {
            Some("captures with HSI headers are not read: record with enableHeader 0")
        }
        "lvdsStreamCfg" if reads && ![0.0, 1.0].contains(&command.get("dataFmt")) => {
            Some("only dataFmt 1, ADC samples alone, is read")
        }
        "lvdsStreamCfg" if reads && command.get("enableSW") != 0.0 => {
            Some("the software stream mixes points into the samples, which is not read: record with enableSW 0")
        }
        _ => None,
    }
}

/// The one command of a name; that it is missing or there twice with other values is a fault.
pub(super) fn only<'a>(commands: &'a [Command], name: &str, faults: &mut Faults) -> Option<&'a Command> {
    let found = at_most_one(commands, name, faults);
    // A line of that name with a fault of its own has been reported already.
    if found.is_none() && !faults.found.iter().any(|(_, p)| p.key.split('.').next() == Some(name)) {
        faults.add(None, name, "is missing");
    }
    found
}

/// The command of a name, where there is one; that it is there twice with other values is a fault.
pub(super) fn at_most_one<'a>(commands: &'a [Command], name: &str, faults: &mut Faults) -> Option<&'a Command> {
    let mut all = commands.iter().filter(|c| c.name == name);
    let first = all.next()?;
    if let Some(other) = all.find(|c| c.values != first.values) {
        faults.add(other.line, name, format!("contradicts line {}", first.line));
    }
    Some(first)
}
