//! What settings of a cross-scene model may be.

use super::{CrossSceneConfig, CsiBranch, SpectrogramBranch};
use crate::model::ModelError;

fn fail(field: impl Into<String>, found: impl Into<String>, expected: impl Into<String>) -> Result<(), ModelError> {
    Err(ModelError::Config { field: field.into(), found: found.into(), expected: expected.into() })
}

/// Every setting inside its range, or the first that is not. Shapes and the number of classes may be open.
pub(super) fn check(config: &CrossSceneConfig) -> Result<(), ModelError> {
    if config.radar.is_none() && config.wifi.is_none() {
        return fail("radar", "left out, as is wifi", "at least one of the two");
    }
    let sizes = config.sizes();
    for (field, value) in [("width", sizes.width), ("scene", sizes.scene)] {
        if value == 0 || value > 8192 {
            return fail(field, value.to_string(), "1 to 8192");
        }
    }
    if !sizes.width.is_multiple_of(2) {
        return fail("width", sizes.width.to_string(), "an even number: half of it runs each way in time");
    }
    if !(0.0..1.0).contains(&config.drop_path) {
        return fail("drop_path", config.drop_path.to_string(), "0 to below 1");
    }
    if let Some(branch) = &config.radar {
        check_radar(config, branch)?;
    }
    if let Some(branch) = &config.wifi {
        check_wifi(branch)?;
    }
    match config.views().as_slice() {
        [one, other] if one == other => fail("wifi.view", format!("`{other}`"), "another view than that of the radar"),
        _ => Ok(()),
    }
}

fn check_radar(config: &CrossSceneConfig, branch: &SpectrogramBranch) -> Result<(), ModelError> {
    let sizes = config.sizes();
    let sound = |&n: &usize| (1..=4096).contains(&n) && n.is_multiple_of(sizes.groups);
    if sizes.channels.is_empty() || sizes.channels.len() > 6 || !sizes.channels.iter().all(sound) {
        let expected = format!("1 to 6 numbers of 1 to 4096 that {} divides", sizes.groups);
        return fail("radar.channels", format!("{:?}", sizes.channels), expected);
    }
    let stages = sizes.channels.len();
    if sizes.depths.len() != stages || sizes.depths.iter().any(|&n| n == 0 || n > 64) {
        let expected = format!("{stages} numbers of 1 to 64, one a stage");
        return fail("radar.depths", format!("{:?}", sizes.depths), expected);
    }
    if sizes.deformable.len() != stages {
        return fail("radar.deformable", format!("{:?}", sizes.deformable), format!("{stages} of true or false"));
    }
    match branch.shape.as_slice() {
        [] => Ok(()),
        // A stride of four at the start, then one of two a stage but the first: less has no cell left.
        &[rows, columns] if rows.min(columns) >= 4 && rows.max(columns) <= 4096 => Ok(()),
        shape => fail("radar.shape", format!("{shape:?}"), "[velocity, time], each 4 to 4096"),
    }
}

fn check_wifi(branch: &CsiBranch) -> Result<(), ModelError> {
    if branch.links == 0 {
        return fail("wifi.links", "0", "at least 1");
    }
    if branch.patch == 0 {
        return fail("wifi.patch", "0", "at least 1");
    }
    if !(branch.sigma > 0.0 && branch.sigma.is_finite()) {
        return fail("wifi.sigma", branch.sigma.to_string(), "above 0");
    }
    if !(0.0..=1.0).contains(&branch.edge_share) {
        return fail("wifi.edge_share", branch.edge_share.to_string(), "0 to 1");
    }
    let &[rows, times] = branch.shape.as_slice() else {
        let shape = &branch.shape;
        let expected = "[link · subcarrier, time]";
        return if shape.is_empty() { Ok(()) } else { fail("wifi.shape", format!("{shape:?}"), expected) };
    };
    if rows == 0 || times == 0 || !rows.is_multiple_of(branch.links) {
        let expected = format!("a divisor of the {rows} rows of `{}`", branch.view);
        return fail("wifi.links", branch.links.to_string(), expected);
    }
    if branch.patch > times {
        return fail(
            "wifi.patch",
            branch.patch.to_string(),
            format!("at most the {times} columns of `{}`", branch.view),
        );
    }
    let subcarriers = branch.rows_of_link();
    if branch.keep > subcarriers {
        return fail("wifi.keep", branch.keep.to_string(), format!("at most the {subcarriers} subcarriers of a link"));
    }
    let chosen = &branch.subcarriers;
    if !chosen.windows(2).all(|pair| pair[0] < pair[1]) || chosen.last().is_some_and(|&last| last >= subcarriers) {
        let expected = format!("rising numbers below the {subcarriers} subcarriers of a link");
        return fail("wifi.subcarriers", format!("{chosen:?}"), expected);
    }
    if branch.keep > 0 && !chosen.is_empty() && chosen.len() != branch.keep {
        let expected = format!("as many as `wifi.keep` says: {}", branch.keep);
        return fail("wifi.subcarriers", format!("{} of them", chosen.len()), expected);
    }
    let nodes = branch.looked_at().len();
    let wrong = |pair: &&[usize; 2]| pair[0] >= pair[1] || pair[1] >= nodes;
    match branch.edges.iter().flatten().find(wrong) {
        Some(pair) => {
            let expected = format!("two places below {nodes}, the smaller first");
            fail("wifi.edges", format!("{pair:?}"), expected)
        }
        None => Ok(()),
    }
}

/// Refuses what is still open.
pub(super) fn require_fitted(config: &CrossSceneConfig) -> Result<(), ModelError> {
    if config.radar.as_ref().is_some_and(|branch| branch.shape.is_empty()) {
        return fail("radar.shape", "left open", "the lengths of the axes of its view");
    }
    if let Some(branch) = &config.wifi {
        if branch.shape.is_empty() {
            return fail("wifi.shape", "left open", "the lengths of the axes of its view");
        }
        if branch.keep > 0 && branch.subcarriers.is_empty() {
            let expected =
                "which subcarriers these are: a study of transfer finds them, else `wifi.subcarriers` says it";
            return fail("wifi.keep", branch.keep.to_string(), expected);
        }
    }
    match config.classes {
        0 => fail("classes", "left open", "at least 1"),
        _ => Ok(()),
    }
}
