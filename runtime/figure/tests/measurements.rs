//! Logarithmic and second axes, errors, bands, bars, spans and grids show the data.

use hx_figure::{Axes, AxisScale, Color, Errors, Figure, FigureError, LineStyle};

const RED: Color = Color::rgb(255, 0, 0);

fn with_axes(draw: impl FnOnce(&mut Axes) -> Result<(), FigureError>) -> Figure {
    let mut figure = Figure::new();
    draw(figure.axes_mut(0).unwrap()).unwrap();
    figure
}

/// Left, top, right and bottom, in logical pixels, of all ink that is purely red.
fn red(figure: &Figure) -> [f64; 4] {
    let png = figure.to_png();
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let mut extent = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for (index, pixel) in pixels.chunks_exact(info.color_type.samples()).enumerate() {
        if pixel[..3] == [255, 0, 0] {
            let x = (index as u32 % info.width) as f64 / 2.0;
            let y = (index as u32 / info.width) as f64 / 2.0;
            extent = [
                extent[0].min(x),
                extent[1].min(y),
                extent[2].max(x),
                extent[3].max(y),
            ];
        }
    }
    assert!(extent[0] <= extent[2], "nothing is red");
    extent
}

fn near(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1.6,
        "{found} instead of {expected}"
    );
}

/// Axes over 1 to 100 in both directions, filled with red.
fn full(scale: AxisScale) -> [f64; 4] {
    red(&with_axes(|axes| {
        axes.axhspan(1.0, 100.0).color(RED);
        axes.set_xscale(scale).set_yscale(scale);
        axes.set_xlim(1.0, 100.0)?.set_ylim(1.0, 100.0)?;
        Ok(())
    }))
}

#[test]
fn a_decade_is_as_long_as_the_next() {
    let [left, top, right, bottom] = full(AxisScale::Log);
    let part = red(&with_axes(|axes| {
        axes.axhspan(10.0, 1000.0).color(RED);
        axes.set_xscale(AxisScale::Log).set_yscale(AxisScale::Log);
        axes.set_xlim(1.0, 100.0)?.set_ylim(1.0, 100.0)?;
        Ok(())
    }));
    near(part[1], top);
    near(part[3], (top + bottom) / 2.0);
    near(part[0], left);
    near(part[2], right);
}

#[test]
fn logarithmic_axes_leave_out_what_has_no_place() {
    let figure = with_axes(|axes| {
        axes.plot(&[-1.0, 0.0, 1.0, 10.0, 100.0], &[5.0, -5.0, 0.0, 1.0, 10.0])?;
        axes.set_xscale(AxisScale::Log).set_yscale(AxisScale::Log);
        axes.set_xlim(-3.0, 100.0)?;
        Ok(())
    });
    let axes = figure.axes(0).unwrap();
    // Limits that are not positive are none.
    assert!(
        axes.xlim().0 > 0.5 && axes.xlim().1 > 100.0,
        "{:?}",
        axes.xlim()
    );
    assert!(axes.ylim().0 > 0.5, "{:?}", axes.ylim());
    assert!(figure.to_svg().contains(">10²<"));
    let empty = with_axes(|axes| {
        axes.set_yscale(AxisScale::Log);
        Ok(())
    });
    assert_eq!(empty.axes(0).unwrap().ylim(), (1.0, 10.0));
}

#[test]
fn the_second_axis_has_limits_and_labels_of_its_own() {
    let mut figure = with_axes(|axes| {
        axes.plot(&[0.0, 1.0], &[0.0, 1.0])?.label("first");
        axes.set_ylabel("left");
        let second = axes.twinx();
        second
            .plot(&[0.0, 1.0], &[0.0, 4000.0])?
            .label("other")
            .color(RED);
        second.set_ylabel("right").set_ylim(0.0, 8000.0)?;
        axes.legend(true);
        Ok(())
    });
    let svg = figure.to_svg();
    for text in [">8000<", ">0.6<", ">left<", ">right<", ">first<", ">other<"] {
        assert!(svg.contains(text), "{text}");
    }
    assert_eq!(figure.axes(0).unwrap().ylim().0, -0.05);
    // The line reaches half the height of the axes.
    let line = red(&figure);
    let axes = figure.axes_mut(0).unwrap();
    axes.twinx().set_ylim(0.0, 4000.0).unwrap();
    let higher = red(&figure);
    near(line[3], higher[3]);
    // Without the sample in the legend, which is red as well, and at the upper left.
    assert!(higher[1] <= line[1]);
    // Second axes have no third.
    assert_eq!(
        figure.axes_mut(0).unwrap().twinx().twinx().ylim(),
        (0.0, 4000.0)
    );
}

#[test]
fn error_bars_reach_as_far_as_the_errors() {
    let [left, top, right, bottom] = full(AxisScale::Linear);
    let at = |value: f64| (value - 1.0) / 99.0;
    let bars = red(&with_axes(|axes| {
        axes.errorbar(
            &[50.0],
            &[50.0],
            Errors::Symmetric(&[20.0]),
            Errors::Asymmetric(&[10.0], &[30.0]),
        )?
        .line_style(LineStyle::None)
        .line_width(4.0)
        .color(RED);
        axes.set_xlim(1.0, 100.0)?.set_ylim(1.0, 100.0)?;
        Ok(())
    }));
    near(bars[0], left + (right - left) * at(30.0));
    near(bars[2], left + (right - left) * at(70.0));
    near(bars[1], bottom - (bottom - top) * at(80.0));
    near(bars[3], bottom - (bottom - top) * at(40.0));
    let limits = with_axes(|axes| {
        axes.errorbar(&[1.0], &[1.0], Errors::None, Errors::Symmetric(&[5.0]))?;
        Ok(())
    });
    assert_eq!(limits.axes(0).unwrap().ylim(), (-4.5, 6.5));
}

