//! Figures of measurements: logarithmic and second axes, errors, bands, bars, grids.

use crate::{Noise, steps};
use hx_figure::{AxisScale, Color, Errors, Figure, FigureError, LineStyle};

/// Rates over four decades on both axes, with a power law.
pub fn log_axes() -> Result<Figure, FigureError> {
    let mut noise = Noise(31);
    let x: Vec<f64> = (0..25)
        .map(|step| 10_f64.powf(f64::from(step) / 6.0 - 1.0))
        .collect();
    let law: Vec<f64> = x.iter().map(|x| 0.03 * x.powf(1.5)).collect();
    let y: Vec<f64> = law
        .iter()
        .map(|y| y * (0.2 * noise.normal()).exp())
        .collect();
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.scatter(&x, &y)?.label("measured");
    axes.plot(&x, &law)?
        .line_style(LineStyle::Dashed)
        .label("power law");
    axes.set_xscale(AxisScale::Log)
        .set_yscale(AxisScale::Log)
        .grid(true)
        .legend(true)
        .set_xlabel("input rate [kHz]")
        .set_ylabel("output rate [kHz]");
    Ok(figure)
}

/// A histogram with what has accumulated so far at the right.
pub fn second_axis() -> Result<Figure, FigureError> {
    let mut noise = Noise(32);
    let mut values: Vec<f64> = (0..2000).map(|_| 15.0 + 3.0 * noise.normal()).collect();
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.hist(&values, 30)?.label("neurons");
    axes.set_xlabel("time constant [\u{b5}s]")
        .set_ylabel("count");
    values.sort_by(f64::total_cmp);
    let parts = steps(values.len(), 1.0);
    let second = axes.twinx();
    second.plot(&values, &parts)?.label("accumulated");
    second.set_ylabel("part of all").set_ylim(0.0, 1.05)?;
    axes.legend(true);
    Ok(figure)
}

/// Means with errors in both directions.
pub fn error_bars() -> Result<Figure, FigureError> {
    let mut noise = Noise(33);
    let x = steps(10, 9.0);
    let y: Vec<f64> = x.iter().map(|x| 250.0 * (-x / 3.0).exp()).collect();
    let below: Vec<f64> = y.iter().map(|y| 5.0 + y * 0.1 * noise.uniform()).collect();
    let above: Vec<f64> = y.iter().map(|y| 8.0 + y * 0.2 * noise.uniform()).collect();
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.errorbar(
        &x,
        &y,
        Errors::Symmetric(&[0.2; 10]),
        Errors::Asymmetric(&below, &above),
    )?
    .line_style(LineStyle::None)
    .marker_size(6.0)
    .cap_size(6.0)
    .label("measured");
    let lower: Vec<f64> = y.iter().map(|y| y * 0.8 + 60.0).collect();
    axes.errorbar(&x, &lower, Errors::None, Errors::Symmetric(&below))?
        .cap_size(4.0)
        .label("model");
    axes.set_xlabel("delay [ms]")
        .set_ylabel("potential [LSB]")
        .grid(true)
        .legend(true);
    Ok(figure)
}

/// A mean with one deviation to either side, and a stretch of time that stands out.
pub fn bands() -> Result<Figure, FigureError> {
    let mut noise = Noise(34);
    let time = steps(300, 30.0);
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.axvspan(8.0, 12.0)
        .color(Color::gray(0x80))
        .alpha(0.25)
        .label("stimulus");
    for (index, name) in ["control", "adapted"].into_iter().enumerate() {
        let shift = 30.0 * index as f64;
        let mean: Vec<f64> = time
            .iter()
            .map(|t| 200.0 + shift + 40.0 * (t / 4.0).sin())
            .collect();
        let low: Vec<f64> = mean
            .iter()
            .map(|y| y - 12.0 - 3.0 * noise.uniform())
            .collect();
        let high: Vec<f64> = mean
            .iter()
            .map(|y| y + 12.0 + 3.0 * noise.uniform())
            .collect();
        let color = Color::cycle(index);
        axes.fill_between(&time, &low, &high)?
            .color(color)
            .alpha(0.3);
        axes.plot(&time, &mean)?.color(color).label(name);
    }
    axes.set_xlabel("time [ms]")
        .set_ylabel("membrane potential [LSB]")
        .legend(true);
    axes.set_ylim(150.0, 260.0)?;
    Ok(figure)
}

/// Stacked bars, and bars to either side of zero.
pub fn bars() -> Result<Figure, FigureError> {
    let mut figure = Figure::subplots(1, 2)?;
    let x = steps(6, 5.0);
    let (one, other) = (
        [4.0, 7.0, 3.0, 8.0, 6.0, 5.0],
        [2.0, 1.5, 4.0, 2.5, 3.0, 1.0],
    );
    let axes = figure.axes_mut(0)?;
    axes.bar(&x, &one, 0.8)?.label("excitatory");
    axes.bar(&x, &other, 0.8)?.base(&one)?.label("inhibitory");
    axes.set_xlabel("population")
        .set_ylabel("rate [Hz]")
        .legend(true);
    let axes = figure.axes_mut(1)?;
    axes.barh(&x, &[-3.0, 2.0, -1.0, 4.0, 0.0, -2.5], 0.6)?
        .color(Color::cycle(2));
    axes.axvline(0.0).color(Color::BLACK).line_width(0.8);
    axes.set_xlabel("deviation [LSB]").set_ylabel("neuron");
    Ok(figure)
}

/// Counts over orders of magnitude, which begin at no zero.
pub fn log_histogram() -> Result<Figure, FigureError> {
    let mut noise = Noise(35);
    let values: Vec<f64> = (0..20_000).map(|_| -5.0 * noise.uniform().ln()).collect();
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    axes.hist(&values, 40)?;
    axes.set_yscale(AxisScale::Log)
        .set_xlabel("interval between spikes [ms]")
        .set_ylabel("count");
    Ok(figure)
}

/// Logarithmic axes over one decade, less, and many.
pub fn decades() -> Result<Figure, FigureError> {
    let mut figure = Figure::subplots(1, 3)?;
    figure.set_size(9.0, 3.2);
    for (index, (low, high)) in [(12.0, 90.0), (20.0, 30.0), (1e-12, 1e9_f64)]
        .into_iter()
        .enumerate()
    {
        let y: Vec<f64> = steps(50, 1.0)
            .iter()
            .map(|part| low * (high / low).powf(*part))
            .collect();
        let axes = figure.axes_mut(index)?;
        axes.plot(&steps(50, 1.0), &y)?;
        axes.set_yscale(AxisScale::Log).set_xlabel("x").grid(true);
    }
    Ok(figure)
}
