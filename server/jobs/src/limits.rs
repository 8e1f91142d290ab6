//! How much one address may ask for.

use tenkyu_wire::jobs::Queue;

/// Limits on jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobLimits {
    /// Seconds that a job may run which asked for no other time.
    pub default_seconds: u64,
    /// Seconds that no job can exceed.
    pub hard_seconds: u64,
    /// Jobs that asked for at most so many seconds wait in the quick queue.
    pub quick_seconds: u64,
    /// Jobs of the quick queue that run at the same time.
    pub quick: usize,
    /// Jobs of the long queue that run at the same time.
    pub long: usize,
    /// Of these, in each queue, jobs of one address.
    pub per_address: usize,
    /// Jobs of one address that have not ended.
    pub waiting_per_address: u64,
    /// Seconds after which a job is removed that asked for no other time.
    pub keep_seconds: u64,
    /// Seconds after which every job is removed.
    pub hard_keep_seconds: u64,
    /// Seconds between two looks for jobs to remove.
    pub sweep_seconds: u64,
}

impl Default for JobLimits {
    fn default() -> Self {
        JobLimits {
            default_seconds: 3600,
            hard_seconds: 24 * 3600,
            quick_seconds: 60,
            quick: 4,
            long: 2,
            per_address: 2,
            waiting_per_address: 100,
            keep_seconds: 7 * 24 * 3600,
            hard_keep_seconds: 30 * 24 * 3600,
            sweep_seconds: 30,
        }
    }
}

impl JobLimits {
    /// The seconds that a job gets; 0 asks for as many as there are (UWS 1.1 §2.1.6).
    pub(crate) fn seconds(&self, asked: Option<u64>) -> u64 {
        match asked {
            None => self.default_seconds.min(self.hard_seconds),
            Some(0) => self.hard_seconds,
            Some(seconds) => seconds.min(self.hard_seconds),
        }
    }

    pub(crate) fn queue(&self, seconds: u64) -> Queue {
        if seconds <= self.quick_seconds { Queue::Quick } else { Queue::Long }
    }

    /// When a job is removed, milliseconds since 1970.
    pub(crate) fn destruction(&self, now: i64, asked: Option<i64>) -> i64 {
        let after = |seconds: u64| {
            now.saturating_add(i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX))
        };
        let latest = after(self.hard_keep_seconds);
        asked.unwrap_or_else(|| after(self.keep_seconds)).min(latest)
    }

    pub(crate) fn slots(&self, queue: Queue) -> usize {
        match queue {
            Queue::Quick => self.quick,
            Queue::Long => self.long,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_granted_up_to_the_limit() {
        let limits = JobLimits::default();
        assert_eq!(limits.seconds(None), 3600);
        assert_eq!(limits.seconds(Some(0)), limits.hard_seconds);
        assert_eq!(limits.seconds(Some(u64::MAX)), limits.hard_seconds);
        assert_eq!(limits.queue(limits.seconds(Some(60))), Queue::Quick);
        assert_eq!(limits.queue(limits.seconds(None)), Queue::Long);
        assert_eq!(limits.destruction(1000, None), 1000 + 7 * 86_400_000);
        assert_eq!(limits.destruction(0, Some(i64::MAX)), 30 * 86_400_000);
        assert_eq!(limits.destruction(5000, Some(1)), 1);
    }
}
