//! Writes one figure of each kind as SVG and PNG into a directory, to be looked
//! at: `cargo run -p hx-figure --example gallery -- /tmp/gallery`.

mod measurements;

use hx_figure::{Color, Figure, FigureError, LineStyle};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

/// A name for the files, and how the figure is made.
type Entry = (&'static str, fn() -> Result<Figure, FigureError>);

const GALLERY: [Entry; 26] = [
    ("membrane", membrane),
    ("raster_over_trace", raster_over_trace),
    ("many_rows", many_rows),
    ("histogram", histogram),
    ("histograms", histograms),
    ("matrix", matrix),
    ("large_matrix", large_matrix),
    ("lines", lines),
    ("scatter", scatter),
    ("grid", grid),
    ("million", million),
    ("phase_plane", phase_plane),
    ("tiny_values", tiny_values),
    ("huge_values", huge_values),
    ("offset", offset),
    ("constant", constant),
    ("one_point", one_point),
    ("empty", empty),
    ("gaps", gaps),
    ("log_axes", measurements::log_axes),
    ("second_axis", measurements::second_axis),
    ("error_bars", measurements::error_bars),
    ("bands", measurements::bands),
    ("bars", measurements::bars),
    ("log_histogram", measurements::log_histogram),
    ("decades", measurements::decades),
];

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args()
        .nth(1)
        .ok_or("give a directory to write the gallery to")?;
    let directory = Path::new(&directory);
    std::fs::create_dir_all(directory)?;
    for (name, make) in GALLERY {
        let figure = make()?;
        let start = Instant::now();
        let svg = figure.to_svg();
        let svg_time = start.elapsed();
        let start = Instant::now();
        let png = figure.to_png();
        let png_time = start.elapsed();
        println!(
            "{name:20} SVG {:8} bytes {svg_time:8.1?}   PNG {:8} bytes {png_time:8.1?}",
            svg.len(),
            png.len()
        );
        std::fs::write(directory.join(format!("{name}.svg")), svg)?;
        std::fs::write(directory.join(format!("{name}.png")), png)?;
    }
    Ok(())
}

/// A small generator, so that the gallery is the same every time.
struct Noise(u64);

