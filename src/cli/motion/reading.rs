//! What is stated of motion files on the command line.

use crate::motion::capture::{AngleUnit, Animation, Reading, Unit, UpAxis};
use anyhow::bail;
use clap::Args;

/// In place of what a file says or shows itself.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct ReadingArgs {
    /// Which way is up in the file: x, y, z, -x, -y or -z; by default found out.
    #[arg(long, value_name = "AXIS", allow_hyphen_values = true)]
    up: Option<UpAxis>,
    /// Unit of the file's lengths: m, cm, mm, inch or foot; by default found out.
    #[arg(long)]
    unit: Option<Unit>,
    /// Frames per second, in place of those that the file states.
    #[arg(long, value_name = "HZ")]
    rate: Option<f64>,
    /// Of several animations of a glTF, its name or its number from 0.
    #[arg(long, value_name = "NAME")]
    animation: Option<Animation>,
    /// Unit of the angles of a BVH or of an archive of the SMPL family: degrees or radians.
    #[arg(long, value_name = "UNIT")]
    angles: Option<AngleUnit>,
}

impl ReadingArgs {
    /// The same as data.
    pub(in crate::cli) fn reading(&self) -> anyhow::Result<Reading> {
        let reading = Reading {
            up: self.up,
            unit: self.unit,
            rate_hz: self.rate,
            animation: self.animation.clone(),
            angles: self.angles,
        };
        if let Some(problem) = reading.problems().first() {
            bail!("--rate {}", problem.message);
        }
        Ok(reading)
    }
}
