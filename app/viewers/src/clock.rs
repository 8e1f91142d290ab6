//! Time for budgets and figures: milliseconds from an arbitrary start.

/// Milliseconds from an arbitrary start; never runs backwards by more than the clock's grain.
#[cfg(target_arch = "wasm32")]
pub fn now_ms() -> f64 {
    web_sys::window().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}

/// Milliseconds from an arbitrary start; never runs backwards by more than the clock's grain.
#[cfg(not(target_arch = "wasm32"))]
pub fn now_ms() -> f64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3
}

/// The last CPU times of a viewer's frames, milliseconds.
#[derive(Clone, Debug, Default)]
pub struct FrameTimes {
    recent: Vec<f32>,
    next: usize,
}

/// How many frames are remembered.
const KEPT: usize = 120;

impl FrameTimes {
    /// Remembers one frame.
    pub fn add(&mut self, ms: f64) {
        if self.recent.len() < KEPT {
            self.recent.push(ms as f32);
        } else if let Some(slot) = self.recent.get_mut(self.next) {
            *slot = ms as f32;
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// Milliseconds of the last frame and the spread of those remembered.
    pub fn summary(&self) -> FrameSummary {
        let last = match self.next {
            0 => self.recent.last(),
            next => self.recent.get(next - 1),
        };
        let mut sorted = self.recent.clone();
        sorted.sort_by(f32::total_cmp);
        FrameSummary {
            frames: sorted.len(),
            cpu_ms_last: last.copied().unwrap_or(0.0),
            cpu_ms_median: sorted.get(sorted.len() / 2).copied().unwrap_or(0.0),
            cpu_ms_p99: sorted.get(sorted.len() * 99 / 100).copied().unwrap_or(0.0),
            cpu_ms_max: sorted.last().copied().unwrap_or(0.0),
        }
    }
}

/// Figures of recent frames.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct FrameSummary {
    /// How many frames the figures are of.
    pub frames: usize,
    /// The last one.
    pub cpu_ms_last: f32,
    /// The median.
    pub cpu_ms_median: f32,
    /// What 99 % of them stay below.
    pub cpu_ms_p99: f32,
    /// The slowest.
    pub cpu_ms_max: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_follow_the_last_frames() {
        let mut times = FrameTimes::default();
        assert_eq!(times.summary().frames, 0);
        for i in 0..KEPT + 3 {
            times.add(i as f64);
        }
        let summary = times.summary();
        assert_eq!(summary.frames, KEPT);
        assert_eq!(summary.cpu_ms_last, (KEPT + 2) as f32);
        assert_eq!(summary.cpu_ms_median, (KEPT / 2 + 3) as f32);
        assert_eq!(summary.cpu_ms_p99, (KEPT * 99 / 100 + 3) as f32);
    }
}
