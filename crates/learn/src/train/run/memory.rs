//! Memory of this process, as Linux counts it.

/// Resident memory now and at its largest, bytes; `None` where there is no `/proc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) now: u64,
    pub(crate) peak: u64,
}

impl Memory {
    pub(crate) fn of_this_process() -> Option<Self> {
        Self::parse(&std::fs::read_to_string("/proc/self/status").ok()?)
    }

    /// Lines `VmRSS:  1234 kB` and `VmHWM:  1234 kB` (proc_pid_status(5); the unit is 1024 bytes).
    fn parse(status: &str) -> Option<Self> {
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
        };
        Some(Self { now: field("VmRSS")?, peak: field("VmHWM")? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_two_lines_are_found_among_others() {
        let status = "Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n";
        assert_eq!(Memory::parse(status).unwrap(), Memory { now: 1 << 20, peak: 2 << 20 });
        assert_eq!(Memory::parse("VmRSS: many kB\nVmHWM: 1 kB"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_that_is_touched_is_counted() {
        let before = Memory::of_this_process().unwrap();
        let block = vec![1_u8; 64 << 20];
        assert_eq!(block.iter().step_by(4096).map(|&b| u64::from(b)).sum::<u64>(), 16384);
        let after = Memory::of_this_process().unwrap();
        assert!(after.peak >= before.now + (60 << 20), "{before:?} {after:?}");
    }
}
