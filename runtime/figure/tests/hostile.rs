//! Whatever the data and the words, there is a picture and no panic.

use hx_figure::{Figure, FigureError};
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
    shared: bool,
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
        any::<bool>(),
        (numbers(60), numbers(60)),
        prop::collection::vec(numbers(9), 0..6),
        (1..9_usize, 1..2000_usize),
        [number(), number(), number(), number()],
        "\\PC{0,60}|[\\x00-\\x7f]{0,400}",
        prop::collection::vec(0..7_u8, 0..4),
    )
        .prop_map(
            |(size, grid, shared, (x, y), rows, (columns, bins), limits, words, kinds)| Request {
                size,
                grid,
                shared,
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
    figure.share_x(request.shared).suptitle(&request.words);
    let count = request.x.len().min(request.y.len());
    let (x, y) = (&request.x[..count], &request.y[..count]);
    for index in 0..figure.axes_count() {
        let axes = figure.axes_mut(index)?;
        for kind in &request.kinds {
            match (usize::from(*kind) + index) % 7 {
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
        let png = figure.to_png();
        prop_assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    }
}
