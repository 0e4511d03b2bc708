//! SVG or PNG: how pictures are given to a notebook.

use crate::Error;
use crate::display::Bundle;
use std::sync::atomic::{AtomicBool, Ordering};

static AS_PNG: AtomicBool = AtomicBool::new(false);

/// Chooses how pictures are shown from now on: `"svg"` (the default, sharp at
/// any size) or `"png"` (smaller when there is very much in the picture).
///
/// # Errors
/// Any other format.
pub fn format(name: &str) -> Result<(), Error> {
    let as_png = match name {
        "png" => true,
        "svg" => false,
        _ => {
            return Err(Error::UnknownFormat {
                format: name.into(),
            });
        }
    };
    AS_PNG.store(as_png, Ordering::Relaxed);
    Ok(())
}

/// A figure as a picture, with `text` for where there are none.
pub(crate) fn picture(figure: &hx_figure::Figure, text: String) -> Bundle {
    if AS_PNG.load(Ordering::Relaxed) {
        Bundle::text(text).png(&figure.to_png(), Some(figure.logical_size()))
    } else {
        Bundle::text(text).svg(figure.to_svg())
    }
}

/// A drawing as a picture, with `text` for where there are none.
pub(crate) fn drawn(drawing: &hx_figure::Drawing, text: String) -> Bundle {
    if AS_PNG.load(Ordering::Relaxed) {
        Bundle::text(text).png(&drawing.to_png(), Some(drawing.logical_size()))
    } else {
        Bundle::text(text).svg(drawing.to_svg())
    }
}
