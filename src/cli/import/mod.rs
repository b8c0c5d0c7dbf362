//! `kinecho import`: real recordings to a corpus.

mod captures;
mod cubes;
mod point_corpus;
mod points;

use super::Global;
use crate::recording::DataSet;
use captures::CaptureArgs;
use clap::Subcommand;
use cubes::{NpyArgs, TripleArgs, WiSwissArgs};
use point_corpus::{PointArgs, Said, config, write};
use points::{TableArgs, UartArgs};
use std::process::ExitCode;

/// Data sets that can be imported.
#[derive(Subcommand)]
pub(super) enum ImportCommand {
    /// RadHAR (Singh et al. 2019): point clouds of an IWR1443, five activities; metadata.csv and points/*.npz, or the original
    /// text files.
    Radhar(PointArgs),
    /// MARS (An and Ogras 2021): point clouds of an IWR1443, ten rehabilitation movements; metadata.csv and movements/*.npz.
    Mars(PointArgs),
    /// Points of any data set by the names of their columns (.csv, .txt, .tsv, .npz, .npy), and those that kinecho wrote.
    Points(TableArgs),
    /// Byte streams of the data port of TI's demos (.dat): out-of-box demo of SDK 1 to 3, 3D people counting.
    Uart(UartArgs),
    /// Raw captures of TI's DCA1000 card (.bin), two or four lanes.
    Dca1000(CaptureArgs),
    /// IF cubes as .npy with a .json beside each, or of one radar and order of axes (RF-Genesis).
    Cube(NpyArgs),
    /// Heatmaps as mmCLIP's loader reads them: NAME_td.npy, NAME_tr.npy, NAME_ta.npy.
    Mmclip(TripleArgs),
    /// Time-range-angle cubes as WiSwiss trains on them: SPLIT.hdf5 and labels.csv; needs the feature hdf5.
    Wiswiss(WiSwissArgs),
}

/// Imports a data set.
pub(super) fn run(command: &ImportCommand, global: &Global) -> anyhow::Result<ExitCode> {
    match command {
        ImportCommand::Radhar(args) => data_set(args, DataSet::Radhar, global),
        ImportCommand::Mars(args) => data_set(args, DataSet::Mars, global),
        ImportCommand::Points(args) => points::table(args, global),
        ImportCommand::Uart(args) => points::uart(args, global),
        ImportCommand::Dca1000(args) => captures::captures(args, global),
        ImportCommand::Cube(args) => cubes::npy(args, global),
        ImportCommand::Mmclip(args) => cubes::triples(args, global),
        ImportCommand::Wiswiss(args) => cubes::wiswiss(args, global),
    }
}

fn data_set(args: &PointArgs, set: DataSet, global: &Global) -> anyhow::Result<ExitCode> {
    let (config, document) = config(args)?;
    write(&set.reader().read(&args.dir)?, set.name(), (&config, &document), args, Said::default(), global)
}
