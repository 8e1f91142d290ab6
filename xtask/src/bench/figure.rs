//! One JSON line a figure, as every measurement prints it.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

/// A measured figure.
pub struct Figure {
    fields: Map<String, Value>,
}

impl Figure {
    /// A figure with a name and the median of its times.
    pub fn new(name: &str, times: &[Duration]) -> Self {
        let mut fields = Map::new();
        fields.insert("name".to_owned(), json!(name));
        fields.insert("seconds".to_owned(), json!(median(times)));
        fields.insert("runs".to_owned(), json!(times.len()));
        Figure { fields }
    }

    /// Adds a field such as `rows`, `bytes` or `peak_mb`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Prints the line.
    pub fn print(self) {
        println!("{}", Value::Object(self.fields));
    }
}

/// The median in seconds; 0 for no times.
pub fn median(times: &[Duration]) -> f64 {
    let mut seconds: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or_default()
}

/// How long some work took.
pub fn time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        let times = [5, 1, 3].map(Duration::from_secs);
        assert!((median(&times) - 3.0).abs() < 1e-12);
        assert!(median(&[]).abs() < 1e-12);
    }
}
