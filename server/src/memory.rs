//! How much memory there is.

use std::fs;

/// What is assumed where the system does not say.
const USUAL: u64 = 8 << 30;

/// A quarter of the memory that this program may use, bytes: that of the machine, or of the control
/// group that it runs in (cgroup v2), as containers do.
pub fn share() -> usize {
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let group = group.and_then(|text| text.trim().parse().ok());
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let whole = machine.unwrap_or(USUAL).min(group.unwrap_or(u64::MAX));
    usize::try_from(whole / 4).unwrap_or(usize::MAX)
}

/// `MemTotal` in the text of `/proc/meminfo`, bytes.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_memory_is_read() {
        assert_eq!(total("MemTotal:       24689764 kB\nMemFree: 1 kB\n"), Some(24_689_764 << 10));
        assert_eq!(total("MemFree: 1 kB\n"), None);
        assert!(share() > 0);
    }
}
