//! Captured motion: every kind of file whole, wrong and damaged, and the laws of putting it on another body.

mod amass;
mod conventions;
mod damage;
mod deepmimic;
mod folder;
mod gltf;
mod golden;
mod hands;
mod labels;
mod messages;
mod mutation;
mod scene;
mod skeletons;
mod units;

use kinecho::base::{Rotation, Vec3};
use kinecho::body::{BodyModel, BodyShape, Joint, ShapedBody};
use kinecho::motion::Clip;
use std::io::{Cursor, Write};

pub(crate) fn body() -> ShapedBody {
    BodyModel::cc0().shaped(&BodyShape::default()).unwrap()
}

/// Direction of the bone between two joints in a frame of a clip.
pub(crate) fn bone(body: &ShapedBody, clip: &Clip, frame: usize, from: Joint, to: Joint) -> Vec3 {
    let frames = body.skeleton.frames(&clip.poses()[frame]);
    (frames[to as usize].position - frames[from as usize].position).normalize()
}

/// A turn in degrees about x, y or z.
pub(crate) fn turn(axis: usize, degrees: f64) -> Rotation {
    Rotation::from_scaled_axis(Vec3::ith(axis, degrees.to_radians()))
}

/// An npz of .npy files with the given header dictionary and data.
pub(crate) fn npz(arrays: &[(&str, &str, &[usize], Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, descr, shape, data) in arrays {
        zip.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        let shape: String = shape.iter().map(|n| format!("{n}, ")).collect();
        let mut head = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}").into_bytes();
        head.resize(117, b' ');
        head.push(b'\n');
        zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
        zip.write_all(&(head.len() as u16).to_le_bytes()).unwrap();
        zip.write_all(&head).unwrap();
        zip.write_all(data).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub(crate) fn f64s(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}
