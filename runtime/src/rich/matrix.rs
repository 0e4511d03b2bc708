//! Weights as an image.

use crate::WeightMatrix;
use crate::display::{Bundle, Rich};
use crate::plt::picture;
use hx_figure::{Figure, FigureError};

impl Rich for WeightMatrix {
    fn bundle(&self) -> Bundle {
        // A matrix that is no picture is still a text.
        match draw(self) {
            Ok(figure) => picture(&figure, self.to_string()),
            Err(_) => Bundle::text(self.to_string()),
        }
    }
}

fn draw(matrix: &WeightMatrix) -> Result<Figure, FigureError> {
    let mut figure = Figure::new();
    let axes = figure.axes_mut(0)?;
    let image = axes
        .imshow_flat(matrix.values(), matrix.rows(), matrix.columns())?
        .label("weight");
    // Colours count from 0: a weight of 0 is the one that has no effect.
    let finite = matrix.values().iter().filter(|weight| weight.is_finite());
    let (low, high) = finite.fold((0.0_f64, 0.0_f64), |(low, high), &weight| {
        (low.min(weight), high.max(weight))
    });
    if low < high {
        image.color_limits(low, high)?;
    }
    axes.set_xlabel("target neuron").set_ylabel("source neuron");
    Ok(figure)
}
