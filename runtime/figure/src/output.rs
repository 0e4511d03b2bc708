//! The way of a figure out to SVG and PNG.

use crate::draw;
use crate::figure::Figure;
use crate::raster;
use crate::svg;

impl Figure {
    /// The picture as an SVG element, without an XML declaration, so that it can
    /// stand in a page as well as in a file.
    pub fn to_svg(&self) -> String {
        svg::write(&draw::scene(self))
    }

    /// The picture as a PNG with two device pixels for each logical one, marked
    /// as having 192 pixels to the inch.
    pub fn to_png(&self) -> Vec<u8> {
        raster::write_png(&draw::scene(self))
    }
}
