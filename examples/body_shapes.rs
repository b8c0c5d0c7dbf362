//! What do the body parameters do? Draws thin, heavy, short, tall, female and male bodies from three sides.
//!
//! `cargo run --example body_shapes -- shapes.png`
#![allow(clippy::print_stdout)]

use kinecho::base::{Rotation, Vec3};
use kinecho::body::{BodyModel, BodyShape, Joint, Pose};
use kinecho::viz::contact_sheet::{ContactSheet, Eye};
use kinecho::viz::png_bytes;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "body_shapes.png".into());
    // Arms half lowered, elbows bent a little.
    let mut pose = Pose::rest(BodyModel::cc0().joint_count());
    for (joint, y, z) in [
        (Joint::LeftShoulder, 1.0, 0.0),
        (Joint::RightShoulder, -1.0, 0.0),
        (Joint::LeftElbow, 0.0, -0.5),
        (Joint::RightElbow, 0.0, 0.5),
    ] {
        pose.rotations[joint as usize] = Rotation::new(Vec3::new(0.0, y, z));
    }
    let mut sheet = ContactSheet::new(220).title("CC0 body: sex, stature, body mass index");
    let mut captions = Vec::new();
    let mut bodies = Vec::new();
    for (sex, stature_m, body_mass_index) in [
        (1.0, 1.75, 17.0),
        (1.0, 1.75, 22.5),
        (1.0, 1.75, 35.0),
        (1.0, 1.95, 24.0),
        (0.0, 1.65, 18.0),
        (0.0, 1.65, 22.0),
        (0.0, 1.65, 34.0),
        (0.0, 1.50, 21.0),
    ] {
        let shape = BodyShape { sex, stature_m, body_mass_index, muscle: 0.5 };
        let body = BodyModel::cc0().shaped(&shape)?;
        println!(
            "sex {sex} {stature_m} m BMI {body_mass_index}: {:.1} L, {:.3} m2 (Du Bois {:.3})",
            body.volume_m3() * 1e3,
            body.area_m2(),
            shape.du_bois_area_m2()
        );
        captions.push(format!("{stature_m:.2} m  BMI {body_mass_index}"));
        bodies.push(body.mesh(&pose).vertices);
    }
    let faces = BodyModel::cc0().shaped(&BodyShape::default())?.faces().to_vec();
    for (label, view) in [("front", Eye::FRONT), ("three-quarter", Eye::THREE_QUARTER), ("side", Eye::SIDE)] {
        sheet = sheet.view(view).row(label, &bodies, &faces).captions(&captions);
    }
    std::fs::write(&path, png_bytes(&sheet.image())?)?;
    println!("{path}");
    Ok(())
}
