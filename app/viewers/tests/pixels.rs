//! Pictures from a real device (Mesa's software Vulkan will do) against the twins in Rust.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::rc::Rc;

use tenkyu_fits::{Bitpix, PixelData, Scaling};
use tenkyu_viewers::clock::now_ms;
use tenkyu_viewers::gpu::{Gpu, Offscreen};
use tenkyu_viewers::image::colormap;
use tenkyu_viewers::image::limits::{Sample, histogram_curve};
use tenkyu_viewers::image::pyramid::Pyramid;
use tenkyu_viewers::image::raster::Raster;
use tenkyu_viewers::image::renderer::ImageRenderer;
use tenkyu_viewers::image::shade::{Shading, Table, shade_float, shade_integer};
use tenkyu_viewers::image::tiles::TileCache;
use tenkyu_viewers::image::view::ImageView;
use tenkyu_wire::Lang;
use tenkyu_wire::view::{ColorMap, ImageState, SkyState, Stretch};

/// Runs a future whose device answers at once.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::yield_now();
    }
}

fn gpu() -> Option<Gpu> {
    let gpu = wait(Gpu::headless());
    if gpu.is_none() {
        println!("no GPU adapter on this machine: pictures are not compared");
    }
    gpu
}

/// Draws a raster until it is complete.
fn picture(
    gpu: &Gpu,
    raster: &Raster,
    view: &ImageView,
    shading: &Shading,
    table: &Table,
) -> Vec<u8> {
    let (width, height) = (view.size.0 as u32, view.size.1 as u32);
    let target = Offscreen::new(gpu, width, height);
    let mut renderer = ImageRenderer::new(gpu, Offscreen::FORMAT);
    renderer.set_shading(gpu, shading, table);
    let mut pyramid = Pyramid::new(raster);
    while !pyramid.advance(raster, 1e9) {}
    let mut cache = TileCache::default();
    let mut complete = false;
    target.draw(gpu, |target, encoder| {
        let deadline = now_ms() + 1e9;
        complete =
            renderer.draw(gpu, target, encoder, view, raster, &pyramid, None, &mut cache, deadline);
    });
    assert!(complete);
    target.read(gpu).unwrap()
}

fn check(got: &[u8], want: [f32; 3], place: &str) {
    for c in 0..3 {
        let off = (f32::from(got[c]) - want[c] * 255.0).abs();
        assert!(off <= 1.6, "{place}: {got:?} for {:?}", want.map(|v| v * 255.0));
    }
}

/// A plane of every pixel type with a blank or NaN in it, and its raw values.
fn planes() -> Vec<(&'static str, Raster)> {
    let (w, h) = (40_usize, 30_usize);
    let values: Vec<i64> = (0..(w * h) as i64).map(|i| (i * 37) % 251).collect();
    let identity = Scaling::IDENTITY;
    let blank = Scaling { bscale: 1.0, bzero: 0.0, blank: Some(7) };
    let scaled = Scaling { bscale: -0.5, bzero: 32_768.0, blank: Some(7) };
    let nan = |v: i64| if v == 7 { f64::NAN } else { v as f64 };
    let owned = |data, scaling| Raster::owned(w, h, data, scaling).unwrap();
    let be: Vec<u8> = values.iter().flat_map(|v| (*v as i16).to_be_bytes()).collect();
    vec![
        ("u8", owned(PixelData::U8(values.iter().map(|v| *v as u8).collect()), blank)),
        ("i16", owned(PixelData::I16(values.iter().map(|v| *v as i16 - 100).collect()), scaled)),
        ("i16 in a file", Raster::in_file(w, h, Bitpix::I16, blank, Rc::new(be), 0).unwrap()),
        (
            "i32",
            owned(
                PixelData::I32(
                    values.iter().map(|v| *v as i32 * 8_000_000 - 1_000_000_000).collect(),
                ),
                blank,
            ),
        ),
        ("i64", owned(PixelData::I64(values.iter().map(|v| (1 << 60) + v).collect()), identity)),
        (
            "f32",
            owned(
                PixelData::F32(values.iter().map(|v| nan(*v) as f32 * 1e-20).collect()),
                identity,
            ),
        ),
        ("f64", owned(PixelData::F64(values.iter().map(|v| nan(*v) * 1e40).collect()), identity)),
    ]
}

