//! What comes out is well-formed, the same every time, and shows the data.

use hx_figure::{Axes, Color, Figure, FigureError, LineStyle};

fn sine(count: usize) -> (Vec<f64>, Vec<f64>) {
    let x: Vec<f64> = (0..count)
        .map(|index| index as f64 / count as f64)
        .collect();
    let y = x.iter().map(|x| (x * 20.0).sin()).collect();
    (x, y)
}

fn with_axes(draw: impl FnOnce(&mut Axes) -> Result<(), FigureError>) -> Figure {
    let mut figure = Figure::new();
    draw(figure.axes_mut(0).unwrap()).unwrap();
    figure
}

/// Width, height, RGB pixels and pixels per metre.
fn decode(png: &[u8]) -> (u32, u32, Vec<[u8; 3]>, u32) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let density = reader.info().pixel_dims.unwrap();
    assert_eq!(density.unit, png::Unit::Meter);
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let samples = info.color_type.samples();
    let pixels = pixels
        .chunks_exact(samples)
        .map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    (info.width, info.height, pixels, density.xppu)
}

/// The extent in logical pixels of all ink of one colour, and how much there is.
fn ink(figure: &Figure, color: [u8; 3]) -> Option<([f64; 4], usize)> {
    let (width, _, pixels, _) = decode(&figure.to_png());
    let mut extent = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    let mut count = 0;
    for (index, pixel) in pixels.iter().enumerate() {
        if *pixel == color {
            let x = (index as u32 % width) as f64 / 2.0;
            let y = (index as u32 / width) as f64 / 2.0;
            extent = [
                extent[0].min(x),
                extent[1].min(y),
                extent[2].max(x),
                extent[3].max(y),
            ];
            count += 1;
        }
    }
    (count > 0).then_some((extent, count))
}

fn check_xml(svg: &str) {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    assert_eq!(
        root.tag_name().namespace(),
        Some("http://www.w3.org/2000/svg")
    );
    let size = |name| root.attribute(name).unwrap().to_owned();
    assert_eq!(
        root.attribute("viewBox").unwrap(),
        format!("0 0 {} {}", size("width"), size("height"))
    );
    for node in document.descendants().filter(|node| node.is_element()) {
        // No ids to clash, nothing to fetch, no infinities.
        assert_eq!(node.attribute("id"), None);
        for attribute in node.attributes() {
            if attribute.name() == "href" {
                assert!(attribute.value().starts_with("data:image/png;base64,"));
            } else {
                let value = attribute.value();
                assert!(!value.contains("NaN") && !value.contains("inf"), "{value}");
            }
        }
    }
}

fn paths(svg: &str, color: &str) -> usize {
    svg.lines()
        .filter(|line| line.starts_with("<path") && line.contains(color))
        .count()
}

fn everything() -> Figure {
    let (x, y) = sine(500);
    let mut figure = Figure::subplots(3, 2).unwrap();
    figure
        .share_x(true)
        .suptitle("all < of & it \"quoted\" \u{7}");
    let axes = figure.axes_mut(0).unwrap();
    axes.plot(&x, &y)
        .unwrap()
        .label("a < b & c")
        .line_style(LineStyle::Dashed);
    axes.scatter(&x, &y)
        .unwrap()
        .alpha(0.5)
        .label("\u{1f980} \u{4e2d}");
    axes.axhline(0.3).color(Color::BLACK);
    axes.axvline(0.3);
    axes.legend(true)
        .set_title("t")
        .set_xlabel("x")
        .set_ylabel("y");
    figure
        .axes_mut(1)
        .unwrap()
        .eventplot(&[x.clone(), vec![], y.clone()]);
    figure.axes_mut(2).unwrap().hist(&y, 12).unwrap().label("h");
    figure.axes_mut(2).unwrap().legend(true);
    figure
        .axes_mut(3)
        .unwrap()
        .imshow(&[vec![1.0, f64::NAN], vec![2.0, 3.0]])
        .unwrap()
        .label("weight");
    figure.axes_mut(4).unwrap().scatter(&x, &y).unwrap();
    figure
}

