//! A scene file from its document to signals: what `kinecho simulate` and `kinecho.simulate` in Python share.

use super::links;
use super::spec::{Replaced, SimulateFile};
use crate::base::progress::Progress;
use crate::base::random::RandomTree;
use crate::base::yaml::Document;
use crate::chain::Chain;
use crate::scene::{RoomSpec, Scene, SceneDraw, SceneError, Set, Truth, TruthClock};
use crate::signal::Signal;
use crate::sim::{LinkRecording, SimSettings, Simulated, Simulator};

/// A scene that is checked and drawn.
pub struct SceneRun {
    pub(super) file: SimulateFile,
    pub(super) scene: Scene,
    pub(super) draw: SceneDraw,
    pub(super) tree: RandomTree,
}

impl SceneRun {
    /// Checks a scene whose signals alone are wanted: nothing is written of it.
    ///
    /// # Errors
    /// All values that cannot be used, each with its place.
    pub fn signals_of(document: &Document) -> anyhow::Result<Self> {
        Self::new(document, &Replaced { write: Some(&[]), ..Replaced::default() })
    }

    pub(super) fn new(document: &Document, replaced: &Replaced<'_>) -> anyhow::Result<Self> {
        let (file, scene) = SimulateFile::check(document, replaced)?;
        let tree = RandomTree::new(file.seed);
        let draw = scene.draw(&tree, 0, &[], &[])?;
        Ok(Self { file, scene, draw, tree })
    }

    /// The seed of every draw.
    pub fn seed(&self) -> u64 {
        self.file.seed
    }

    /// How it is simulated.
    pub fn settings(&self) -> &SimSettings {
        &self.file.simulation
    }

    /// What was drawn.
    pub fn draw(&self) -> &SceneDraw {
        &self.draw
    }

    /// Frames of the radar.
    pub fn frames(&self) -> usize {
        self.scene.frames()
    }

    /// The walls, as typed.
    pub fn room(&self) -> Option<&RoomSpec> {
        self.file.room()
    }

    /// Length of the recording, s.
    pub fn duration_s(&self) -> f64 {
        self.scene.duration_s()
    }

    pub(super) fn simulator(&self) -> anyhow::Result<Simulator> {
        let SceneDraw { radar, radar_pose, receiver, .. } = &self.draw;
        Ok(Simulator::new(radar.clone(), *radar_pose, self.file.simulation)?.with_receiver(receiver.clone())?)
    }

    /// Key of all that is random in the radar's receiver.
    pub(super) fn noise(&self) -> RandomTree {
        self.tree.subtree(0, "receiver")
    }

    /// What the radar measures; `progress` is told of every frame.
    pub fn radar(&self, set: &Set, progress: &dyn Progress) -> anyhow::Result<Simulated> {
        let frames = self.frames();
        progress.begin("simulating frames", frames as u64);
        let simulated = self.simulator()?.run_set_telling(set, frames, Some(&self.noise()), Some(progress))?;
        progress.finish();
        Ok(simulated)
    }

    /// What the sensors beside the radar measure, by name.
    pub fn links(&self, set: &Set, progress: &dyn Progress) -> anyhow::Result<Vec<(String, LinkRecording)>> {
        progress.begin("simulating sensors", self.draw.sensors.len() as u64);
        let recorded = links::record(&self.draw, set, &self.file, &self.tree, progress)?;
        progress.finish();
        Ok(recorded)
    }

    /// The truth at the times of a clock; without one, of that of the file.
    pub fn truth(&self, clock: Option<TruthClock>) -> Result<Truth, SceneError> {
        self.draw.truth(clock.unwrap_or(self.file.outputs.truth.clock), self.frames())
    }

    /// What is made of a signal: as the chain says, or with the usual settings where it says nothing of such signals.
    pub fn chain_of(&self, signal: &Signal) -> Chain {
        self.file.chain_of(signal)
    }
}
