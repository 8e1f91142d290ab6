//! A template: copy this folder, change the functions, build, upload.
//!
//! ```text
//! cargo build --release --target wasm32-unknown-unknown
//! curl -c cookies -b cookies -X POST -H 'Content-Type: application/wasm' \
//!      --data-binary @target/wasm32-unknown-unknown/release/my_functions.wasm \
//!      'http://127.0.0.1:3000/tap/functions?name=my_functions.wasm'
//! ```
//!
//! Then `SELECT my.flux(g) FROM …` and `SELECT my.spread(g) FROM … GROUP BY …`.

use tenkyu_function::{Aggregate, functions};

/// AB magnitude to flux density, nJy. NULL gives NULL without a call.
fn flux(magnitude: f64) -> f64 {
    10f64.powf((31.4 - magnitude) / 2.5)
}

/// A text of a magnitude that may be NULL: an `Option` sees it.
fn label(magnitude: Option<f64>) -> String {
    magnitude.map_or_else(|| "not detected".to_owned(), |m| format!("{m:.1} mag"))
}

/// Standard deviation of a group, by Chan's formula for parts (Chan, Golub, LeVeque 1983).
#[derive(Default)]
struct Spread {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    /// Map: a row comes in.
    fn update(&mut self, x: f64) {
        self.count += 1.0;
        let before = x - self.mean;
        self.mean += before / self.count;
        self.squares += before * (x - self.mean);
    }
}

impl Aggregate for Spread {
    type Value = Option<f64>;

    fn state(&self) -> Vec<u8> {
        [self.count, self.mean, self.squares].iter().flat_map(|x| x.to_le_bytes()).collect()
    }

    /// Combine: the state of another part of the group comes in.
    fn merge(&mut self, state: &[u8]) -> Result<(), String> {
        let (numbers, _) = state.as_chunks::<8>();
        let [count, mean, squares] = numbers else {
            return Err("a state of three numbers is needed".to_owned());
        };
        let [count, mean, squares] = [count, mean, squares].map(|x| f64::from_le_bytes(*x));
        let total = self.count + count;
        if count > 0.0 {
            let apart = mean - self.mean;
            self.squares += squares + apart * apart * self.count * count / total;
            self.mean += apart * count / total;
            self.count = total;
        }
        Ok(())
    }

    /// Reduce: the value of the group.
    fn finish(self) -> Option<f64> {
        (self.count > 1.0).then(|| (self.squares / (self.count - 1.0)).sqrt())
    }
}

functions! {
    /// Flux density of an AB magnitude.
    scalar flux(magnitude: f64 ["mag"]) -> f64 ["nJy"];
    /// Magnitude as a text, also where there is none.
    scalar label(magnitude: Option<f64> ["mag"]) -> String;
    /// Sample standard deviation.
    aggregate spread(x: f64) -> Option<f64> = Spread;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_to_the_whole() {
        let spread = |xs: &[f64]| {
            let mut spread = Spread::default();
            xs.iter().for_each(|x| spread.update(*x));
            spread
        };
        let mut merged = spread(&[]);
        merged.merge(&spread(&[1.0, 5.0]).state()).unwrap();
        merged.merge(&spread(&[2.0, 8.0, 9.0]).state()).unwrap();
        let whole = spread(&[1.0, 5.0, 2.0, 8.0, 9.0]).finish().unwrap();
        assert!((merged.finish().unwrap() - whole).abs() < 1e-12);
        assert_eq!(label(None), "not detected");
        assert!((flux(31.4) - 1.0).abs() < 1e-12);
    }
}
