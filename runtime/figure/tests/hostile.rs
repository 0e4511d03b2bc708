//! Whatever the data and the words, there is a picture and no panic.

use hx_figure::{AxisScale, Errors, Figure, FigureError};
use proptest::prelude::*;

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -1e3..1e3_f64,
        2 => any::<f64>(),
        1 => prop::sample::select(vec![
            0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN,
            f64::MIN_POSITIVE, 5e-324, 1e300, -1e300, 1e9, 1e-9, 1.0, 1.0 + f64::EPSILON,
        ]),
    ]
}

fn numbers(most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(number(), 0..most)
}

#[derive(Clone, Debug)]
struct Request {
    size: (f64, f64),
    grid: (usize, usize),
    /// Shared axes, logarithmic axes along x and y, a second axis, a grid.
    flags: [bool; 5],
    x: Vec<f64>,
    y: Vec<f64>,
    rows: Vec<Vec<f64>>,
    columns: usize,
    bins: usize,
    limits: [f64; 4],
    words: String,
    kinds: Vec<u8>,
}

fn request() -> impl Strategy<Value = Request> {
    (
        (number(), number()),
        (1..4_usize, 1..4_usize),
        any::<[bool; 5]>(),
        (numbers(60), numbers(60)),
        prop::collection::vec(numbers(9), 0..6),
        (1..9_usize, 1..2000_usize),
        [number(), number(), number(), number()],
        "\\PC{0,60}|[\\x00-\\x7f]{0,400}",
        prop::collection::vec(0..13_u8, 0..4),
    )
        .prop_map(
            |(size, grid, flags, (x, y), rows, (columns, bins), limits, words, kinds)| Request {
                size,
                grid,
                flags,
                x,
                y,
                rows,
                columns,
                bins,
                limits,
                words,
                kinds,
            },
        )
}

fn draw(request: &Request) -> Result<Figure, FigureError> {
    let mut figure = Figure::subplots(request.grid.0, request.grid.1)?;
    // Small pictures keep the test quick.
    figure.set_size(
        request.size.0.clamp(-1.0, 7.0),
        request.size.1.clamp(-1.0, 7.0),
    );
    figure.share_x(request.flags[0]).suptitle(&request.words);
    let count = request.x.len().min(request.y.len());
    let (x, y) = (&request.x[..count], &request.y[..count]);
    for index in 0..figure.axes_count() {
        let axes = figure.axes_mut(index)?;
        let scale = |log: bool| {
            if log {
                AxisScale::Log
            } else {
                AxisScale::Linear
            }
        };
        axes.set_xscale(scale(request.flags[1]))
            .grid(request.flags[4]);
        for kind in &request.kinds {
            let second = request.flags[3] && kind % 2 == 0;
            let axes = if second { axes.twinx() } else { &mut *axes };
            axes.set_yscale(scale(request.flags[2] != second));
            match (usize::from(*kind) + index) % 13 {
                0 => drop(
                    axes.plot(x, y)?
                        .label(&request.words)
                        .marker_size(request.limits[0]),
                ),
                1 => drop(
                    axes.scatter(x, y)?
                        .label(&request.words)
                        .alpha(request.limits[1]),
                ),
                2 => drop(axes.eventplot(&request.rows).line_width(request.limits[2])),
                3 => drop(axes.hist(&request.x, request.bins)?.label("h")),
                4 => {
                    let rows = request.x.len() / request.columns;
                    let values = &request.x[..rows * request.columns];
                    let image = axes.imshow_flat(values, rows, request.columns)?.label("m");
                    let _ = image.color_limits(request.limits[0], request.limits[1]);
                }
                5 => drop(axes.axhline(request.limits[0])),
                6 => drop(
                    axes.errorbar(x, y, Errors::Asymmetric(x, y), Errors::Symmetric(y))?
                        .cap_size(request.limits[0])
                        .label("e"),
                ),
                7 => drop(axes.fill_between(x, x, y)?.label("b")),
                8 => drop(axes.bar(x, y, request.bins as f64)?.base(x)?.label("b")),
                9 => drop(axes.barh(x, y, 1.0 / request.bins as f64)?.alpha(0.4)),
                10 => drop(
                    axes.axhspan(request.limits[0], request.limits[1])
                        .label("s"),
                ),
                11 => drop(axes.axvspan(request.limits[0], request.limits[1])),
                _ => drop(axes.axvline(request.limits[0]).label(&request.words)),
            }
        }
        let _ = axes.set_xlim(request.limits[0], request.limits[1]);
        let _ = axes.set_ylim(request.limits[2], request.limits[3]);
        axes.set_title(&request.words)
            .set_xlabel(&request.words)
            .set_ylabel(&request.words)
            .legend(true);
    }
    Ok(figure)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn there_is_always_a_picture(request in request()) {
        let figure = draw(&request).unwrap();
        let svg = figure.to_svg();
        let document = roxmltree::Document::parse(&svg);
        prop_assert!(document.is_ok(), "{:?}", document.err());
        prop_assert!(!svg.contains("NaN") || request.words.contains("NaN"));
        // Coordinates beyond a few times the largest picture make viewers lose precision.
        for path in svg.lines().filter(|line| line.starts_with("<path")) {
            let mut numbers = path.split(|character: char| !character.is_ascii_digit());
            prop_assert!(numbers.all(|digits| digits.len() < 6), "{path}");
        }
        let png = figure.to_png();
        prop_assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    }
}
