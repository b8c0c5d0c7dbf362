//! Where tensors live, chosen at run time among what was compiled in.

use super::ModelError;
use burn::tensor::Device;
use std::fmt;
use std::str::FromStr;

/// A device by name: `cpu`, `cuda`, `cuda:1`, `wgpu`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceName {
    /// The processor; always there.
    #[default]
    Cpu,
    /// An NVIDIA card by number, counted from 0; feature `cuda`.
    Cuda(usize),
    /// The graphics card that WebGPU's own choice falls on; feature `wgpu`.
    Wgpu,
}

impl DeviceName {
    /// The device, or which feature it wants when it was not compiled in.
    pub fn open(self) -> Result<Device, ModelError> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            #[cfg(feature = "cuda")]
            Self::Cuda(index) => Ok(Device::cuda(index)),
            #[cfg(not(feature = "cuda"))]
            Self::Cuda(_) => Err(ModelError::DeviceMissing { device: self.to_string(), feature: "cuda" }),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(not(feature = "wgpu"))]
            Self::Wgpu => Err(ModelError::DeviceMissing { device: self.to_string(), feature: "wgpu" }),
        }
    }
}

impl FromStr for DeviceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("`{text}` is no device; expected cpu, cuda, cuda:N (N from 0 to 1023) or wgpu");
        match text.split_once(':') {
            None => match text {
                "cpu" => Ok(Self::Cpu),
                "cuda" => Ok(Self::Cuda(0)),
                "wgpu" => Ok(Self::Wgpu),
                _ => Err(unknown()),
            },
            Some(("cuda", index)) => index.parse().ok().filter(|&i| i < 1024).map(Self::Cuda).ok_or_else(unknown),
            Some(_) => Err(unknown()),
        }
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => write!(f, "cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
            Self::Wgpu => write!(f, "wgpu"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_read_and_others_refused() {
        for name in ["cpu", "cuda:0", "cuda:3", "wgpu"] {
            assert_eq!(name.parse::<DeviceName>().unwrap().to_string(), name);
        }
        assert_eq!("cuda".parse::<DeviceName>(), Ok(DeviceName::Cuda(0)));
        for name in ["", "gpu", "cuda:", "cuda:-1", "cuda:9999", "cpu:0", "CUDA"] {
            assert!(name.parse::<DeviceName>().unwrap_err().contains("expected cpu, cuda"), "{name}");
        }
    }

    #[test]
    #[cfg(not(feature = "cuda"))]
    fn a_device_that_was_not_compiled_in_names_its_feature() {
        let message = DeviceName::Cuda(1).open().unwrap_err().to_string();
        assert!(message.contains("cuda:1") && message.contains("--features cuda"), "{message}");
        assert!(DeviceName::Cpu.open().is_ok());
    }
}
