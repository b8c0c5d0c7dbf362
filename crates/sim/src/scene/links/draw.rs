//! One random draw of a link.

use super::spec::{ElementSpec, LinkSpec, StandSpec};
use super::tags::{PlacedTag, TagPlace, TagSide};
use crate::base::Vec3;
use crate::base::random::RandomTree;
use crate::base::span::Span;
use crate::body::Joint;
use crate::channel::{Antenna, Place};
use crate::scene::error::SceneError;
use crate::sensor::RadarPose;
use crate::sensor::rfid::RfidSpec;
use crate::sensor::wifi::WifiSpec;
use serde::{Deserialize, Serialize};

/// A link of a draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant)] // a scene has a handful
pub enum LinkDraw {
    /// A WiFi link.
    Wifi(WifiDraw),
    /// An RFID reader with its tags.
    Rfid(RfidDraw),
}

/// A WiFi link of a draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WifiDraw {
    /// The device.
    pub device: WifiSpec,
    /// Where the transmitter stands.
    pub transmitter: StandDraw,
    /// Where the receiver stands.
    pub receiver: StandDraw,
    /// How the antennas radiate.
    pub antennas: ElementSpec,
}

/// An RFID reader of a draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RfidDraw {
    /// The reader.
    pub device: RfidSpec,
    /// Where its antennas hang.
    pub reader: StandDraw,
    /// How they radiate.
    pub antennas: ElementSpec,
    /// The tags.
    pub tags: Vec<PlacedTag>,
}

/// Where a device stands and looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandDraw {
    /// Where and which way.
    pub pose: RadarPose,
}

impl StandSpec {
    fn draw(&self, tree: &RandomTree, item: u64, who: &str) -> StandDraw {
        let drawn = |span: Span, purpose: &str| span.draw(&mut tree.stream(item, &format!("{who} {purpose}")));
        StandDraw {
            pose: RadarPose {
                position: Vec3::new(drawn(self.x_m, "x"), drawn(self.y_m, "y"), drawn(self.height_m, "height")),
                azimuth_rad: drawn(self.azimuth_deg, "azimuth").to_radians(),
                elevation_rad: drawn(self.elevation_deg, "elevation").to_radians(),
            },
        }
    }
}

impl StandDraw {
    /// Antennas at places relative to the device.
    fn antennas(&self, relative_m: &[[f64; 3]], element: ElementSpec) -> Vec<Antenna> {
        let element = element.element(self.pose.boresight());
        let place = |p: &[f64; 3]| Place::Fixed(self.pose.to_world(Vec3::from(*p)));
        relative_m.iter().map(|p| Antenna { place: place(p), element, gain_dbi: 0.0 }).collect()
    }
}

impl LinkSpec {
    /// Draws recording number `item`. A checked link draws without problems.
    pub(in crate::scene) fn draw(&self, tree: &RandomTree, item: u64) -> Result<LinkDraw, SceneError> {
        let wrong = |problems: Vec<crate::base::yaml::Problem>| SceneError::Link {
            message: problems.into_iter().map(|p| format!("{}: {}", p.key, p.message)).collect::<Vec<_>>().join("; "),
        };
        Ok(match self {
            LinkSpec::Wifi(link) => LinkDraw::Wifi(WifiDraw {
                device: link.device().map_err(wrong)?,
                transmitter: link.transmitter.draw(tree, item, "transmitter"),
                receiver: link.receiver.draw(tree, item, "receiver"),
                antennas: link.antennas,
            }),
            LinkSpec::Rfid(link) => {
                let mut tags = Vec::new();
                for spec in &link.tags {
                    tags.extend(spec.placed(tags.len() + 1));
                }
                LinkDraw::Rfid(RfidDraw {
                    device: link.device().map_err(wrong)?,
                    reader: link.reader.draw(tree, item, "reader"),
                    antennas: link.antennas,
                    tags,
                })
            }
        })
    }
}

impl WifiDraw {
    /// Antennas of both sides.
    pub fn ends(&self) -> [Vec<Antenna>; 2] {
        [
            self.transmitter.antennas(&self.device.tx_m, self.antennas),
            self.receiver.antennas(&self.device.rx_m, self.antennas),
        ]
    }
}

impl RfidDraw {
    /// The tags as antennas that send, and the antennas of the reader; `worn` says where a tag is that somebody wears.
    pub(in crate::scene) fn ends(
        &self,
        worn: impl Fn(usize, Joint, TagSide) -> Result<Place, SceneError>,
    ) -> Result<[Vec<Antenna>; 2], SceneError> {
        let antenna = |tag: &PlacedTag| {
            let place = match tag.place {
                TagPlace::At(place) => Place::Fixed(place),
                TagPlace::Worn { person, joint, side } => worn(person, joint, side)?,
            };
            Ok(Antenna { place, element: crate::channel::Element::Isotropic, gain_dbi: 0.0 })
        };
        let tags: Result<Vec<Antenna>, SceneError> = self.tags.iter().map(antenna).collect();
        Ok([tags?, self.reader.antennas(&self.device.antennas_m, self.antennas)])
    }
}
