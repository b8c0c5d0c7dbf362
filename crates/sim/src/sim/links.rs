//! What the sensors of a scene beside its radar measure: channel state information and RFID reads of the same motion, on the same clock.

use super::error::SimError;
use crate::base::Complex64;
use crate::base::random::RandomTree;
use crate::channel::{ChannelLink, ChannelReport, ChannelSettings, Query, Surroundings, channel, channel_at};
use crate::geometry::MovingMesh;
use crate::scene::{LinkDraw, RfidDraw, SceneDraw, Set, WifiDraw};
use crate::sensor::rfid::RfidTruth;
use crate::sensor::wifi::WifiTruth;
use crate::signal::Signal;
use serde::{Deserialize, Serialize};

/// A simulated recording of a link.
#[derive(Clone, Debug)]
pub struct LinkRecording {
    /// What it measured.
    pub signal: Signal,
    /// What happened.
    pub report: LinkReport,
}

/// What happened to a recording of a link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkReport {
    /// Of the channel.
    pub channel: ChannelReport,
    /// What the device did to it.
    pub device: DeviceTruth,
}

/// What devices did to a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceTruth {
    /// A WiFi receiver.
    Wifi(WifiTruth),
    /// An RFID reader.
    Rfid(RfidTruth),
}

impl LinkDraw {
    /// Simulates the link over the length of the recording; `tree` is that of the sample and of this sensor.
    ///
    /// # Errors
    /// Antennas behind walls, times of packets that cannot be read, meshes that are no meshes.
    pub fn record(
        &self,
        scene: &SceneDraw,
        set: &Set,
        settings: &ChannelSettings,
        tree: &RandomTree,
    ) -> Result<LinkRecording, SimError> {
        match self {
            LinkDraw::Wifi(wifi) => wifi.record(scene, set, settings, tree),
            LinkDraw::Rfid(rfid) => rfid.record(scene, set, settings, tree),
        }
    }
}

/// Calls `each` with what is around antennas at a frequency.
fn within<T>(set: &Set, frequency_hz: f64, each: impl FnOnce(&Surroundings) -> T) -> T {
    let meshes: Vec<&dyn MovingMesh> = set.meshes.iter().map(|mesh| &**mesh).collect();
    let reflects = set.reflects_at(frequency_hz);
    each(&Surroundings { meshes: &meshes, still: &set.still, reflects: &reflects, room: set.room.as_ref() })
}

impl WifiDraw {
    fn record(
        &self,
        scene: &SceneDraw,
        set: &Set,
        settings: &ChannelSettings,
        tree: &RandomTree,
    ) -> Result<LinkRecording, SimError> {
        let times = self.device.times(scene.duration_s, tree)?;
        let [tx, rx] = self.ends();
        let link = ChannelLink { tx, rx, tones_hz: self.device.frequencies_hz() };
        let middle = link.tones_hz.get(link.tones_hz.len() / 2).copied().unwrap_or_default();
        let clean = within(set, middle, |around| channel(around, &link, &times, settings))?;
        let received = self.device.receive(&clean.data, &times, tree)?;
        let report = LinkReport { channel: clean.report, device: DeviceTruth::Wifi(received.truth) };
        Ok(LinkRecording { signal: Signal::Csi(received.csi), report })
    }
}

impl RfidDraw {
    fn record(
        &self,
        scene: &SceneDraw,
        set: &Set,
        settings: &ChannelSettings,
        tree: &RandomTree,
    ) -> Result<LinkRecording, SimError> {
        let names: Vec<String> = self.tags.iter().map(|tag| tag.name.clone()).collect();
        let attempts = self.device.schedule(names.len(), scene.duration_s, tree)?;
        let [tx, rx] = scene.rfid_ends(self)?;
        let mut tones_hz: Vec<f64> = attempts.iter().map(|a| a.frequency_hz).collect();
        tones_hz.sort_by(f64::total_cmp);
        tones_hz.dedup();
        let queries: Vec<Query> = attempts
            .iter()
            .map(|a| Query {
                time_s: a.time_s,
                tone: tones_hz.partition_point(|hz| *hz < a.frequency_hz),
                tx: a.tag,
                rx: usize::from(a.antenna) - 1,
            })
            .collect();
        let (one_way, report) = if queries.is_empty() {
            (Vec::<Complex64>::new(), ChannelReport::default())
        } else {
            let middle = tones_hz[tones_hz.len() / 2];
            let link = ChannelLink { tx, rx, tones_hz };
            within(set, middle, |around| channel_at(around, &link, &queries, settings))?
        };
        let received = self.device.receive(&names, &attempts, &one_way, tree)?;
        let report = LinkReport { channel: report, device: DeviceTruth::Rfid(received.truth) };
        Ok(LinkRecording { signal: Signal::Rfid(received.reads), report })
    }
}
