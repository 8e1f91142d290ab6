//! A line plot without letters: it has to be told apart at a glance, the values are in the viewer.

use image::{Rgb, RgbImage, imageops::FilterType};

/// Size of the picture.
const SIZE: (u32, u32) = (1024, 576);
/// It is drawn this much larger and shrunk, which smooths the line.
const OVERSAMPLING: u32 = 2;
/// Empty border on each side, in pixels of the final picture.
const MARGIN: u32 = 24;
const PAPER: Rgb<u8> = Rgb([255, 255, 255]);
const FRAME: Rgb<u8> = Rgb([176, 184, 196]);
const LINE: Rgb<u8> = Rgb([23, 74, 134]);

/// Draws `y` over `x`. The vertical range leaves out the outermost half per cent, so that a bad
/// pixel does not flatten the rest. `None` where fewer than two points are finite.
pub(crate) fn line_plot(x: &[f64], y: &[f64]) -> Option<RgbImage> {
    let mut points: Vec<(f64, f64)> = x
        .iter()
        .zip(y)
        .map(|(x, y)| (*x, *y))
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (left, right) = (points.first()?.0, points.last()?.0);
    if points.len() < 2 || right <= left {
        return None;
    }
    let (bottom, top) = vertical(&points)?;
    let (width, height) = (SIZE.0 * OVERSAMPLING, SIZE.1 * OVERSAMPLING);
    let margin = MARGIN * OVERSAMPLING;
    let mut canvas = RgbImage::from_pixel(width, height, PAPER);
    frame(&mut canvas, margin);
    let across = f64::from(width - 2 * margin - 1);
    let down = f64::from(height - 2 * margin - 1);
    let place = |(x, y): (f64, f64)| {
        let px = (x - left) / (right - left) * across + f64::from(margin);
        let py = (1.0 - ((y - bottom) / (top - bottom)).clamp(0.0, 1.0)) * down + f64::from(margin);
        (px, py)
    };
    for pair in points.windows(2) {
        if let [a, b] = pair {
            segment(&mut canvas, place(*a), place(*b));
        }
    }
    Some(image::imageops::resize(&canvas, SIZE.0, SIZE.1, FilterType::Triangle))
}

/// The range of the middle 99 per cent with a twentieth added on both sides.
fn vertical(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let mut values: Vec<f64> = points.iter().map(|(_, y)| *y).collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let at = |fraction: f64| values.get((last as f64 * fraction).round() as usize).copied();
    let (low, high) = (at(0.005)?, at(0.995)?);
    let room = if high > low { 0.05 * (high - low) } else { 1.0 };
    Some((low - room, high + room))
}

fn frame(canvas: &mut RgbImage, margin: u32) {
    let (width, height) = canvas.dimensions();
    for thickness in 0..OVERSAMPLING {
        let (left, top) = (margin - thickness, margin - thickness);
        let (right, bottom) = (width - margin + thickness, height - margin + thickness);
        for px in left..right {
            canvas.put_pixel(px, top, FRAME);
            canvas.put_pixel(px, bottom - 1, FRAME);
        }
        for py in top..bottom {
            canvas.put_pixel(left, py, FRAME);
            canvas.put_pixel(right - 1, py, FRAME);
        }
    }
}

/// A line three pixels wide before shrinking.
fn segment(canvas: &mut RgbImage, a: (f64, f64), b: (f64, f64)) {
    let steps = (b.0 - a.0).abs().max((b.1 - a.1).abs()).ceil().max(1.0);
    let mut step = 0.0;
    while step <= steps {
        let t = step / steps;
        let (px, py) = (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
        for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)] {
            let (px, py) = ((px + dx).round() as u32, (py + dy).round() as u32);
            if px < canvas.width() && py < canvas.height() {
                canvas.put_pixel(px, py, LINE);
            }
        }
        step += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rising_line_rises() {
        let x: Vec<f64> = (0..100).map(f64::from).collect();
        let plot = line_plot(&x, &x).unwrap();
        let dark = |px: u32, top: u32, bottom: u32| {
            (top..bottom).any(|py| plot.get_pixel(px, py)[0] < 128)
        };
        assert!(dark(60, SIZE.1 / 2, SIZE.1 - 30) && !dark(60, 30, SIZE.1 / 2));
        assert!(dark(SIZE.0 - 60, 30, SIZE.1 / 2) && !dark(SIZE.0 - 60, SIZE.1 / 2, SIZE.1 - 30));
    }

    #[test]
    fn what_cannot_be_drawn_is_none() {
        assert!(line_plot(&[], &[]).is_none());
        assert!(line_plot(&[1.0, 1.0], &[2.0, 3.0]).is_none());
        assert!(line_plot(&[f64::NAN, 1.0], &[2.0, 3.0]).is_none());
        assert!(line_plot(&[1.0, 2.0], &[3.0, 3.0]).is_some());
    }
}