#[test]
fn bands_are_cut_at_the_axes_and_at_gaps() {
    let [left, top, right, bottom] = full(AxisScale::Linear);
    let band = with_axes(|axes| {
        // One edge goes far outside: what is seen is a triangle with its true slope.
        axes.fill_between(&[1.0, 100.0], &[1.0, 1.0], &[1.0, 199.0])?
            .color(RED);
        axes.set_xlim(1.0, 100.0)?.set_ylim(1.0, 100.0)?;
        Ok(())
    });
    let svg = band.to_svg();
    let seen = red(&band);
    near(seen[0], left);
    near(seen[1], top);
    near(seen[3], bottom);
    near(seen[2], right);
    // The slanted edge meets the top in the middle of the axes.
    let path = svg
        .lines()
        .find(|line| line.contains("fill=\"#f00\""))
        .unwrap();
    assert!(path.matches(['l', 'h', 'v']).count() >= 3, "{path}");
    let gap = with_axes(|axes| {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0];
        axes.fill_between(&x, &[0.0, 0.0, f64::NAN, 0.0, 0.0], &[1.0; 5])?
            .color(RED);
        Ok(())
    });
    let svg = gap.to_svg();
    let path = svg
        .lines()
        .find(|line| line.contains("fill=\"#f00\""))
        .unwrap();
    assert_eq!(path.matches('M').count(), 2, "{path}");
}

#[test]
fn a_band_has_the_colour_of_its_line() {
    let svg = with_axes(|axes| {
        for height in [0.0, 5.0] {
            let around = |distance: f64| [height + distance, height + distance];
            axes.plot(&[0.0, 1.0], &around(0.0))?;
            axes.fill_between(&[0.0, 1.0], &around(-1.0), &around(1.0))?;
        }
        Ok(())
    })
    .to_svg();
    for (color, count) in [("#1f77b4", 2), ("#ff7f0e", 2), ("#2ca02c", 0)] {
        assert_eq!(svg.matches(color).count(), count, "{color}");
    }
}

#[test]
fn bars_stand_on_the_axis_and_on_one_another() {
    let figure = with_axes(|axes| {
        axes.bar(&[0.0, 1.0], &[3.0, 2.0], 0.8)?;
        axes.bar(&[0.0, 1.0], &[1.0, 4.0], 0.8)?.base(&[3.0, 2.0])?;
        Ok(())
    });
    let axes = figure.axes(0).unwrap();
    assert_eq!(axes.ylim(), (0.0, 6.3));
    near(axes.xlim().0, -0.4);
    let below = with_axes(|axes| {
        axes.barh(&[0.0], &[-4.0], 0.5)?;
        Ok(())
    });
    assert_eq!(below.axes(0).unwrap().xlim(), (-4.2, 0.0));
    // One path for all bars of one call.
    let svg = figure.to_svg();
    assert_eq!(
        svg.lines().filter(|line| line.contains("#1f77b4")).count(),
        1
    );
}

#[test]
fn bars_of_a_logarithmic_axis_reach_its_lower_end() {
    let [_, _, _, bottom] = full(AxisScale::Log);
    let bars = red(&with_axes(|axes| {
        axes.bar(&[3.0], &[10.0], 2.0)?.color(RED);
        axes.set_yscale(AxisScale::Log);
        axes.set_xlim(1.0, 100.0)?.set_ylim(1.0, 100.0)?;
        Ok(())
    }));
    near(bars[3], bottom);
}

#[test]
fn the_grid_is_one_mark_under_the_data() {
    let svg = with_axes(|axes| {
        axes.plot(&[0.0, 1.0], &[0.0, 1.0])?;
        axes.grid(true);
        Ok(())
    })
    .to_svg();
    let grid = svg.find("#b0b0b0").unwrap();
    assert!(grid < svg.find("#1f77b4").unwrap());
    assert_eq!(svg.matches("#b0b0b0").count(), 1);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0).unwrap();
    let two = [1.0, 2.0];
    let wrong = axes.errorbar(&two, &two, Errors::None, Errors::Symmetric(&[1.0]));
    assert_eq!(
        wrong.unwrap_err().to_string(),
        "errorbar needs as many errors as points, but got 1 for 2"
    );
    assert!(
        axes.errorbar(&two, &[1.0], Errors::None, Errors::None)
            .is_err()
    );
    assert!(axes.fill_between(&two, &two, &[1.0]).is_err());
    assert!(axes.bar(&two, &[1.0], 1.0).is_err());
    assert_eq!(
        axes.bar(&two, &two, 0.0).unwrap_err().to_string(),
        "bars need a positive thickness, not 0.0"
    );
    assert!(axes.barh(&two, &two, f64::NAN).is_err());
    assert!(axes.is_empty(), "what failed must leave nothing behind");
    assert!(axes.bar(&two, &two, 1.0).unwrap().base(&[1.0]).is_err());
    axes.twinx().axhline(1.0);
    assert!(!figure.is_empty());
}
