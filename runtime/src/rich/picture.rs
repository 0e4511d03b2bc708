//! Pictures of the crate `image`: as the value of a cell they show themselves.

use crate::display::{Bundle, Rich};
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage, RgbaImage};
use std::io::Cursor;

/// Pixels in a row or a column that are sent at most; larger pictures are made smaller.
const MOST: u32 = 2048;

impl Rich for DynamicImage {
    fn bundle(&self) -> Bundle {
        let size = (self.width(), self.height());
        let bundle = Bundle::text(format!("<a picture of {} x {} pixels>", size.0, size.1));
        let small;
        let picture = if size.0.max(size.1) > MOST {
            small = self.thumbnail(MOST, MOST);
            &small
        } else {
            self
        };
        let mut png = Cursor::new(Vec::new());
        let written = match picture {
            DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => {
                picture.write_to(&mut png, ImageFormat::Png)
            }
            other => other.to_rgba8().write_to(&mut png, ImageFormat::Png),
        };
        // A picture without pixels has no PNG.
        match written {
            Ok(()) => bundle.png(png.get_ref(), Some((picture.width(), picture.height()))),
            Err(_) => bundle,
        }
    }
}

macro_rules! rich {
    ($($picture:ty),*) => {$(
        impl Rich for $picture {
            fn bundle(&self) -> Bundle {
                DynamicImage::from(self.clone()).bundle()
            }
        }
    )*};
}

rich!(RgbaImage, RgbImage, GrayImage);
