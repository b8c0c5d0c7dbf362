//! Laws of physics and geometry.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod bistatic;
mod body;
mod bundles;
mod calibration;
mod channel;
mod curved;
mod cw;
mod diffuse;
mod engine;
mod facets;
mod fading;
mod falls;
mod fast_engine;
mod gait;
mod golden_bodies;
mod high_pass;
mod hull;
mod impairments;
mod joint_fit;
mod mesh;
mod micro_doppler;
mod motion;
#[path = "../support/needs.rs"]
mod needs;
mod onset;
mod people;
mod people_seen;
mod receiver;
mod reference;
mod rfid_reader;
mod rooms;
mod scenes;
mod sight;
mod visibility;
mod waypoints;
mod wifi_devices;
mod wifi_stillness;
