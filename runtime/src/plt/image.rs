//! What `imshow` shows, and pictures in files: the crate `image` reads and writes them.

use super::state::refusal;
use super::values::Rows;
use crate::Error;
use crate::display::{Bundle, Rich};
use hx_figure::{Color, matrix_colors};
use image::{DynamicImage, GrayImage, ImageFormat, ImageReader, RgbImage, RgbaImage};
use std::fmt::Display;
use std::ops::Deref;
use std::path::Path;

/// A matrix (what becomes [`Rows`]), which is shown in colours by its values, or a picture of
/// the crate `image`, which is shown in its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Image(pub(super) Cells);

/// A picture from a file, to be used like the `DynamicImage` in it (`.width()`, `.to_rgb8()`,
/// `.rotate90()`). As the last expression of a cell it shows itself.
///
/// It has a type of this crate because the kernel infers the types of variables from the
/// sources of this crate alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture(DynamicImage);

impl Deref for Picture {
    type Target = DynamicImage;

    fn deref(&self) -> &DynamicImage {
        &self.0
    }
}

impl Rich for Picture {
    fn bundle(&self) -> Bundle {
        self.0.bundle()
    }
}

impl From<&Picture> for Image {
    fn from(picture: &Picture) -> Image {
        Image::from(&picture.0)
    }
}

impl From<Picture> for Image {
    fn from(picture: Picture) -> Image {
        Image::from(picture.0)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cells {
    Matrix(Rows),
    Picture(RgbaImage),
}

impl<T: Into<Rows>> From<T> for Image {
    fn from(matrix: T) -> Image {
        Image(Cells::Matrix(matrix.into()))
    }
}

macro_rules! from_picture {
    ($($picture:ty),*) => {$(
        impl From<$picture> for Image {
            fn from(picture: $picture) -> Image {
                Image(Cells::Picture(DynamicImage::from(picture).into_rgba8()))
            }
        }

        impl From<&$picture> for Image {
            fn from(picture: &$picture) -> Image {
                Image::from(picture.clone())
            }
        }
    )*};
}

from_picture!(DynamicImage, RgbaImage, RgbImage, GrayImage);

/// The pixels of a picture as colours.
pub(super) fn colors(picture: &RgbaImage) -> Vec<Color> {
    let pixels = picture.pixels().map(|pixel| pixel.0);
    let color = |[red, green, blue, alpha]: [u8; 4]| Color {
        red,
        green,
        blue,
        alpha,
    };
    pixels.map(color).collect()
}

/// Reads a file of any kind that `image` was compiled for; what it is, its content says.
pub(super) fn read(path: &Path) -> Result<Picture, Error> {
    let failed = |reason: &dyn Display| failure("imread", path, reason);
    let reader = ImageReader::open(path).map_err(|error| failed(&error))?;
    let reader = reader
        .with_guessed_format()
        .map_err(|error| failed(&error))?;
    reader.decode().map(Picture).map_err(|error| failed(&error))
}

/// Writes a file of the kind that its name says, with one pixel for each cell.
pub(super) fn save(path: &Path, Image(cells): &Image) -> Result<(), Error> {
    let failed = |reason: &dyn Display| failure("imsave", path, reason);
    let format = ImageFormat::from_path(path).map_err(|error| failed(&error))?;
    let picture = match cells {
        Cells::Matrix(rows) => colored(rows)?,
        Cells::Picture(picture) => picture.clone(),
    };
    let picture = DynamicImage::from(picture);
    // A JPEG has no opacity.
    let picture = match format {
        ImageFormat::Jpeg => DynamicImage::from(picture.into_rgb8()),
        _ => picture,
    };
    picture
        .save_with_format(path, format)
        .map_err(|error| failed(&error))
}

fn colored(Rows(rows): &Rows) -> Result<RgbaImage, Error> {
    let colors = matrix_colors(rows).map_err(|error| refusal("imsave", &error))?;
    let columns = rows.first().map_or(0, Vec::len);
    let rgba = |it: Color| [it.red, it.green, it.blue, it.alpha];
    let pixels = colors.into_iter().flat_map(rgba).collect();
    let size = (u32::try_from(columns), u32::try_from(rows.len()));
    let picture = match size {
        (Ok(width @ 1..), Ok(height @ 1..)) => RgbaImage::from_raw(width, height, pixels),
        _ => None,
    };
    picture.ok_or_else(|| Error::Drawing {
        function: "imsave",
        reason: "a matrix without values is no picture".into(),
    })
}

fn failure(function: &'static str, path: &Path, reason: &dyn Display) -> Error {
    let reason = format!("{}: {reason}", path.display());
    Error::Drawing { function, reason }
}
