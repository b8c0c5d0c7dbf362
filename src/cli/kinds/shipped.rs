//! The YAML files that come with the program: they are found by name, without the checkout.

use crate::base::yaml;

macro_rules! files {
    ($($name:literal,)*) => {
        &[$(($name, include_str!(concat!("../../../", $name))),)*]
    };
}

/// Names, relative to the checkout, and texts.
pub(super) const FILES: &[(&str, &str)] = files![
    "scenes/examples/calibration.yaml",
    "scenes/examples/doppler.yaml",
    "scenes/examples/receiver.yaml",
    "scenes/examples/room.yaml",
    "scenes/examples/three_sensors.yaml",
    "scenes/examples/waypoints.yaml",
    "scenes/experiments/beam_deepsense.yaml",
    "scenes/experiments/cross_mars_radhar.yaml",
    "scenes/experiments/cross_radhar_mars.yaml",
    "scenes/experiments/cross_scene.yaml",
    "scenes/experiments/cross_scene_wifi.yaml",
    "scenes/experiments/csi_time_stability.yaml",
    "scenes/experiments/csi_two_rooms.yaml",
    "scenes/experiments/csi_two_rooms_people.yaml",
    "scenes/experiments/csi_two_rooms_simulated.yaml",
    "scenes/experiments/csi_two_rooms_views.yaml",
    "scenes/experiments/demo.yaml",
    "scenes/experiments/mars.yaml",
    "scenes/experiments/mars_pose.yaml",
    "scenes/experiments/radhar.yaml",
    "scenes/experiments/radhar_numbers.yaml",
    "scenes/experiments/radhar_variants.yaml",
    "scenes/experiments/rfid_cwnu.yaml",
    "scenes/experiments/rfusion.yaml",
    "scenes/experiments/rfusion_ablation.yaml",
    "scenes/experiments/rfusion_rfid.yaml",
    "scenes/experiments/rfusion_rooms.yaml",
    "scenes/experiments/rfusion_wifi.yaml",
    "scenes/experiments/sixty.yaml",
    "scenes/experiments/sixty_classes.yaml",
    "scenes/experiments/sixty_parts.yaml",
    "scenes/experiments/sixty_places.yaml",
    "scenes/experiments/sixty_variants.yaml",
    "scenes/experiments/wiar.yaml",
    "scenes/experiments/wiswiss_radar.yaml",
    "scenes/experiments/wiswiss_wifi.yaml",
    "scenes/experiments/wiswiss_wifi_choice.yaml",
    "scenes/joint_maps.yaml",
    "scenes/motions/arms.yaml",
    "scenes/motions/body.yaml",
    "scenes/motions/daily_sport.yaml",
    "scenes/motions/examples.yaml",
    "scenes/motions/falls.yaml",
    "scenes/motions/gestures.yaml",
    "scenes/motions/rehabilitation.yaml",
    "scenes/motions/steps.yaml",
    "scenes/motions/whole_body.yaml",
    "scenes/recipes/paired.yaml",
    "scenes/recipes/sixty.yaml",
    "scenes/recipes/tiny.yaml",
    "scenes/sensors/awr1642.yaml",
    "scenes/sensors/awr1843.yaml",
    "scenes/sensors/iwr1443.yaml",
    "scenes/sensors/iwr1443_mars.yaml",
    "scenes/sensors/iwr6843.yaml",
    "scenes/sensors/iwr6843aop.yaml",
    "scenes/sensors/iwr6843ods.yaml",
    "scenes/sensors/k_lc5.yaml",
    "scenes/sensors/k_ld2.yaml",
    "scenes/sensors/rfid_impinj.yaml",
    "scenes/sensors/wifi_atheros.yaml",
    "scenes/sensors/wifi_ax210.yaml",
    "scenes/sensors/wifi_esp32.yaml",
    "scenes/sensors/wifi_intel_5300.yaml",
    "scenes/sensors/wifi_nexmon.yaml",
    "scenes/training/evaluate.yaml",
    "scenes/training/finetune.yaml",
    "scenes/training/pretrain.yaml",
];

/// Lets every reader of YAML files find them where no file of their name lies on the disk.
pub(in crate::cli) fn install() {
    yaml::ship(FILES);
}

/// Those of a folder: name without folder and ending, and text.
pub(in crate::cli) fn of_folder(folder: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let in_folder = move |name: &'static str| name.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".yaml");
    FILES.iter().filter_map(move |(name, text)| in_folder(name).map(|name| (name, *text)))
}

/// What a file says of itself: the first sentence of its first comment.
pub(in crate::cli) fn about(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with('#'));
    let words: Vec<&str> =
        lines.map(|line| line.trim_start_matches('#').trim()).filter(|l| !l.starts_with("yaml-language")).collect();
    let all = words.join(" ");
    let end = all.find(". ").map_or(all.len(), |end| end + 1);
    all[..end].trim_end_matches('.').to_owned()
}
