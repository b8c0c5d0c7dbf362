//! `kinecho import`: real recordings to a corpus.

mod captures;
mod cubes;
mod point_corpus;
mod points;
mod radio;

use super::Global;
use crate::corpus::Holding;
use crate::recording::DataSet;
use crate::recording::labelled::Radio;
use captures::CaptureArgs;
use clap::Subcommand;
use cubes::{NpyArgs, TripleArgs, WiSwissArgs};
use point_corpus::{PointArgs, Said, config, write};
use points::{TableArgs, UartArgs};
use radio::RadioArgs;
use std::process::ExitCode;

/// Data sets that can be imported.
#[derive(Subcommand)]
pub(super) enum ImportCommand {
    /// RadHAR (Singh et al. 2019): point clouds of an IWR1443, five activities; metadata.csv and points/*.npz, or the original
    /// text files.
    Radhar(PointArgs),
    /// MARS (An and Ogras 2021): point clouds of an IWR1443, ten rehabilitation movements; metadata.csv and movements/*.npz.
    Mars(PointArgs),
    /// WiAR (Guo et al. 2017): CSI of an Intel 5300, sixteen activities; COND/aAA_SS.npz.
    Wiar(PointArgs),
    /// Hu et al. 2024: CSI of an Intel 5300, eleven activities in two rooms; ROOM/aAA/uU_SS.dat.
    #[command(name = "csi_two_rooms")]
    CsiTwoRooms(PointArgs),
    /// Matey-Sanz et al. 2023: amplitudes of an ESP32, one person four times; DX/eNN_DIR-x.npz and -y.npy.
    #[command(name = "csi_time_stability")]
    CsiTimeStability(PointArgs),
    /// CSI-HAR (Moshiri et al. 2021): amplitudes of Nexmon, seven activities, three people; .csv, plain or in .tar.xz.
    #[command(name = "csi_har_nexmon")]
    CsiHarNexmon(PointArgs),
    /// CWNU-RDA (2024): RFID reads of sixteen tags on the body, 21 activities; NNNN/INDEX_LABEL.txt, plain or in .tar.xz.
    #[command(name = "rfid_cwnu")]
    RfidCwnu(PointArgs),
    /// Shinmoto Torres et al. 2013: RFID reads of older people, four activities in two rooms; S1_Dataset and S2_Dataset.
    #[command(name = "rfid_uci")]
    RfidUci(PointArgs),
    /// MM-Fi (Yang et al. 2023): CSI of an Atheros, 27 actions; EEE/SSS/AAA/wifi-csi/frameNNN.mat.
    #[command(name = "mm_fi")]
    MmFi(PointArgs),
    /// XRF55 (Wang et al. 2024): amplitudes of nine antennas, 55 actions; SCENE/WiFi/UU_AA_RR.npy.
    #[command(name = "xrf55_wifi")]
    Xrf55Wifi(PointArgs),
    /// XRF55 (Wang et al. 2024): phases of 23 tags, 55 actions; SCENE/RFID/UU_AA_RR.npy.
    #[command(name = "xrf55_rfid")]
    Xrf55Rfid(PointArgs),
    /// DeepSense 6G (Alkhateeb et al. 2023): beam powers, GNSS, radar, LiDAR and images of passing vehicles; scenarioN.csv, or gathered arrays.
    #[command(name = "deepsense")]
    DeepSense(PointArgs),
    /// Points of any data set by the names of their columns (.csv, .txt, .tsv, .npz, .npy), and those that kinecho wrote.
    Points(TableArgs),
    /// Byte streams of the data port of TI's demos (.dat): out-of-box demo of SDK 1 to 3, 3D people counting.
    Uart(UartArgs),
    /// Channel state information of WiFi receivers: Intel 5300 (.dat), Nexmon (.pcap), ESP32 (.csv); which of them, a file says itself.
    Csi(RadioArgs),
    /// Reads of RFID tags: tables with a header, rows of CWNU-RDA and of UCI's older people.
    Rfid(RadioArgs),
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
        ImportCommand::Wiar(args) => data_set(args, DataSet::Wiar, global),
        ImportCommand::CsiTwoRooms(args) => data_set(args, DataSet::CsiTwoRooms, global),
        ImportCommand::CsiTimeStability(args) => data_set(args, DataSet::CsiTimeStability, global),
        ImportCommand::CsiHarNexmon(args) => data_set(args, DataSet::CsiHarNexmon, global),
        ImportCommand::RfidCwnu(args) => data_set(args, DataSet::RfidCwnu, global),
        ImportCommand::RfidUci(args) => data_set(args, DataSet::RfidUci, global),
        ImportCommand::MmFi(args) => data_set(args, DataSet::MmFi, global),
        ImportCommand::Xrf55Wifi(args) => data_set(args, DataSet::Xrf55Wifi, global),
        ImportCommand::Xrf55Rfid(args) => data_set(args, DataSet::Xrf55Rfid, global),
        ImportCommand::DeepSense(args) => data_set(args, DataSet::DeepSense, global),
        ImportCommand::Points(args) => points::table(args, global),
        ImportCommand::Uart(args) => points::uart(args, global),
        ImportCommand::Csi(args) => radio::run(args, Radio::Csi, global),
        ImportCommand::Rfid(args) => radio::run(args, Radio::Rfid, global),
        ImportCommand::Dca1000(args) => captures::captures(args, global),
        ImportCommand::Cube(args) => cubes::npy(args, global),
        ImportCommand::Mmclip(args) => cubes::triples(args, global),
        ImportCommand::Wiswiss(args) => cubes::wiswiss(args, global),
    }
}

fn data_set(args: &PointArgs, set: DataSet, global: &Global) -> anyhow::Result<ExitCode> {
    let (config, document) = config(args, Holding::of_data_set(set))?;
    let recordings = set.reader().read(&args.dir)?;
    write(&recordings, set.name(), (&config, &document), &args.output, Said::default(), global)
}