impl Noise {
    /// Evenly between 0 and 1.
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal, with deviation 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

fn steps(count: usize, end: f64) -> Vec<f64> {
    (0..count)
        .map(|index| end * index as f64 / (count - 1) as f64)
        .collect()
}

/// A leaky integrator driven to its threshold, as the converter of the chip
/// records it.
fn trace(count: usize, end: f64, noise: &mut Noise) -> (Vec<f64>, Vec<f64>) {
    let time = steps(count, end);
    let mut potential = 205.0;
    let values = (0..count)
        .map(|_| {
            potential += (330.0 - potential) * 0.0042;
            if potential > 316.0 {
                potential = 198.0;
            }
            (potential + 1.8 * noise.normal()).round()
        })
        .collect();
    (time, values)
}

fn membrane() -> Result<Figure, FigureError> {
    let mut figure = Figure::new();
    let (time, potential) = trace(2900, 0.1, &mut Noise(7));
    let axes = figure.axes_mut(0)?;
    axes.plot(&time, &potential)?;
    axes.set_xlabel("time [ms]")
        .set_ylabel("membrane potential [LSB]");
    Ok(figure)
}

fn raster_over_trace() -> Result<Figure, FigureError> {
    let mut noise = Noise(3);
    let mut figure = Figure::subplots(2, 1)?;
    figure.share_x(true).set_height_ratios(&[1.0, 1.6])?;
    let rows: Vec<Vec<f64>> = (0..10)
        .map(|_| (0..14).map(|_| noise.uniform() * 0.1).collect())
        .collect();
    let raster = figure.axes_mut(0)?;
    raster.eventplot(&rows).color(Color::BLACK);
    raster.set_ylabel("source");
    raster.set_title("Ten sources, one neuron");
    let (time, potential) = trace(2900, 0.1, &mut noise);
    let membrane = figure.axes_mut(1)?;
    membrane.plot(&time, &potential)?.label("neuron 0");
    membrane
        .axhline(316.0)
        .color(Color::gray(100))
        .line_style(LineStyle::Dashed)
        .line_width(1.0)
        .label("threshold");
    membrane
        .set_xlabel("time [ms]")
        .set_ylabel("membrane potential [LSB]")
        .legend(true);
    Ok(figure)
}

fn many_rows() -> Result<Figure, FigureError> {
    let mut noise = Noise(11);
    let mut figure = Figure::new();
    let rows: Vec<Vec<f64>> = (0..256)
        .map(|row| {
            (0..60)
                .map(|_| noise.uniform() * (20.0 + f64::from(row) / 4.0))
                .collect()
        })
        .collect();
    let axes = figure.axes_mut(0)?;
    axes.eventplot(&rows);
    axes.set_xlabel("time [ms]").set_ylabel("neuron");
    axes.set_xlim(0.0, 84.0)?;
    Ok(figure)
}

fn histogram() -> Result<Figure, FigureError> {
    let mut noise = Noise(5);
    let values: Vec<f64> = (0..4000).map(|_| 23.0 + 4.0 * noise.normal()).collect();
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.hist(&values, 40)?.label("neurons");
    axes.axvline(23.0)
        .color(Color::cycle(3))
        .line_style(LineStyle::Dashed)
        .label("target");
    axes.set_xlabel("membrane time constant [us]")
        .set_ylabel("count")
        .legend(true);
    Ok(figure)
}

fn histograms() -> Result<Figure, FigureError> {
    let mut noise = Noise(5);
    let before: Vec<f64> = (0..40_000).map(|_| 400.0 + 60.0 * noise.normal()).collect();
    let after: Vec<f64> = (0..40_000).map(|_| 450.0 + 25.0 * noise.normal()).collect();
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.hist(&before, 200)?.alpha(0.6).label("uncalibrated");
    axes.hist(&after, 100)?.alpha(0.6).label("calibrated");
    axes.set_title("Leak potential, before and after calibration")
        .set_xlabel("CADC reading [LSB]")
        .set_ylabel("neurons")
        .legend(true);
    Ok(figure)
}

fn matrix() -> Result<Figure, FigureError> {
    let mut noise = Noise(9);
    let weights: Vec<Vec<f64>> = (0..10)
        .map(|row| {
            (0..16)
                .map(|column| {
                    if row == 3 && column == 4 {
                        f64::NAN
                    } else {
                        (63.0 * noise.uniform()).round()
                    }
                })
                .collect()
        })
        .collect();
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.imshow(&weights)?.label("weight");
    axes.set_xlabel("postsynaptic neuron")
        .set_ylabel("presynaptic neuron");
    Ok(figure)
}

fn large_matrix() -> Result<Figure, FigureError> {
    let weights: Vec<f64> = (0..256 * 512)
        .map(|index| {
            let (row, column) = (f64::from(index / 512), f64::from(index % 512));
            (row / 20.0).sin() * (column / 35.0).cos() * 0.03
        })
        .collect();
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.imshow_flat(&weights, 256, 512)?;
    axes.set_title("Synapse array of one quadrant pair");
    axes.set_xlabel("column").set_ylabel("row");
    Ok(figure)
}

fn lines() -> Result<Figure, FigureError> {
    let mut figure = Figure::new();
    let time = steps(400, 10.0);
    let axes = figure.axes_mut(0)?;
    for (index, tau) in [0.5, 1.0, 2.0, 4.0, 8.0].into_iter().enumerate() {
        let response: Vec<f64> = time.iter().map(|time| 1.0 - (-time / tau).exp()).collect();
        let style = match index {
            3 => LineStyle::Dashed,
            4 => LineStyle::Dotted,
            _ => LineStyle::Solid,
        };
        axes.plot(&time, &response)?
            .label(&format!("tau = {tau} us"))
            .line_style(style);
    }
    axes.set_title("Step response <a & b>")
        .set_xlabel("time [\u{b5}s]")
        .set_ylabel("response [a.u.]")
        .legend(true);
    Ok(figure)
}

fn scatter() -> Result<Figure, FigureError> {
    let mut noise = Noise(21);
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    for group in 0..3 {
        let shift = f64::from(group) * 2.0;
        let x: Vec<f64> = (0..150).map(|_| shift + noise.normal()).collect();
        let y: Vec<f64> = x.iter().map(|x| 0.5 * x + noise.normal()).collect();
        axes.scatter(&x, &y)?
            .label(&format!("chip {group}"))
            .alpha(0.7);
    }
    axes.set_xlabel("requested")
        .set_ylabel("measured")
        .legend(true);
    Ok(figure)
}

fn grid() -> Result<Figure, FigureError> {
    let mut figure = Figure::subplots(2, 2)?;
    figure.suptitle("Four axes");
    for index in 0..4 {
        let x = steps(200, 6.0 * 10_f64.powi(index as i32));
        let y: Vec<f64> = (0..200)
            .map(|step| {
                (f64::from(step) / 20.0 + index as f64).sin() * 10_f64.powi(2 * index as i32 - 2)
            })
            .collect();
        let axes = figure.axes_mut(index)?;
        axes.plot(&x, &y)?.color(Color::cycle(index));
        axes.set_title(&format!("axes {index}"))
            .set_xlabel("x")
            .set_ylabel("amplitude");
    }
    Ok(figure)
}

fn million() -> Result<Figure, FigureError> {
    let (time, potential) = trace(1_000_000, 34.5, &mut Noise(1));
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.plot(&time, &potential)?;
    axes.set_xlabel("time [ms]")
        .set_ylabel("membrane potential [LSB]");
    Ok(figure)
}

fn phase_plane() -> Result<Figure, FigureError> {
    let mut noise = Noise(2);
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for step in 0..100_000 {
        let angle = f64::from(step) * 0.31;
        let radius = 1.0 + 0.08 * noise.normal();
        x.push(radius * angle.cos());
        y.push(radius * angle.sin());
    }
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.plot(&x, &y)?.line_width(0.5).label("100,000 points");
    axes.set_xlabel("v").set_ylabel("w").legend(true);
    Ok(figure)
}

fn tiny_values() -> Result<Figure, FigureError> {
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.plot(&[0.0, 1e-9, 2e-9, 3e-9], &[-2e-12, 1e-12, 4e-12, 3.3e-12])?;
    axes.set_xlabel("time [s]").set_ylabel("current [A]");
    axes.set_title("Nanoseconds and picoamperes");
    Ok(figure)
}

fn huge_values() -> Result<Figure, FigureError> {
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.plot(&[-1e9, 0.0, 1e9], &[123_456.0, -98_765.0, 250_000.0])?;
    axes.set_xlabel("x").set_ylabel("wide labels");
    Ok(figure)
}

fn offset() -> Result<Figure, FigureError> {
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.plot(&[1e9, 1e9 + 1.0, 1e9 + 2.0], &[-1000.02, -1000.0, -1000.05])?;
    axes.set_xlabel("ticks since power-on").set_ylabel("value");
    Ok(figure)
}

fn constant() -> Result<Figure, FigureError> {
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.plot(&steps(1000, 0.1), &[250.0; 1000])?;
    axes.set_xlabel("time [ms]").set_ylabel("potential [LSB]");
    Ok(figure)
}

fn one_point() -> Result<Figure, FigureError> {
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.plot(&[3.0], &[-42.0])?.label("one point");
    axes.legend(true);
    Ok(figure)
}

fn empty() -> Result<Figure, FigureError> {
    let mut figure = Figure::new();
    figure.axes_mut(0)?.set_xlabel("x").set_ylabel("y");
    Ok(figure)
}

fn gaps() -> Result<Figure, FigureError> {
    let x = steps(300, 3.0);
    let y: Vec<f64> = x
        .iter()
        .map(|x| {
            if (1.0..1.3).contains(x) {
                f64::NAN
            } else {
                1.0 / (x - 2.0)
            }
        })
        .collect();
    let mut figure = Figure::with_size(5.0, 3.0);
    let axes = figure.axes_mut(0)?;
    axes.plot(&x, &y)?;
    axes.set_ylim(-20.0, 20.0)?;
    axes.set_title("A gap and a pole");
    Ok(figure)
}