#[test]
fn svg_is_well_formed_and_png_decodes() {
    let figure = everything();
    check_xml(&figure.to_svg());
    let (width, height, _, density) = decode(&figure.to_png());
    let (logical_width, logical_height) = figure.logical_size();
    assert_eq!((width, height), (2 * logical_width, 2 * logical_height));
    // 192 pixels to the inch.
    assert_eq!(density, 7559);
}

#[test]
fn output_is_the_same_every_time() {
    assert_eq!(everything().to_svg(), everything().to_svg());
    assert_eq!(everything().to_png(), everything().to_png());
}

#[test]
fn the_line_is_where_the_data_are() {
    let figure = with_axes(|axes| {
        axes.plot(&[0.0, 10.0], &[0.0, 1.0])?
            .color(Color::rgb(255, 0, 0))
            .line_width(3.0);
        axes.set_xlim(-10.0, 30.0)?.set_ylim(-1.0, 3.0)?;
        Ok(())
    });
    let red = ink(&figure, [255, 0, 0]).unwrap().0;
    let frame = with_axes(|axes| {
        axes.plot(&[-10.0, 30.0], &[-1.0, 3.0])?
            .color(Color::rgb(255, 0, 0))
            .line_width(3.0);
        axes.set_xlim(-10.0, 30.0)?.set_ylim(-1.0, 3.0)?;
        Ok(())
    });
    let full = ink(&frame, [255, 0, 0]).unwrap().0;
    let (width, height) = (full[2] - full[0], full[3] - full[1]);
    let near =
        |found: f64, expected: f64| assert!((found - expected).abs() < 4.0, "{red:?} {full:?}");
    near(red[0], full[0] + width * 0.25);
    near(red[2], full[0] + width * 0.5);
    near(red[1], full[1] + height * 0.5);
    near(red[3], full[1] + height * 0.75);
}

#[test]
fn thick_lines_and_large_dots_stay_inside_the_axes() {
    let inside = |draw: fn(&mut Axes) -> Result<(), FigureError>| {
        let figure = with_axes(|axes| {
            draw(axes)?;
            axes.set_xlim(0.0, 1.0)?.set_ylim(0.0, 1.0)?;
            Ok(())
        });
        ink(&figure, [255, 0, 0]).unwrap().0
    };
    let hairline = inside(|axes| {
        axes.plot(&[0.0, 1.0, 1.0, 0.0, 0.0], &[0.0, 0.0, 1.0, 1.0, 0.0])?
            .color(Color::rgb(255, 0, 0))
            .line_width(2.0);
        Ok(())
    });
    for extent in [
        inside(|axes| {
            axes.plot(&[-5.0, 5.0], &[-5.0, 5.0])?
                .color(Color::rgb(255, 0, 0))
                .line_width(20.0);
            Ok(())
        }),
        inside(|axes| {
            axes.scatter(&[0.0, 1.0], &[1.0, 0.0])?
                .color(Color::rgb(255, 0, 0))
                .marker_size(60.0);
            Ok(())
        }),
    ] {
        assert!(extent[0] >= hairline[0] - 1.0 && extent[1] >= hairline[1] - 1.0);
        assert!(extent[2] <= hairline[2] + 1.0 && extent[3] <= hairline[3] + 1.0);
    }
}