/// The colour that the twin gives a pixel at full resolution.
fn expected(raster: &Raster, shading: &Shading, table: &Table, x: usize, y: usize) -> [f32; 3] {
    match raster.pixel(x, y).unwrap() {
        PixelData::U8(v) => shade_integer(&shading.native, i32::from(v[0]), table),
        PixelData::I16(v) => shade_integer(&shading.native, i32::from(v[0]), table),
        PixelData::I32(v) => shade_integer(&shading.native, v[0], table),
        PixelData::F32(v) => shade_float(&shading.native, v[0], table),
        PixelData::I64(_) | PixelData::F64(_) => {
            let mut row = vec![0.0; raster.width()];
            raster.derived_row(y, 0, &mut row);
            shade_float(&shading.native, row[x], table)
        }
    }
}

#[test]
fn enlarged_pixels_have_the_colours_of_the_twin() {
    let Some(gpu) = gpu() else { return };
    for (name, raster) in planes() {
        let sample = Sample::of(&raster);
        let (low, high) = (sample.quantile(0.02).unwrap(), sample.quantile(0.95).unwrap());
        for (i, stretch) in Stretch::ALL.iter().enumerate() {
            let map = ColorMap::ALL[(i * 2) % ColorMap::ALL.len()];
            let invert = i % 2 == 1;
            let shading = Shading::new(&raster, (low, high), *stretch, invert);
            let table = Table {
                colors: colormap::rgba(map),
                curve: histogram_curve(&sample, low, high),
                stretch: *stretch,
            };
            let mut view = ImageView { size: (320.0, 240.0), ..ImageView::default() };
            view.fit(40.0, 30.0);
            assert_eq!(view.zoom, 8.0);
            let got = picture(&gpu, &raster, &view, &shading, &table);
            for y in 0..30 {
                for x in 0..40 {
                    let at = ((239 - (y * 8 + 3)) * 320 + x * 8 + 4) * 4;
                    let want = expected(&raster, &shading, &table, x, y);
                    check(&got[at..at + 4], want, &format!("{name} {stretch} {map} {x},{y}"));
                }
            }
        }
    }
}

#[test]
fn reduced_pictures_show_means_across_tiles() {
    let Some(gpu) = gpu() else { return };
    // A plane of several tiles: a slope with a checkerboard on it, which averages out.
    let (w, h) = (1400_usize, 1100_usize);
    let value = |x: usize, y: usize| {
        (x + y) as f32 + if (x + y).is_multiple_of(2) { 300.0 } else { -300.0 }
    };
    let data = (0..w * h).map(|i| value(i % w, i / w)).collect();
    let raster = Raster::owned(w, h, PixelData::F32(data), Scaling::IDENTITY).unwrap();
    let shading = Shading::new(&raster, (0.0, 2500.0), Stretch::Linear, false);
    let table = Table {
        colors: colormap::rgba(ColorMap::Gray),
        curve: Vec::new(),
        stretch: Stretch::Linear,
    };
    for zoom in [0.5, 0.25, 0.125, 0.3] {
        let view = ImageView { center: (700.5, 550.5), zoom, size: (300.0, 200.0), ratio: 1.0 };
        let got = picture(&gpu, &raster, &view, &shading, &table);
        for (sx, sy) in [(20_usize, 20_usize), (150, 100), (151, 77), (280, 180), (3, 190)] {
            let (x, y) = view.to_image(sx as f64 + 0.5, sy as f64 + 0.5);
            let inside = x > 4.0 && y > 4.0 && x < w as f64 - 4.0 && y < h as f64 - 4.0;
            if inside {
                let want = [((x + y - 2.0) / 2500.0) as f32; 3];
                let at = (sy * 300 + sx) * 4;
                check(&got[at..at + 4], want, &format!("zoom {zoom} at {sx},{sy}"));
            }
        }
    }
}

