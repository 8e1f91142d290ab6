//! How much of the catalogues a query looks at.

use std::sync::{Mutex, PoisonError};

/// What was decided for one scan of a table before it started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableScan {
    /// `schema.table@snapshot`.
    pub table: String,
    /// Its partitions.
    pub partitions: u64,
    /// Those that may hold rows of the answer.
    pub partitions_read: u64,
    /// Its row groups, as far as the catalogue lists them.
    pub row_groups: u64,
    /// Those that may hold rows of the answer, by the catalogue's statistics.
    pub row_groups_read: u64,
}

/// The scans of a query, in the order in which they were planned.
#[derive(Debug, Default)]
pub struct ScanCounts {
    scans: Mutex<Vec<TableScan>>,
}

impl ScanCounts {
    /// Notes a scan.
    pub fn add(&self, scan: TableScan) {
        self.scans.lock().unwrap_or_else(PoisonError::into_inner).push(scan);
    }

    /// All scans so far.
    pub fn scans(&self) -> Vec<TableScan> {
        self.scans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Partitions of all scanned tables, and those that were not skipped.
    pub fn partitions(&self) -> (u64, u64) {
        let scans = self.scans();
        let sum = |of: fn(&TableScan) -> u64| scans.iter().map(of).sum();
        (sum(|s| s.partitions), sum(|s| s.partitions_read))
    }
}
