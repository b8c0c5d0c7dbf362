//! In which order the axes of a cube stand, and the cube put into ours.

use crate::base::Complex32;
use ndarray::{Array5, ArrayD, Axis, Ix5, IxDyn};
use std::fmt;
use std::str::FromStr;

/// One axis of a cube.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CubeAxis {
    /// Frames.
    Frame,
    /// Chirps of one transmitter within a frame.
    Chirp,
    /// Transmitters.
    Tx,
    /// Receivers.
    Rx,
    /// Transmitters and receivers in one: `tx * n_rx + rx`.
    Virtual,
    /// Samples of a chirp.
    Sample,
}

/// Our order.
const OURS: [CubeAxis; 5] = [CubeAxis::Frame, CubeAxis::Chirp, CubeAxis::Tx, CubeAxis::Rx, CubeAxis::Sample];

impl CubeAxis {
    fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Chirp => "chirp",
            Self::Tx => "tx",
            Self::Rx => "rx",
            Self::Virtual => "virtual",
            Self::Sample => "sample",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Frame, Self::Chirp, Self::Tx, Self::Rx, Self::Virtual, Self::Sample]
            .into_iter()
            .find(|a| a.name() == name)
    }
}

/// The axes of a stored cube in storage order (C order); an axis that is not there has one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CubeOrder {
    axes: Vec<CubeAxis>,
    /// Chirps lie evenly over the whole frame and all transmitters send at once.
    spread: bool,
}

impl CubeOrder {
    /// What RF-Genesis writes: `[frame, tx, rx, chirp, sample]`.
    ///
    /// Its simulator places chirp `c` of `C` at `c / C` of the frame and asks all transmitters at that moment (`frameMIMO` of
    /// `genesis/raytracing/radar.py`), whatever idle and ramp time its radar file states. Read with the times of the file, velocities
    /// would come out too large by frame period over active time.
    pub fn rf_genesis() -> Self {
        let axes = vec![CubeAxis::Frame, CubeAxis::Tx, CubeAxis::Rx, CubeAxis::Chirp, CubeAxis::Sample];
        Self { axes, spread: true }
    }

    /// Whether chirps lie evenly over the whole frame and all transmitters send at once.
    pub fn is_spread(&self) -> bool {
        self.spread
    }

    /// The order of axes by their names, as a description lists them.
    pub(super) fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut axes = Vec::new();
        for name in names {
            let axis = CubeAxis::named(name).ok_or_else(|| {
                format!("`{name}` is no axis of a cube, expected frame, chirp, tx, rx, virtual or sample")
            })?;
            let clash = match axis {
                CubeAxis::Virtual => axes.iter().any(|a| matches!(a, CubeAxis::Tx | CubeAxis::Rx | CubeAxis::Virtual)),
                CubeAxis::Tx | CubeAxis::Rx => axes.contains(&CubeAxis::Virtual) || axes.contains(&axis),
                _ => axes.contains(&axis),
            };
            if clash {
                return Err(format!("`{name}` is there twice (`virtual` stands for tx and rx)"));
            }
            axes.push(axis);
        }
        if !axes.contains(&CubeAxis::Sample) {
            return Err("the axis `sample` is missing".into());
        }
        Ok(Self { axes, spread: false })
    }

    /// Puts an array of this order into ours; `n_rx` splits virtual channels.
    pub(super) fn arrange(&self, mut data: ArrayD<Complex32>, n_rx: usize) -> Result<Array5<Complex32>, String> {
        if data.ndim() != self.axes.len() {
            return Err(format!("shape {:?}, expected {} axes: {self}", data.shape(), self.axes.len()));
        }
        let mut axes = self.axes.clone();
        if let Some(at) = axes.iter().position(|a| *a == CubeAxis::Virtual) {
            let count = data.shape()[at];
            if n_rx == 0 || !count.is_multiple_of(n_rx) {
                return Err(format!("{count} virtual channels, which are no multiple of the radar's {n_rx} receivers"));
            }
            let mut shape = data.shape().to_vec();
            shape.splice(at..=at, [count / n_rx, n_rx]);
            data = data
                .as_standard_layout()
                .into_owned()
                .into_shape_with_order(IxDyn(&shape))
                .map_err(|e| e.to_string())?;
            axes.splice(at..=at, [CubeAxis::Tx, CubeAxis::Rx]);
        }
        for axis in OURS {
            if !axes.contains(&axis) {
                data.insert_axis_inplace(Axis(0));
                axes.insert(0, axis);
            }
        }
        let places: Vec<usize> = OURS.iter().filter_map(|axis| axes.iter().position(|a| a == axis)).collect();
        let data = data.permuted_axes(IxDyn(&places)).into_dimensionality::<Ix5>().map_err(|e| e.to_string())?;
        Ok(if data.is_standard_layout() { data } else { data.as_standard_layout().into_owned() })
    }
}

impl FromStr for CubeOrder {
    type Err = String;

    /// `rf-genesis`, or names of axes: `frame,tx,rx,chirp,sample`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "rf-genesis" => Ok(Self::rf_genesis()),
            names => Self::of_names(names.split(',').map(str::trim)),
        }
    }
}

impl fmt::Display for CubeOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.axes.iter().map(|a| a.name()).collect();
        f.write_str(&names.join(", "))
    }
}