/// A FITS file of one 16-bit image.
fn fits_file(w: usize, h: usize, pixel: impl Fn(usize, usize) -> i16) -> Vec<u8> {
    let mut file = Vec::new();
    for card in [
        "SIMPLE  =                    T".to_owned(),
        "BITPIX  =                   16".to_owned(),
        "NAXIS   =                    2".to_owned(),
        format!("NAXIS1  = {w:20}"),
        format!("NAXIS2  = {h:20}"),
        "BZERO   =              32768.0".to_owned(),
        "CTYPE1  = 'RA---TAN'".to_owned(),
        "CTYPE2  = 'DEC--TAN'".to_owned(),
        "CRPIX1  =                  1.0".to_owned(),
        "CRPIX2  =                  1.0".to_owned(),
        "CRVAL1  =                 10.0".to_owned(),
        "CRVAL2  =                 20.0".to_owned(),
        "CDELT1  =               -0.001".to_owned(),
        "CDELT2  =                0.001".to_owned(),
        "END".to_owned(),
    ] {
        file.extend(format!("{card:<80}").into_bytes());
    }
    file.resize(file.len().next_multiple_of(2880), b' ');
    for y in 0..h {
        for x in 0..w {
            file.extend(pixel(x, y).to_be_bytes());
        }
    }
    file.resize(file.len().next_multiple_of(2880), 0);
    file
}

#[test]
fn a_file_is_opened_shown_and_read_out() {
    let Some(gpu) = gpu() else { return };
    let mut viewer =
        tenkyu_viewers::image::ImageViewer::new(gpu.clone(), Offscreen::FORMAT, Lang::En);
    viewer.resize(400.0, 400.0, 1.0);
    // A state that comes before the file is kept for it.
    let state = ImageState { cmap: ColorMap::Viridis, grid: true, ..ImageState::default() };
    viewer.set_state(state).unwrap();
    let file = fits_file(100, 100, |x, y| (x * 100 + y) as i16 + i16::MIN);
    let description = viewer.open(file, "small.fits").unwrap();
    assert_eq!((description.chosen, description.hdus.len()), (0, 1));
    assert!(description.hdus[0].wcs && description.warnings.is_empty());
    // The pixel under (40.5, 30.5) from the lower left corner at zoom 4.
    let read = viewer.readout(162.0, 400.0 - 122.0).unwrap();
    assert_eq!((read.pixel_x, read.pixel_y), (41, 31));
    assert_eq!(read.text.as_deref(), Some("4030"));
    assert_eq!(read.raw.as_deref(), Some("-28738"));
    assert_eq!(read.value, Some(4030.0));
    // astropy: WCS(header).pixel_to_world_values(40, 30) on pixel (41, 31).
    assert!((read.ra_deg.unwrap() - 9.957_425_7).abs() < 1e-6, "{:?}", read.ra_deg);
    assert!((read.dec_deg.unwrap() - 20.029_994_6).abs() < 1e-6, "{:?}", read.dec_deg);
    assert!(viewer.readout(-1.0, 5.0).is_none());
    let overlay = viewer.overlay();
    assert!(overlay.grid.len() > 4 && overlay.scale_bar.is_some());
    let north = overlay.north.unwrap();
    assert!(north[1] < -0.999 && overlay.east.unwrap()[0] < -0.999);
    let target = Offscreen::new(&gpu, 400, 400);
    target.draw(&gpu, |view, encoder| assert!(viewer.draw(view, encoder)));
    let picture = target.read(&gpu).unwrap();
    let at = |x: usize, y: usize| &picture[(y * 400 + x) * 4..(y * 400 + x) * 4 + 3];
    // viridis: dark blue at the lowest, yellow at the highest value.
    assert!(at(1, 398)[2] > at(1, 398)[0] && at(398, 1)[0] > 200 && at(398, 1)[2] < 80);
    assert_eq!(viewer.state().zoom, None);
    viewer.zoom_at(200.0, 200.0, 2.0);
    assert_eq!(viewer.state().zoom, Some(8.0));
    assert!(viewer.set_state(ImageState { hdu: Some(3), ..ImageState::default() }).is_err());
    assert!(viewer.open(b"PK\x03\x04 no FITS".to_vec(), "x.fits").is_err());
}

