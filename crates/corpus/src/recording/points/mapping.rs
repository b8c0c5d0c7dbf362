//! Which column of a file is what: `x=pos_x:mm,doppler=v:m/s,frame=frame`.

use std::fmt;
use std::str::FromStr;

/// What a column of points can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Number of the frame.
    Frame,
    /// Time stamp of the frame.
    Time,
    /// First coordinate; where it points to is said by [`Axes`](super::Axes).
    X,
    /// Second coordinate.
    Y,
    /// Third coordinate.
    Z,
    /// Distance from the sensor.
    Range,
    /// Angle to the side.
    Azimuth,
    /// Angle upwards.
    Elevation,
    /// Radial velocity.
    Doppler,
    /// Strength of the echo.
    Intensity,
    /// Recordings in one file are told apart by it.
    Group,
    /// What is done.
    Label,
    /// Who moves.
    Subject,
    /// Place, day and person.
    Session,
}

/// A quantity and its units, each with its factor to ours.
type Units = &'static [(&'static str, f64)];

const LENGTH: Units = &[("m", 1.0), ("cm", 1e-2), ("mm", 1e-3)];
const ANGLE: Units = &[("rad", 1.0), ("deg", std::f64::consts::PI / 180.0)];
const TIME: Units = &[("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)];
const VELOCITY: Units =
    &[("m/s", 1.0), ("mps", 1.0), ("cm/s", 1e-2), ("mm/s", 1e-3), ("km/h", 1.0 / 3.6), ("bin", 1.0)];
const INTENSITY: Units = &[("dB", 1.0), ("db", 1.0), ("0.1dB", 0.1), ("linear", 1.0), ("amplitude", 1.0)];

impl Field {
    const ALL: [(&str, Self); 14] = [
        ("frame", Self::Frame),
        ("time", Self::Time),
        ("x", Self::X),
        ("y", Self::Y),
        ("z", Self::Z),
        ("range", Self::Range),
        ("azimuth", Self::Azimuth),
        ("elevation", Self::Elevation),
        ("doppler", Self::Doppler),
        ("intensity", Self::Intensity),
        ("group", Self::Group),
        ("label", Self::Label),
        ("subject", Self::Subject),
        ("session", Self::Session),
    ];

    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, field)| *field == self).map_or("", |(name, _)| name)
    }

    fn units(self) -> Units {
        match self {
            Self::X | Self::Y | Self::Z | Self::Range => LENGTH,
            Self::Azimuth | Self::Elevation => ANGLE,
            Self::Time => TIME,
            Self::Doppler => VELOCITY,
            Self::Intensity => INTENSITY,
            Self::Frame | Self::Group | Self::Label | Self::Subject | Self::Session => &[],
        }
    }

    /// Whether its values are words.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Group | Self::Label | Self::Subject | Self::Session)
    }
}

/// Where the values of a field come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A column, by its name or number.
    Column(String),
    /// The place along the first axis of an array with three.
    Axis,
    /// The number in the name of the file: every frame is a file of its own.
    File,
    /// Nowhere: the data have no such quantity.
    None,
}

/// One field, where it comes from, and its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapped {
    /// What it is.
    pub field: Field,
    /// Where it comes from.
    pub source: Source,
    /// Its unit, where it has one.
    pub unit: Option<&'static str>,
    factor: f64,
}

impl Mapped {
    /// A value in m, rad, s, m/s or dB; bins stay bins. The text says what cannot be.
    pub(super) fn convert(&self, value: f64) -> Result<f64, String> {
        let decibel = |factor: f64| match value > 0.0 {
            true => Ok(factor * value.log10()),
            false => Err(format!("{value}, expected above 0 on a {} scale", self.unit.unwrap_or_default())),
        };
        match self.unit {
            Some("linear") => decibel(10.0),
            Some("amplitude") => decibel(20.0),
            _ => Ok(value * self.factor),
        }
    }
}

/// All fields of a kind of file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    fields: Vec<Mapped>,
}

impl Mapping {
    /// Reads pieces of `FIELD=COLUMN[:UNIT]`, separated by commas, and checks that nothing is missing.
    ///
    /// A column whose name ends in its unit (`x_m`, `velocity_mps`, `azimuth_deg`) need not say it again. `@axis`, `@file` and `none`
    /// stand for [`Source`]'s other ways.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, String> {
        let mut mapping = Self::default();
        for piece in texts.iter().flat_map(|text| text.as_ref().split(',')).map(str::trim).filter(|p| !p.is_empty()) {
            let mapped: Mapped = piece.parse()?;
            if mapping.get(mapped.field).is_some() {
                return Err(format!("`{}` is mapped twice", mapped.field.name()));
            }
            mapping.fields.push(mapped);
        }
        mapping.complete()?;
        Ok(mapping)
    }

    /// What is mapped to a field.
    pub fn get(&self, field: Field) -> Option<&Mapped> {
        self.fields.iter().find(|m| m.field == field)
    }

    /// The column of a field.
    pub(super) fn column(&self, field: Field) -> Option<&str> {
        match &self.get(field)?.source {
            Source::Column(name) => Some(name),
            _ => None,
        }
    }

    /// Whether the data have a quantity at all.
    pub fn has(&self, field: Field) -> bool {
        self.get(field).is_some_and(|m| m.source != Source::None)
    }

    /// All fields with their columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = (Field, &str)> {
        self.fields.iter().filter_map(|m| Some((m.field, self.column(m.field)?)))
    }

    fn complete(&self) -> Result<(), String> {
        let there = |field| self.get(field).is_some();
        if !there(Field::Frame) && !there(Field::Time) {
            return Err(
                "map `frame` or `time` (frame=@file where every frame is a file, frame=@axis for an array of frames)"
                    .into(),
            );
        }
        let place = [[Field::X, Field::Y, Field::Z], [Field::Range, Field::Azimuth, Field::Elevation]];
        let [cartesian, polar] = place.map(|fields| fields.map(there));
        let wanted = if !cartesian.contains(&true) && polar.contains(&true) { place[1] } else { place[0] };
        for field in wanted.into_iter().chain([Field::Doppler, Field::Intensity]) {
            if !there(field) {
                let name = field.name();
                return Err(format!(
                    "`{name}` is not mapped: {name}=COLUMN:UNIT, or {name}=none where the data have none"
                ));
            }
        }
        if wanted == place[0] && (polar[1] || polar[2]) {
            return Err("map x, y, z or range, azimuth, elevation, not both (range may stand beside x, y, z)".into());
        }
        for field in [wanted[0], wanted[1], Field::Frame, Field::Time] {
            if there(field) && !self.has(field) {
                return Err(format!("`{}` cannot be none", field.name()));
            }
        }
        Ok(())
    }
}

