//! Every command of TI's configurations that is known here, and what becomes of its line.
//!
//! Parameters are named as in the mmWave SDK user's guide (3.x, section 3.4; 1.x and 2.x where they differ) and in the guides of the
//! industrial toolbox's demos. docs/radar_files.md shows this table; a test holds the two together.

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It says what is transmitted, or which antennas are in use: honoured, or refused with its line.
    Waveform,
    /// It says how samples lie in a capture: honoured, or refused with its line, when a capture is read.
    Capture,
    /// It says where antennas stand and what their channels need: honoured, or refused with its line.
    Antennas,
    /// It sets the sensor's own detection: it sets the detection chain here, or is named in a warning.
    Detection,
    /// It belongs to another demo's detection or tracking: passed over, and named where points are made.
    OtherDemo,
    /// It starts, stops, shows or monitors: nothing of it is in the signal.
    Console,
}

/// A command: name, the lists of parameters that it may have (told apart by their number; a single `…` stands for any), what becomes
/// of it.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) forms: &'static [&'static [&'static str]],
    pub(super) role: Role,
}

const fn known(name: &'static str, forms: &'static [&'static [&'static str]], role: Role) -> Known {
    Known { name, forms, role }
}

const ANY: &[&[&str]] = &[&["…"]];

const PROFILE: &[&str] = &[
    "profileId",
    "startFreq",
    "idleTime",
    "adcStartTime",
    "rampEndTime",
    "txOutPower",
    "txPhaseShifter",
    "freqSlopeConst",
    "txStartTime",
    "numAdcSamples",
    "digOutSampleRate",
    "hpfCornerFreq1",
    "hpfCornerFreq2",
    "rxGain",
];
const CHIRP: &[&str] = &[
    "chirpStartIdx",
    "chirpEndIdx",
    "profileId",
    "startFreqVar",
    "freqSlopeVar",
    "idleTimeVar",
    "adcStartTimeVar",
    "txEnable",
];
const FRAME: &[&str] = &[
    "chirpStartIdx",
    "chirpEndIdx",
    "numLoops",
    "numFrames",
    "framePeriodicity",
    "triggerSelect",
    "frameTriggerDelay",
];
/// SDK 1.x, 2.x, 3.x: the first has no number of the subframe, the last groups peaks and counts its threshold in dB.
const CFAR: &[&[&str]] = &[
    &["procDirection", "mode", "noiseWin", "guardLen", "divShift", "cyclicMode", "thresholdScale"],
    &["subFrameIdx", "procDirection", "mode", "noiseWin", "guardLen", "divShift", "cyclicMode", "thresholdScale"],
    &[
        "subFrameIdx",
        "procDirection",
        "mode",
        "noiseWin",
        "guardLen",
        "divShift",
        "cyclicMode",
        "threshold",
        "peakGroupingEn",
    ],
];

use Role::{Antennas, Capture, Console, Detection, OtherDemo, Waveform};

