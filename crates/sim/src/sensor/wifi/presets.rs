//! Devices that come with the program, and devices from files.

use super::WifiSpec;
use crate::base::yaml::Document;
use crate::sensor::SensorError;
use crate::sensor::presets::{Preset, checked, named};
use std::path::Path;

/// Name and YAML text of each; where the figures are from stands in the YAML files.
const PRESETS: [Preset; 5] = [
    ("wifi_intel_5300", include_str!("../../../../../scenes/sensors/wifi_intel_5300.yaml")),
    ("wifi_atheros", include_str!("../../../../../scenes/sensors/wifi_atheros.yaml")),
    ("wifi_esp32", include_str!("../../../../../scenes/sensors/wifi_esp32.yaml")),
    ("wifi_nexmon", include_str!("../../../../../scenes/sensors/wifi_nexmon.yaml")),
    ("wifi_ax210", include_str!("../../../../../scenes/sensors/wifi_ax210.yaml")),
];

impl WifiSpec {
    /// Names of the presets.
    pub fn preset_names() -> Vec<&'static str> {
        PRESETS.iter().map(|(name, _)| *name).collect()
    }

    /// The preset `name`.
    ///
    /// # Errors
    /// No preset has this name.
    pub fn preset(name: &str) -> Result<Self, SensorError> {
        checked(&named(&PRESETS, name)?, Self::problems)
    }

    /// Reads a device from a YAML as in `scenes/sensors`, which may be based on another one (`based_on`, `set`).
    ///
    /// # Errors
    /// A file that cannot be read, unknown keys, and all values outside their admissible range, with their lines.
    pub fn read_file(path: &Path) -> Result<Self, SensorError> {
        let mut device: Self = checked(&Document::read(path)?.resolved()?, Self::problems)?;
        if let (Some(times), Some(folder)) = (&mut device.packets.file, path.parent()) {
            *times = folder.join(&times);
        }
        Ok(device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensor::wifi::impairments::converter::QuantisationSpec;

    #[test]
    fn presets_can_work_and_come_back_from_text() {
        for name in WifiSpec::preset_names() {
            let device = WifiSpec::preset(name).unwrap();
            assert_eq!(device.frequencies_hz().len(), device.info().subcarriers.len(), "{name}");
            let text = serde_json::to_string(&device).unwrap();
            assert_eq!(serde_json::from_str::<WifiSpec>(&text).unwrap(), device, "{name}");
        }
        let error = WifiSpec::preset("wifi_5300").unwrap_err().to_string();
        assert!(error.contains("wifi_5300") && error.contains("wifi_intel_5300"), "{error}");
    }

    #[test]
    fn every_problem_is_named_with_its_key() {
        let mut device = WifiSpec::preset("wifi_intel_5300").unwrap();
        device.channel = 37;
        device.transmit_power_dbm = f64::NAN;
        device.rx_m = Vec::new();
        device.subcarriers = Some(vec![-28, -27, -28]);
        device.packets.rate_hz = None;
        device.impairments.quantisation = Some(QuantisationSpec { bits: 1, full_scale_dbm: None, strongest_rms: None });
        let keys: Vec<String> = device.problems().into_iter().map(|p| p.key).collect();
        let expected = [
            "channel",
            "subcarriers.1",
            "subcarriers.2",
            "packets.rate_hz",
            "rx_m",
            "transmit_power_dbm",
            "impairments.quantisation.bits",
        ];
        assert_eq!(keys, expected);
        assert!(device.check().unwrap_err().to_string().contains("37 given"));
    }
}
