//! What settings of an RFusion model may be.

use super::{GROUPS, RFusionConfig, RFusionTask, RadarBranch};
use crate::model::ModelError;
use crate::model::rfusion::modality::{Modality, set_name};

fn fail(field: impl Into<String>, found: impl Into<String>, expected: impl Into<String>) -> Result<(), ModelError> {
    Err(ModelError::Config { field: field.into(), found: found.into(), expected: expected.into() })
}

/// Every setting inside its range, or the first that is not. Shapes and the number of classes may be open.
pub(super) fn check(config: &RFusionConfig) -> Result<(), ModelError> {
    let branches = config.branches();
    if branches.is_empty() {
        return fail("wifi", "left out, as are rfid and radar", "at least one of the three");
    }
    let sizes = config.sizes();
    let numbers = [
        ("width", sizes.width, 8192),
        ("heads", sizes.heads, 256),
        ("hidden", sizes.hidden, 8192),
        ("tokens", sizes.tokens, 256),
    ];
    if let Some((field, value, most)) = numbers.into_iter().find(|(_, value, most)| *value == 0 || value > most) {
        return fail(field, value.to_string(), format!("1 to {most}"));
    }
    if !sizes.width.is_multiple_of(sizes.heads) {
        return fail("heads", sizes.heads.to_string(), format!("a divisor of width = {}", sizes.width));
    }
    let lists = [
        ("wifi.channels", Modality::Wifi, &sizes.wifi, GROUPS),
        ("rfid.channels", Modality::Rfid, &sizes.rfid, 1),
        ("radar.channels", Modality::Radar, &sizes.radar, 1),
        ("radar.depths", Modality::Radar, &sizes.radar_depths, 1),
    ];
    for (field, modality, list, divisor) in lists {
        let sound = |&n: &usize| (1..=4096).contains(&n) && n.is_multiple_of(divisor);
        if branches.contains(&modality) && (list.is_empty() || list.len() > 10 || !list.iter().all(sound)) {
            return fail(field, format!("{list:?}"), format!("1 to 10 numbers of 1 to 4096 that {divisor} divides"));
        }
    }
    if branches.contains(&Modality::Radar) && sizes.radar.len() != sizes.radar_depths.len() {
        let expected = format!("as many as `radar.channels` has: {}", sizes.radar.len());
        return fail("radar.depths", format!("{:?}", sizes.radar_depths), expected);
    }
    check_shapes(config)?;
    check_radar(config)?;
    let mut names: Vec<&str> = Vec::new();
    for modality in &branches {
        for name in config.views_of(*modality) {
            if name.is_empty() || names.contains(&name) {
                return fail(format!("{}.view", modality.name()), format!("`{name}`"), "a name, each once");
            }
            names.push(name);
        }
    }
    check_task(config)
}

fn check_shapes(config: &RFusionConfig) -> Result<(), ModelError> {
    let sound = |shape: &[usize]| shape.iter().all(|n| (1..=65_536).contains(n));
    for (field, shape) in
        [("wifi.shape", config.wifi.as_ref().map(|b| &b.shape)), ("rfid.shape", config.rfid.as_ref().map(|b| &b.shape))]
    {
        if let Some(shape) = shape.filter(|shape| !shape.is_empty() && (shape.len() != 2 || !sound(shape))) {
            return fail(field, format!("{shape:?}"), "nothing, or two lengths of 1 to 65536");
        }
    }
    let Some(wifi) = &config.wifi else { return Ok(()) };
    if wifi.links == 0 || wifi.links > 4096 {
        return fail("wifi.links", wifi.links.to_string(), "1 to 4096");
    }
    match wifi.shape.first() {
        Some(rows) if !rows.is_multiple_of(wifi.links) => {
            let expected = format!("a divisor of the {rows} rows of `{}`", wifi.view);
            fail("wifi.links", wifi.links.to_string(), expected)
        }
        _ => Ok(()),
    }
}

fn check_radar(config: &RFusionConfig) -> Result<(), ModelError> {
    let Some(radar) = &config.radar else { return Ok(()) };
    if radar.views.is_empty() || radar.views.len() > 16 {
        return fail("radar.views", format!("{} views", radar.views.len()), "1 to 16");
    }
    if let Some(name) = radar.background.iter().find(|name| {
        let default = RadarBranch::default().background;
        !radar.views.contains(name) && !default.contains(name)
    }) {
        return fail("radar.background", format!("`{name}`"), "names of `radar.views`");
    }
    if radar.shapes.is_empty() {
        return Ok(());
    }
    let rank = |shape: &Vec<usize>| (2..=3).contains(&shape.len()) && shape.iter().all(|n| (1..=65_536).contains(n));
    if radar.shapes.len() != radar.views.len() || !radar.shapes.iter().all(rank) {
        let expected = "nothing, or two or three lengths of 1 to 65536 for each of `radar.views`";
        return fail("radar.shapes", format!("{:?}", radar.shapes), expected);
    }
    // Frames and columns; rows may differ.
    let fixed = |shape: &Vec<usize>| {
        let frames = if shape.len() == 3 { shape[0] } else { 1 };
        (frames, shape[shape.len() - 1])
    };
    match radar.shapes.iter().position(|shape| fixed(shape) != fixed(&radar.shapes[0])) {
        Some(i) => {
            let (frames, columns) = fixed(&radar.shapes[0]);
            let expected = format!(
                "{frames} frames and {columns} columns, as `{}` has: they are put together along rows",
                radar.views[0]
            );
            fail("radar.views", format!("`{}` of {:?}", radar.views[i], radar.shapes[i]), expected)
        }
        None => Ok(()),
    }
}

fn check_task(config: &RFusionConfig) -> Result<(), ModelError> {
    let branches = config.branches();
    match &config.task {
        RFusionTask::Contrast(parts) => {
            if branches.len() < 2 {
                return fail("task.contrast", set_name(&branches), "two kinds of radio or more, to be drawn together");
            }
            if parts.arbiter == 1 || parts.arbiter > 65_536 {
                return fail("task.contrast.arbiter", parts.arbiter.to_string(), "0 (none), or 2 to 65536");
            }
            Ok(())
        }
        RFusionTask::Classify(of) => {
            if of.classes > 65_536 {
                return fail("task.classify.classes", of.classes.to_string(), "at most 65536");
            }
            for (i, set) in of.sets.iter().enumerate() {
                let grows = set.windows(2).all(|pair| pair[0] < pair[1]);
                if set.is_empty() || !grows || !set.iter().all(|m| branches.contains(m)) || of.sets[..i].contains(set) {
                    let field = format!("task.classify.sets.{i}");
                    let expected = format!("some of {} in this order, each set once", set_name(&branches));
                    return fail(field, format!("[{}]", set_name(set)), expected);
                }
            }
            let used = config.used();
            if !config.sets().contains(&used) {
                let expected = format!("{} among them: what samples have that have everything", set_name(&used));
                return fail("task.classify.sets", config.set_names(), expected);
            }
            Ok(())
        }
    }
}