#[test]
fn the_sky_is_drawn_where_the_twin_says() {
    let Some(gpu) = gpu() else { return };
    let mut sky = tenkyu_viewers::sky::SkyViewer::new(gpu.clone(), Offscreen::FORMAT);
    sky.resize(300.0, 200.0, 1.0);
    for (ra, dec, fov) in [(10.0, 41.0, 170.0), (10.0, 41.0, 20.0), (200.0, -80.0, 1e-3)] {
        sky.set_view(SkyState { ra_deg: ra, dec_deg: dec, fov_deg: fov });
        let place = sky.position(210.5, 60.5).unwrap();
        sky.set_points(&[place.ra_deg], &[place.dec_deg], &[2]);
        let target = Offscreen::new(&gpu, 300, 200);
        target.draw(&gpu, |view, encoder| sky.draw(view, encoder));
        let picture = target.read(&gpu).unwrap();
        let at = (60 * 300 + 210) * 4;
        let [r, g, b] = [0, 1, 2].map(|c| i32::from(picture[at + c]));
        // The amber of selected rows over the blue of the sky.
        assert!(r > 200 && g > 130 && b < 130, "fov {fov}: {r} {g} {b}");
        let picked = sky.pick(212.0, 60.0).unwrap();
        assert_eq!(picked.row, Some(0));
        assert!(sky.pick(50.0, 150.0).is_none());
    }
}

#[test]
fn a_plot_shows_points_in_place_and_tone() {
    use tenkyu_viewers::plot::PlotViewer;
    let Some(gpu) = gpu() else { return };
    let mut plot = PlotViewer::new(gpu.clone(), Offscreen::FORMAT);
    plot.resize(200.0, 100.0, 1.0);
    plot.set_points(vec![0.0, 1.0, 2.0], vec![0.0, 1.0, f32::NAN], &[1, 2, 1], (2e6, 0.0)).unwrap();
    plot.set_range(2e6 - 1.0, 2e6 + 3.0, -1.0, 3.0).unwrap();
    let target = Offscreen::new(&gpu, 200, 100);
    target.draw(&gpu, |view, encoder| plot.draw(view, encoder, (200, 100)));
    let picture = target.read(&gpu).unwrap();
    let at = |x: f64, y: f64| {
        let (x, y) = plot.to_screen(2e6 + x, y);
        let at = (y as usize * 200 + x as usize) * 4;
        [picture[at], picture[at + 1], picture[at + 2]].map(i32::from)
    };
    let [shown, selected, empty] = [at(0.0, 0.0), at(1.0, 1.0), at(2.5, 2.5)];
    assert!(shown[2] > 150 && shown[2] > shown[0], "{shown:?}");
    assert!(selected[0] > 200 && selected[2] < 130, "{selected:?}");
    assert_eq!(empty, [0x0b, 0x0d, 0x12]);
    assert!(plot.set_points(vec![0.0], vec![], &[1], (0.0, 0.0)).is_err());
    assert!(plot.set_flags(&[1]).is_err());
    assert!(plot.set_range(0.0, f64::NAN, 0.0, 1.0).is_err());
}
