//! plotters' own charts, as a cell draws them, show themselves.

use plotters::prelude::*;
use pynn::display::Rich as _;
use pynn::prelude::*;
use std::error::Error;

#[test]
fn a_drawing_area_shows_what_was_drawn_on_it() -> Result<(), Box<dyn Error>> {
    let root = Canvas::new((400, 300)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("A parabola", ("sans-serif", 20))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(40)
        .build_cartesian_2d(-1.0..1.0, 0.0..1.0)?;
    chart.configure_mesh().draw()?;
    let points = (-50..=50).map(|step| f64::from(step) / 50.0);
    chart
        .draw_series(LineSeries::new(points.map(|x| (x, x * x)), &RED))?
        .label("y = x²")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], RED));
    chart
        .configure_series_labels()
        .border_style(BLACK)
        .background_style(WHITE.mix(0.8))
        .draw()?;
    drop(chart);
    let bundle = root.bundle();
    let svg = bundle.get("image/svg+xml").expect("a picture");
    assert!(svg.contains("width=\"400\" height=\"300\""), "{svg}");
    for text in ["A parabola", "y = x²", ">0.5<"] {
        assert!(svg.contains(text), "{text}");
    }
    // The line is one path, and the same each time.
    assert_eq!(svg.matches("#f00").count(), 2);
    assert_eq!(root.bundle().get("image/svg+xml"), Some(svg));
    assert_eq!(bundle.plain_text(), "<a drawing of 400 x 300 pixels>");
    // A part of it shows the whole.
    let (left, _) = root.split_horizontally(200);
    assert_eq!(left.bundle().get("image/svg+xml"), Some(svg));
    Ok(())
}

#[test]
fn elements_of_all_kinds_are_drawn() -> Result<(), Box<dyn Error>> {
    let root = Canvas::new((400, 300)).into_drawing_area();
    let mut chart = ChartBuilder::on(&root).build_cartesian_2d(0..10, 0..10)?;
    chart.draw_series([(2, 3), (4, 5)].map(|at| Circle::new(at, 3, BLUE)))?;
    chart.draw_series([Rectangle::new([(1, 1), (2, 9)], GREEN.filled())])?;
    chart.draw_series(AreaSeries::new([(3, 1), (5, 7)], 0, CYAN))?;
    chart.draw_series([ErrorBar::new_vertical(6, 2, 4, 5, BLACK, 6)])?;
    chart.draw_series([CandleStick::new(8, 2, 6, 1, 4, GREEN, RED, 10)])?;
    chart.draw_series([TriangleMarker::new((7, 7), 8, MAGENTA)])?;
    let quartiles = Quartiles::new(&[1, 2, 3, 9]);
    let plane = ChartBuilder::on(&root).build_cartesian_2d(0..10, 0_f32..10_f32)?;
    plane
        .plotting_area()
        .draw(&Boxplot::new_vertical(9, &quartiles))?;
    root.draw(&Pie::new(
        &(50, 50),
        &20.0,
        &[1.0, 2.0],
        &[RED, BLUE],
        &["a", "b"],
    ))?;
    let upright = ("serif", 14).into_font().transform(FontTransform::Rotate90);
    root.draw_text("upright", &upright.color(&BLACK), (390, 20))?;
    root.draw_pixel((5, 5), &BLACK)?;
    let bundle = root.bundle();
    let svg = bundle.get("image/svg+xml").expect("a picture");
    assert!(svg.contains("rotate(90 "), "{svg}");
    assert!(svg.matches('<').count() > 20);
    Ok(())
}