#[test]
fn gaps_show() {
    let x: Vec<f64> = (0..90).map(f64::from).collect();
    let broken: Vec<f64> = x
        .iter()
        .map(|x| {
            if (30.0..60.0).contains(x) {
                f64::NAN
            } else {
                1.0
            }
        })
        .collect();
    let figure = with_axes(|axes| {
        axes.plot(&x, &broken)?.color(Color::rgb(255, 0, 0));
        Ok(())
    });
    let whole = with_axes(|axes| {
        axes.plot(&x, &[1.0; 90])?.color(Color::rgb(255, 0, 0));
        Ok(())
    });
    let (with_gap, without) = (
        ink(&figure, [255, 0, 0]).unwrap(),
        ink(&whole, [255, 0, 0]).unwrap(),
    );
    assert_eq!(with_gap.0, without.0);
    let part = with_gap.1 as f64 / without.1 as f64;
    assert!((0.6..0.7).contains(&part), "{part}");
    // One path all the same.
    assert_eq!(paths(&figure.to_svg(), "#f00"), 1);
}

#[test]
fn long_traces_stay_small() {
    let noise = |index: usize| ((index * 7919) % 127) as f64;
    let trace = |count: usize| {
        with_axes(|axes| {
            let x: Vec<f64> = (0..count).map(|index| index as f64).collect();
            let y: Vec<f64> = (0..count).map(noise).collect();
            axes.plot(&x, &y)?;
            Ok(())
        })
        .to_svg()
    };
    let (short, long) = (trace(3000), trace(1_000_000));
    assert!(short.len() < 60_000, "{}", short.len());
    assert!(long.len() < 60_000, "{}", long.len());
    assert_eq!(paths(&long, "#1f77b4"), 1);
}

#[test]
fn lines_that_fill_an_area_become_a_picture() {
    let figure = with_axes(|axes| {
        let (x, y): (Vec<f64>, Vec<f64>) = (0..30_000_u32)
            .map(|index| {
                (
                    f64::from(index * 7919 % 1009),
                    f64::from(index * 104_729 % 997),
                )
            })
            .unzip();
        axes.scatter(&x, &y)?;
        Ok(())
    });
    let svg = figure.to_svg();
    check_xml(&svg);
    assert!(svg.contains("data:image/png"));
    assert!(svg.len() < 250_000, "{}", svg.len());
}

#[test]
fn empty_figures_have_axes() {
    let figure = Figure::new();
    assert!(figure.is_empty());
    let svg = figure.to_svg();
    check_xml(&svg);
    assert!(svg.contains(">0.2<"));
    assert!(!everything().is_empty());
}

#[test]
fn errors_are_sentences() {
    let mut figure = Figure::new();
    assert_eq!(
        figure.axes_mut(3).unwrap_err().to_string(),
        "the figure has 1 axes, counted from 0, so there are no axes 3"
    );
    let axes = figure.axes_mut(0).unwrap();
    assert_eq!(
        axes.plot(&[1.0], &[]).unwrap_err().to_string(),
        "plot needs as many x as y values, but got 1 x and 0 y values"
    );
    assert!(axes.scatter(&[], &[1.0]).is_err());
    assert!(axes.hist(&[1.0], 0).is_err());
    assert!(axes.imshow(&[vec![1.0], vec![]]).is_err());
    assert!(axes.imshow_flat(&[1.0], 2, usize::MAX).is_err());
    assert!(axes.set_xlim(1.0, 1.0).is_err());
    assert!(axes.set_ylim(f64::NAN, 1.0).is_err());
    assert!(axes.is_empty(), "what failed must leave nothing behind");
    assert!(Figure::subplots(0, 1).is_err());
    assert!(Color::parse("no colour").is_err());
}

#[test]
fn colours_have_their_names() {
    assert_eq!(Color::parse("tab:orange"), Ok(Color::cycle(1)));
    assert_eq!(Color::parse("C11"), Ok(Color::cycle(1)));
    assert_eq!(Color::parse("k"), Ok(Color::BLACK));
    assert_eq!(Color::parse("0.5"), Ok(Color::gray(128)));
    assert_eq!(Color::parse("#f80"), Ok(Color::rgb(255, 136, 0)));
    assert_eq!(Color::parse("#ff880080").map(|color| color.alpha), Ok(128));
}
