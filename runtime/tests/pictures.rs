//! `plt` draws what pyplot draws at the places that the data say, and reads and writes pictures.

use image::{DynamicImage, GrayImage, Rgb, RgbImage, Rgba, RgbaImage};
use pynn::display::Rich as _;
use pynn::prelude::*;
use std::path::PathBuf;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("pynn-pictures-{}-{name}", std::process::id()))
}

/// Left, top, right and bottom, in logical pixels, of what is purely red in a figure on whose
/// axes (5 by 5 inches, 0 to 10 both ways unless told otherwise) something is drawn.
fn red(draw: impl Fn(&plt::Axes)) -> Result<[f64; 4], Box<dyn std::error::Error>> {
    let (figure, axs) = plt::subplots(1, 1)?;
    figure.set_size_inches(5, 5);
    axs[0].set_xlim(0, 10);
    axs[0].set_ylim(0, 10);
    draw(&axs[0]);
    let path = file(&format!("{:?}.png", std::thread::current().id()));
    figure.savefig(&path)?;
    let picture = plt::imread(&path)?.to_rgb8();
    std::fs::remove_file(path)?;
    let mut extent = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for (x, y, pixel) in picture.enumerate_pixels() {
        if *pixel == Rgb([255, 0, 0]) {
            let (x, y) = (f64::from(x) / 2.0, f64::from(y) / 2.0);
            extent = [
                extent[0].min(x),
                extent[1].min(y),
                extent[2].max(x),
                extent[3].max(y),
            ];
        }
    }
    Ok(extent)
}

/// Whether what is red spans `left..right` and `low..high` of the ten parts of the axes.
fn spans([left, right]: [f64; 2], [low, high]: [f64; 2], draw: impl Fn(&plt::Axes)) -> Outcome {
    let whole = |axes: &plt::Axes| drop(axes.axhspan(0, 10).color("red"));
    spans_within(whole, [left, right], [low, high], draw)
}

/// The same for axes that another drawing fills.
fn spans_within(
    whole: impl Fn(&plt::Axes),
    [left, right]: [f64; 2],
    [low, high]: [f64; 2],
    draw: impl Fn(&plt::Axes),
) -> Outcome {
    let (whole, found) = (red(whole)?, red(draw)?);
    let (width, height) = (whole[2] - whole[0], whole[3] - whole[1]);
    let expected = [
        whole[0] + width * left / 10.0,
        whole[3] - height * high / 10.0,
        whole[0] + width * right / 10.0,
        whole[3] - height * low / 10.0,
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() < 2.1,
            "{found} instead of {expected}"
        );
    }
    Ok(())
}

#[test]
fn areas_and_bars_are_where_the_data_say() -> Outcome {
    spans([0.0, 10.0], [2.0, 7.0], |axes| {
        axes.axhspan(2, 7).color("red");
    })?;
    spans([3.0, 4.5], [0.0, 10.0], |axes| {
        axes.axvspan(3, 4.5).color("red");
    })?;
    spans([1.0, 9.0], [2.0, 8.0], |axes| {
        axes.fill_between([1, 5, 9], [2, 4, 2], [5, 8, 5])
            .color("red");
    })?;
    // Two bars, 0.8 wide, that stand on others.
    spans([1.6, 4.4], [1.0, 6.0], |axes| {
        axes.bar([2, 4], [3, 5]).bottom([1.0, 1.0]).color("red");
    })?;
    spans([1.0, 3.0], [0.0, 5.0], |axes| {
        axes.bar([2], [5]).width(2).color("red");
    })?;
    spans([0.5, 6.5], [2.0, 4.0], |axes| {
        axes.barh([3], [6]).height(2).left([0.5]).color("red");
    })
}

#[test]
fn error_bars_reach_as_far_as_they_are_told() -> Outcome {
    spans([3.0, 6.0], [4.0, 8.0], |axes| {
        let bars = axes.errorbar([5], [5], [vec![1.0], vec![3.0]]);
        let bars = bars.xerr([vec![2.0], vec![1.0]]).linewidth(4);
        bars.color("red").capsize(0);
    })?;
    spans([4.0, 6.0], [3.0, 7.0], |axes| {
        axes.errorbar([5], [5], [2])
            .xerr([1])
            .linewidth(4)
            .color("red");
    })
}