/// All of them.
pub(super) const KNOWN: &[Known] = &[
    known("dfeDataOutputMode", &[&["modeType"]], Waveform),
    known("channelCfg", &[&["rxChannelEn", "txChannelEn", "cascading"]], Waveform),
    known("adcCfg", &[&["numADCBits", "adcOutputFmt"]], Waveform),
    known("profileCfg", &[PROFILE], Waveform),
    known("chirpCfg", &[CHIRP], Waveform),
    known("frameCfg", &[FRAME], Waveform),
    known("advFrameCfg", ANY, Waveform),
    known("subFrameCfg", ANY, Waveform),
    known("contModeCfg", ANY, Waveform),
    known("bpmCfg", ANY, Waveform),
    known("lowPower", &[&["lpMode", "adcMode"]], Waveform),
    known(
        "adcbufCfg",
        &[
            &["adcOutputFmt", "SampleSwap", "ChanInterleave", "ChirpThreshold"],
            &["subFrameIdx", "adcOutputFmt", "SampleSwap", "ChanInterleave", "ChirpThreshold"],
        ],
        Capture,
    ),
    known("lvdsStreamCfg", &[&["subFrameIdx", "enableHeader", "dataFmt", "enableSW"]], Capture),
    known("antGeometry0", ANY, Antennas),
    known("antGeometry1", ANY, Antennas),
    known("antPhaseRot", ANY, Antennas),
    known("compRangeBiasAndRxChanPhase", ANY, Antennas),
    known("cfarCfg", CFAR, Detection),
    known("clutterRemoval", &[&["enabled"], &["subFrameIdx", "enabled"]], Detection),
    known("aoaFovCfg", &[&["subFrameIdx", "minAzimuth", "maxAzimuth", "minElevation", "maxElevation"]], Detection),
    known("cfarFovCfg", &[&["subFrameIdx", "procDirection", "min", "max"]], Detection),
    known(
        "peakGrouping",
        &[
            &["scheme", "rangeDirection", "dopplerDirection", "startRangeIdx", "endRangeIdx"],
            &["subFrameIdx", "scheme", "rangeDirection", "dopplerDirection", "startRangeIdx", "endRangeIdx"],
        ],
        Detection,
    ),
    known("multiObjBeamForming", &[&["enabled", "threshold"], &["subFrameIdx", "enabled", "threshold"]], Detection),
    known("calibDcRangeSig", ANY, Detection),
    known("extendedMaxVelocity", &[&["enabled"], &["subFrameIdx", "enabled"]], Detection),
    known("nearFieldCfg", ANY, Detection),
    known("fovCfg", ANY, OtherDemo),
    known("dynamicRACfarCfg", ANY, OtherDemo),
    known("staticRACfarCfg", ANY, OtherDemo),
    known("dynamicRangeAngleCfg", ANY, OtherDemo),
    known("dynamic2DAngleCfg", ANY, OtherDemo),
    known("staticRangeAngleCfg", ANY, OtherDemo),
    known("fineMotionCfg", ANY, OtherDemo),
    known("doaCfg", ANY, OtherDemo),
    known("DOACfg", ANY, OtherDemo),
    known("SceneryParam", ANY, OtherDemo),
    known("GatingParam", ANY, OtherDemo),
    known("StateParam", ANY, OtherDemo),
    known("AllocationParam", ANY, OtherDemo),
    known("VariationParam", ANY, OtherDemo),
    known("PointCloudEn", ANY, OtherDemo),
    known("maxAcceleration", ANY, OtherDemo),
    known("trackingCfg", ANY, OtherDemo),
    known("classifierCfg", ANY, OtherDemo),
    known("presenceBoundaryBox", ANY, OtherDemo),
    known("staticBoundaryBox", ANY, OtherDemo),
    known("boundaryBox", ANY, OtherDemo),
    known("sensorPosition", ANY, OtherDemo),
    known("vitalSignsCfg", ANY, OtherDemo),
    known("vitalsign", ANY, OtherDemo),
    known("VSRangeIdxCfg", ANY, OtherDemo),
    known("VSTargetId", ANY, OtherDemo),
    known("motionDetection", ANY, OtherDemo),
    known("zoneDef", ANY, OtherDemo),
    known("coeffMatrixRow", ANY, OtherDemo),
    known("meanVector", ANY, OtherDemo),
    known("stdVector", ANY, OtherDemo),
    known("oddemoParms", ANY, OtherDemo),
    known("rowNoise", ANY, OtherDemo),
    known("sensorStart", ANY, Console),
    known("sensorStop", ANY, Console),
    known("flushCfg", ANY, Console),
    known("guiMonitor", ANY, Console),
    known("calibData", ANY, Console),
    known("measureRangeBiasAndRxChanPhase", ANY, Console),
    known("CQRxSatMonitor", ANY, Console),
    known("CQSigImgMonitor", ANY, Console),
    known("analogMonitor", ANY, Console),
    known("configDataPort", ANY, Console),
    known("queryDemoStatus", ANY, Console),
    known("setHSI", ANY, Console),
    known("baudRate", ANY, Console),
    known("version", ANY, Console),
    known("help", ANY, Console),
];

/// Commands of the MMWAVE-L SDK (xWRL6432, xWRL6844), whose configurations look alike and mean other things.
pub(super) const LOW_POWER_SDK: [&str; 6] =
    ["chirpComnCfg", "chirpTimingCfg", "sigProcChainCfg", "factoryCalibCfg", "lowPowerCfg", "adcDataSource"];

pub(super) fn find(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|k| k.name == name).or_else(|| KNOWN.iter().find(|k| k.name.eq_ignore_ascii_case(name)))
}

/// Names and roles of all known commands, in the order of the documentation.
pub fn roles() -> impl Iterator<Item = (&'static str, Role)> {
    KNOWN.iter().map(|k| (k.name, k.role))
}
