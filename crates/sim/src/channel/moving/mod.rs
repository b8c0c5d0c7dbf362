//! What moves: evaluated at some moments, between them by polynomials in time, summed up at the samples of an even clock, and from there at the times of packets.
//!
//! ```text
//! mod.rs     the front door: a recording in segments
//! segment.rs bodies and stations at all moments of a segment
//! packets.rs packets from the sums
//! reads.rs   single numbers at their own times
//! series.rs  the sum over a part between two stations, block by block
//! side.rs    legs of one side over a block: polynomials, phasors
//! ```

mod packets;
mod reads;
mod segment;
mod series;
mod side;

use super::nodes::BodyPart;
use super::{ChannelError, ChannelReport, Problem, Query};
use crate::base::{Complex32, Complex64, Vec3};
use crate::geometry::measure::{bounding_box, corners};
use crate::geometry::mesh::is_solid;
use crate::visibility::accel::is_within;
use ndarray::Array4;
use rayon::prelude::*;
use reads::ReadScratch;
use segment::Passage;

/// Longest piece of a recording that is kept in memory, s.
const SEGMENT_S: f64 = 4.0;

impl Problem<'_> {
    /// Adds what moves to `data[time, tone, rx, tx]`.
    pub(super) fn moving(
        &self,
        times_s: &[f64],
        data: &mut Array4<Complex32>,
        report: &mut ChannelReport,
    ) -> Result<(), ChannelError> {
        self.segments(times_s, report, |segment, which| segment.add(times_s, which, data))
    }

    /// Adds what moves to the answers `out` of queries.
    pub(super) fn moving_at(
        &self,
        queries: &[Query],
        out: &mut [Complex64],
        report: &mut ChannelReport,
    ) -> Result<(), ChannelError> {
        let times_s: Vec<f64> = queries.iter().map(|q| q.time_s).collect();
        self.segments(&times_s, report, |segment, which| {
            let found: Vec<Complex64> = if segment.are_few(which.len()) {
                let read = |scratch: &mut ReadScratch, i: &usize| segment.read(&queries[*i], scratch);
                which.par_iter().map_init(ReadScratch::default, read).collect()
            } else {
                let series = segment.all_series();
                which.par_iter().map(|i| segment.value(&series, &queries[*i])).collect()
            };
            which.iter().zip(found).for_each(|(i, z)| out[*i] += z);
        })
    }

    /// No antenna begins within what moves; whom one meets on the way leaves out what is near ([`ChannelReport::near`]).
    fn hold_no_antenna(&self, start_s: f64) -> Result<(), ChannelError> {
        let vertices = self.vertices(&self.moving_meshes, start_s)?;
        for (&mesh, vertices) in self.moving_meshes.iter().zip(&vertices) {
            let faces = self.around.meshes[mesh].faces();
            let Some((low, high)) = bounding_box(vertices) else { continue };
            for (side, antennas) in [("tx", &self.link.tx), ("rx", &self.link.rx)] {
                for (antenna, place) in antennas.iter().enumerate().filter(|(_, a)| a.carrier().is_none()) {
                    let place = place.place_at(self.around, start_s);
                    let inside = (0..3).all(|i| low[i] < place[i] && place[i] < high[i]);
                    if !inside || !(self.around.meshes[mesh].is_solid() || is_solid(vertices, faces)) {
                        continue;
                    }
                    let triangles: Vec<[Vec3; 3]> = faces.iter().map(|f| corners(vertices, f)).collect();
                    if is_within(place, triangles.iter().copied(), (high - low).norm()) {
                        let message = format!(
                            "is within mesh {mesh}, which moves, at the first moment ({start_s} s); expected a place in the air, or one \
                             that is carried"
                        );
                        return Err(ChannelError::Antenna { side, antenna, message });
                    }
                }
            }
        }
        Ok(())
    }

    /// Calls `each` with stretches of a recording and the times in them.
    fn segments(
        &self,
        times_s: &[f64],
        report: &mut ChannelReport,
        mut each: impl FnMut(&Passage, &[usize]),
    ) -> Result<(), ChannelError> {
        let mut meshes = self.moving_meshes.clone();
        if self.carried {
            meshes.extend(&self.still_meshes);
        }
        if meshes.is_empty() && !self.carried {
            return Ok(());
        }
        if let Some(start_s) = times_s.iter().copied().min_by(f64::total_cmp) {
            self.hold_no_antenna(start_s)?;
        }
        let parts = BodyPart::all(self, &meshes)?;
        report.tiles = parts.iter().map(BodyPart::tiles).sum();
        let walls: Vec<[Vec3; 3]> = if self.carried {
            Vec::new()
        } else {
            let vertices = self.vertices(&self.still_meshes, 0.0)?;
            let faces = self.still_meshes.iter().zip(&vertices);
            faces.flat_map(|(m, v)| self.around.meshes[*m].faces().iter().map(|f| f.map(|i| v[i as usize]))).collect()
        };
        let mut order: Vec<usize> = (0..times_s.len()).collect();
        order.sort_by(|a, b| times_s[*a].total_cmp(&times_s[*b]));
        let mut rest = order.as_slice();
        while let Some(&first) = rest.first() {
            let start_s = times_s[first];
            let count = rest.iter().take_while(|i| times_s[**i] - start_s <= SEGMENT_S).count();
            let (now, later) = rest.split_at(count);
            rest = later;
            let end_s = times_s[now[now.len() - 1]];
            let segment = Passage::new(self, &parts, &walls, (start_s, end_s), report)?;
            each(&segment, now);
        }
        Ok(())
    }
}