#[test]
fn lines_of_logarithmic_axes_are_where_the_logarithms_are() -> Outcome {
    let limits = |axes: &plt::Axes, x: f64, y: f64| {
        // Of three decades the middle one is drawn.
        axes.set_xlim(if x > 10.0 { 1.0 } else { 0.0 }, x);
        axes.set_ylim(if y > 10.0 { 1.0 } else { 0.0 }, y);
    };
    let third = [10.0 / 3.0, 20.0 / 3.0];
    // Labels such as 10³ are as wide as 10.0 within a few pixels: all is relative to them.
    for (x, y, draw) in [
        (
            1000.0,
            10.0,
            plt::Axes::semilogx as fn(&plt::Axes, [f64; 2], [f64; 2]) -> plt::Artist,
        ),
        (10.0, 1000.0, plt::Axes::semilogy),
        (1000.0, 1000.0, plt::Axes::loglog),
    ] {
        let ends = |limit: f64| if limit > 10.0 { [10.0, 100.0] } else { third };
        let whole = red(|axes| {
            axes.axhspan(-1e4, 1e4).color("red");
            axes.set_xscale(if x > 10.0 { "log" } else { "linear" });
            axes.set_yscale(if y > 10.0 { "log" } else { "linear" });
            limits(axes, x, y);
        })?;
        let found = red(|axes| {
            draw(axes, ends(x), ends(y)).color("red").linewidth(3);
            limits(axes, x, y);
        })?;
        for side in 0..4 {
            let opposite = (side + 2) % 4;
            let expected = whole[side] + (whole[opposite] - whole[side]) / 3.0;
            assert!(
                (found[side] - expected).abs() < 3.1,
                "{x} {y}: {found:?} in {whole:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn axes_over_others_have_a_vertical_axis_of_their_own() -> Outcome {
    let over = |axes: &plt::Axes, low: f64, high: f64| {
        let second = axes.twinx();
        second.axhspan(low, high).color("red");
        second.set_ylim(0, 100);
    };
    let whole = |axes: &plt::Axes| over(axes, 0.0, 100.0);
    spans_within(whole, [0.0, 10.0], [4.0, 6.0], |axes| {
        over(axes, 40.0, 60.0);
    })?;
    plt::figure();
    plt::plot([0, 1], [0, 1]).label("first");
    let second = plt::twinx();
    plt::plot([0, 1], [0, 4000]).label("other");
    plt::ylabel("right");
    plt::xlabel("below");
    plt::grid(true);
    plt::legend();
    assert_eq!(format!("{second:?}"), "<second axes 0 of a figure>");
    let bundle = plt::gcf().bundle();
    let svg = bundle.get("image/svg+xml").ok_or("no picture")?;
    for text in [
        ">4000<", ">1.0<", ">right<", ">below<", ">first<", ">other<", "#b0b0b0",
    ] {
        assert!(svg.contains(text), "{text}");
    }
    Ok(())
}

#[test]
fn looks_are_changed_in_any_order_and_what_is_wrong_is_said() -> Outcome {
    let (figure, axs) = plt::subplots(1, 1)?;
    let line = axs[0].plot([0, 1], [0, 1]).alpha(0.5).color("red");
    let other = axs[0].scatter([0, 1], [1, 0]);
    assert_eq!(
        format!("{line:?} {other:?}"),
        "<line of points: 2> <scattered points: 2>"
    );
    // A handle means the same line after others have been drawn, and keeps its opacity.
    drop(line.color("blue"));
    let bundle = figure.bundle();
    let svg = bundle.get("image/svg+xml").ok_or("no picture")?;
    let line = svg.lines().find(|line| line.contains("#00f"));
    assert!(
        line.is_some_and(|line| line.contains("opacity=\".5\"")),
        "{line:?}"
    );
    assert!(!svg.contains("#f00"));
    for (draw, words) in [
        (
            Box::new(|axes: &plt::Axes| drop(axes.bar([1, 2], [1, 2]).width(0)))
                as Box<dyn Fn(&plt::Axes)>,
            ["plt::width", "positive thickness"],
        ),
        (
            Box::new(|axes| axes.set_yscale("logarithmic")),
            ["plt::yscale", "\"linear\" or \"log\""],
        ),
        (
            Box::new(|axes| drop(axes.errorbar([1, 2], [1, 2], [1]))),
            ["plt::errorbar", "got 1 for 2"],
        ),
        (
            Box::new(|axes| drop(axes.fill_between([1, 2], [1], [1, 2]))),
            ["plt::fill_between", "got 1 for 2"],
        ),
        (
            Box::new(|axes| axes.set_xlim(1, 1)),
            ["plt::xlim", "two different"],
        ),
    ] {
        let (figure, axs) = plt::subplots(1, 1)?;
        draw(&axs[0]);
        let error = figure.savefig(file("never.svg")).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
    plt::close();
    Ok(())
}

#[test]
fn pictures_keep_their_colours_in_axes_in_files_and_as_values() -> Outcome {
    let mut picture = RgbImage::from_pixel(10, 10, Rgb([0, 0, 255]));
    for (x, y) in [(7, 8), (8, 8), (7, 9), (8, 9)] {
        picture.put_pixel(x, y, Rgb([255, 0, 0]));
    }
    let whole = |axes: &plt::Axes| {
        axes.imshow(&picture);
        axes.axhspan(0, 10).color("red");
    };
    // Pixels are centred on their index; the limits have row 0 at the bottom.
    spans_within(whole, [6.5, 8.5], [7.5, 9.5], |axes| {
        axes.imshow(&picture);
    })?;
    for name in ["a.png", "a.bmp", "a.gif", "a.ppm"] {
        let path = file(name);
        plt::imsave(&path, &picture)?;
        assert_eq!(plt::imread(&path)?.to_rgb8(), picture, "{name}");
        std::fs::remove_file(path)?;
    }
    let path = file("a.jpeg");
    plt::imsave(
        &path,
        RgbaImage::from_pixel(8, 8, Rgba([200, 100, 50, 255])),
    )?;
    let [red, green, blue] = plt::imread(&path)?.to_rgb8()[(4, 4)].0;
    assert!(red.abs_diff(200) < 4 && green.abs_diff(100) < 4 && blue.abs_diff(50) < 4);
    std::fs::remove_file(path)?;
    // A matrix has one pixel for each value, from purple to yellow.
    let path = file("m.png");
    plt::imsave(&path, [[0.0, 1.0, 2.0], [0.5, 1.5, f64::NAN]])?;
    let matrix = plt::imread(&path)?.to_rgb8();
    assert_eq!(matrix.dimensions(), (3, 2));
    assert_eq!(
        (matrix[(0, 0)].0, matrix[(2, 0)].0),
        ([68, 1, 84], [253, 231, 37])
    );
    std::fs::remove_file(path)?;

    let values: [Box<dyn pynn::display::Rich>; 3] = [
        Box::new(picture.clone()),
        Box::new(GrayImage::new(10, 10)),
        Box::new(DynamicImage::new_rgba16(10, 10)),
    ];
    for value in values {
        let bundle = value.bundle();
        assert!(bundle.get("image/png").is_some());
        assert_eq!(bundle.plain_text(), "<a picture of 10 x 10 pixels>");
    }
    assert!(RgbImage::new(0, 0).bundle().get("image/png").is_none());
    Ok(())
}

#[test]
fn files_that_are_no_pictures_are_named() {
    let path = file("none.png");
    std::fs::write(&path, "no picture").unwrap();
    let of = |error: pynn::Error| error.to_string();
    let named = path.display().to_string();
    for error in [
        of(plt::imread(&path).unwrap_err()),
        of(plt::imsave(path.with_extension("docx"), [[1.0]]).unwrap_err()),
        of(plt::imread(path.with_extension("nowhere")).unwrap_err()),
    ] {
        assert!(error.contains(named.trim_end_matches(".png")), "{error}");
        println!("{error}");
    }
    std::fs::remove_file(path).unwrap();
    assert!(plt::imsave("x.png", Vec::<Vec<f64>>::new()).is_err());
    assert!(plt::imsave("x.png", vec![vec![1.0], vec![]]).is_err());
}
