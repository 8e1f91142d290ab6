//! Where an image lies on the screen.
//!
//! Positions in the image are FITS pixels: 1-based, whole at pixel centres, y upwards. Positions on
//! the screen are CSS pixels from the canvas' top left corner, y downwards.

/// Smallest and largest zoom, CSS pixels per image pixel.
pub const ZOOM_RANGE: (f64, f64) = (1e-4, 1e3);

/// The transformation between image and screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImageView {
    /// FITS pixel at the middle of the canvas.
    pub center: (f64, f64),
    /// CSS pixels per image pixel.
    pub zoom: f64,
    /// Canvas size in CSS pixels.
    pub size: (f64, f64),
    /// Device pixels per CSS pixel.
    pub ratio: f64,
}

impl Default for ImageView {
    fn default() -> Self {
        ImageView { center: (1.0, 1.0), zoom: 1.0, size: (1.0, 1.0), ratio: 1.0 }
    }
}

impl ImageView {
    /// The FITS pixel under a point of the screen.
    pub fn to_image(&self, x: f64, y: f64) -> (f64, f64) {
        (
            self.center.0 + (x - self.size.0 / 2.0) / self.zoom,
            self.center.1 - (y - self.size.1 / 2.0) / self.zoom,
        )
    }

    /// The point of the screen at which a FITS pixel lies.
    pub fn to_screen(&self, x: f64, y: f64) -> (f64, f64) {
        (
            self.size.0 / 2.0 + (x - self.center.0) * self.zoom,
            self.size.1 / 2.0 - (y - self.center.1) * self.zoom,
        )
    }

    /// Moves the image with the pointer by CSS pixels.
    pub fn pan(&mut self, dx: f64, dy: f64) {
        if dx.is_finite() && dy.is_finite() {
            self.center.0 -= dx / self.zoom;
            self.center.1 += dy / self.zoom;
        }
    }

    /// Zooms by a factor; what lies under the point stays there.
    pub fn zoom_at(&mut self, x: f64, y: f64, factor: f64) {
        if !(x.is_finite() && y.is_finite() && factor.is_finite() && factor > 0.0) {
            return;
        }
        let fixed = self.to_image(x, y);
        self.zoom = (self.zoom * factor).clamp(ZOOM_RANGE.0, ZOOM_RANGE.1);
        let moved = self.to_image(x, y);
        self.center.0 += fixed.0 - moved.0;
        self.center.1 += fixed.1 - moved.1;
    }

    /// Shows the whole of an image of `width` × `height` pixels.
    pub fn fit(&mut self, width: f64, height: f64) {
        self.center = ((width + 1.0) / 2.0, (height + 1.0) / 2.0);
        let zoom = (self.size.0 / width.max(1.0)).min(self.size.1 / height.max(1.0));
        if zoom.is_finite() && zoom > 0.0 {
            // Small images stop at a size at which their pixels are plain to see.
            self.zoom = zoom.clamp(ZOOM_RANGE.0, 64.0);
        }
    }

    /// Keeps at least a part of the image in sight.
    pub fn hold(&mut self, width: f64, height: f64) {
        let clamp = |value: f64, size: f64| value.clamp(0.5, size.max(1.0) + 0.5);
        self.center = (clamp(self.center.0, width), clamp(self.center.1, height));
    }

    /// The image's part on the screen: lowest and highest FITS x and y.
    pub fn visible(&self) -> [f64; 4] {
        let (x0, y1) = self.to_image(0.0, 0.0);
        let (x1, y0) = self.to_image(self.size.0, self.size.1);
        [x0, y0, x1, y1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> ImageView {
        ImageView { center: (512.0, 300.5), zoom: 0.37, size: (801.0, 603.0), ratio: 2.0 }
    }

    #[test]
    fn screen_and_image_are_inverse_and_y_points_up() {
        let v = view();
        let (x, y) = v.to_image(12.0, 34.0);
        let (sx, sy) = v.to_screen(x, y);
        assert!((sx - 12.0).abs() < 1e-9 && (sy - 34.0).abs() < 1e-9);
        assert!(v.to_screen(512.0, 400.0).1 < v.to_screen(512.0, 300.0).1);
    }

    #[test]
    fn zoom_keeps_what_is_under_the_cursor() {
        let mut v = view();
        let before = v.to_image(700.0, 80.0);
        v.zoom_at(700.0, 80.0, 3.7);
        let after = v.to_image(700.0, 80.0);
        assert!((before.0 - after.0).abs() < 1e-9 && (before.1 - after.1).abs() < 1e-9);
        v.zoom_at(0.0, 0.0, f64::INFINITY);
        v.zoom_at(0.0, 0.0, -1.0);
        assert!(v.zoom > 1.0 && v.zoom < 2.0);
    }

    #[test]
    fn fit_shows_the_whole_image() {
        let mut v = view();
        v.fit(2000.0, 100.0);
        let [x0, y0, x1, y1] = v.visible();
        assert!(x0 <= 0.5 + 1e-9 && x1 >= 2000.5 - 1e-9 && y0 < 0.5 && y1 > 100.5);
    }
}