impl FromStr for Mapped {
    type Err = String;

    fn from_str(piece: &str) -> Result<Self, String> {
        let (key, column) = piece.split_once('=').ok_or_else(|| format!("`{piece}`; expected FIELD=COLUMN:UNIT"))?;
        let known = || Field::ALL.map(|(name, _)| name).join(", ");
        let field = Field::ALL
            .iter()
            .find(|(name, _)| *name == key.trim())
            .map(|(_, field)| *field)
            .ok_or_else(|| format!("`{key}` is no field of points, expected one of {}", known()))?;
        let units = field.units();
        let unit_of = |text: &str| units.iter().find(|(name, _)| *name == text).copied();
        let column = column.trim();
        // Only what is a unit is taken for one: names may hold colons.
        let (name, unit) = match column.rsplit_once(':') {
            Some((name, unit)) if unit_of(unit).is_some() => (name, unit_of(unit)),
            _ => (column, column.rsplit_once('_').and_then(|(_, end)| unit_of(end))),
        };
        let source = match name {
            "" => return Err(format!("`{piece}`: the column is missing")),
            "none" => Source::None,
            "@axis" | "@file" if field != Field::Frame => return Err(format!("`{piece}`: only frames can be {name}")),
            "@axis" => Source::Axis,
            "@file" => Source::File,
            name if name.starts_with('@') => return Err(format!("`{piece}`: expected @axis, @file or a column")),
            name => Source::Column(name.to_owned()),
        };
        if unit.is_none() && !units.is_empty() && source != Source::None {
            let all: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
            return Err(format!("`{piece}` has no unit: {key}={name}:{} ({})", all[0], all.join(", ")));
        }
        let (unit, factor) = unit.map_or((None, 1.0), |(name, factor)| (Some(name), factor));
        Ok(Self { field, source, unit, factor })
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn units_come_from_the_map_or_the_name() {
        let all = "frame=n,x=px:mm,y=y_m,z=none,doppler=v:km/h,intensity=snr:0.1dB";
        let mapping = Mapping::parse(&[all]).unwrap();
        let value = |field, v| mapping.get(field).unwrap().convert(v).unwrap();
        assert!((value(Field::X, 1500.0) - 1.5).abs() < 1e-12);
        assert!((value(Field::Y, 2.0) - 2.0).abs() < 1e-12);
        assert!((value(Field::Doppler, 3.6) - 1.0).abs() < 1e-12);
        assert!((value(Field::Intensity, 153.0) - 15.3).abs() < 1e-12);
        assert!(!mapping.has(Field::Z) && mapping.get(Field::Z).is_some());
        assert_eq!("intensity=p:linear".parse::<Mapped>().unwrap().convert(100.0), Ok(20.0));
        assert_eq!("intensity=p:amplitude".parse::<Mapped>().unwrap().convert(100.0), Ok(40.0));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, expected) in [
            ("x=a:m,y=b:m,z=c:m,doppler=v:m/s,intensity=i:dB", "map `frame` or `time`"),
            ("frame=f,y=b:m,z=c:m,doppler=v:m/s,intensity=i:dB", "`x` is not mapped"),
            (
                "frame=f,x=a:m,y=b:m,z=c:m,intensity=i:dB",
                "`doppler` is not mapped: doppler=COLUMN:UNIT, or doppler=none",
            ),
            ("frame=f,range=a:m,azimuth=b:deg,doppler=none,intensity=none", "`elevation` is not mapped"),
            ("frame=f,x=a,y=b:m", "`x=a` has no unit: x=a:m (m, cm, mm)"),
            ("frame=f,x=a:furlong", "has no unit"),
            ("frame=f,wobble=a", "`wobble` is no field of points"),
            ("frame=f,frame=g", "`frame` is mapped twice"),
            ("frame=f,x=none,y=b:m,z=c:m,doppler=none,intensity=none", "`x` cannot be none"),
            ("frame=f,x=a:m,y=b:m,z=c:m,azimuth=q:deg,doppler=none,intensity=none", "not both"),
            ("x=@file:m", "only frames can be @file"),
            ("frame", "expected FIELD=COLUMN:UNIT"),
            ("frame=", "the column is missing"),
        ] {
            let message = Mapping::parse(&[text]).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
