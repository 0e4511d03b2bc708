//! Pixels as PNG: with a palette where there are few colours (matrices, pictures
//! of a single line), which is a quarter of the size or less.

use std::collections::HashMap;

/// Logical pixels in a metre (96 to the inch).
const PIXELS_PER_METRE: f64 = 96.0 / 0.0254;

/// A PNG of RGBA pixels; `scale` of them on one logical pixel, if that is known.
pub(crate) fn encode_png(width: u32, height: u32, rgba: &[u8], scale: Option<f64>) -> Vec<u8> {
    match Palette::of(rgba) {
        Some(palette) => palette.encode(width, height, scale),
        None => encode_direct(width, height, rgba, scale),
    }
}

fn encode_direct(width: u32, height: u32, rgba: &[u8], scale: Option<f64>) -> Vec<u8> {
    let opaque = rgba.iter().skip(3).step_by(4).all(|&alpha| alpha == 255);
    if opaque {
        let rgb: Vec<u8> = rgba
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect();
        write(width, height, &rgb, scale, &|encoder| {
            encoder.set_color(png::ColorType::Rgb);
        })
    } else {
        write(width, height, rgba, scale, &|encoder| {
            encoder.set_color(png::ColorType::Rgba);
        })
    }
}

fn write(
    width: u32,
    height: u32,
    pixels: &[u8],
    scale: Option<f64>,
    configure: &dyn Fn(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    configure(&mut encoder);
    if let Some(scale) = scale {
        let density = (PIXELS_PER_METRE * scale).round() as u32;
        encoder.set_pixel_dims(Some(png::PixelDimensions {
            xppu: density,
            yppu: density,
            unit: png::Unit::Meter,
        }));
    }
    // Writing to memory fails only if the sizes do not fit the pixels.
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(pixels));
    debug_assert!(written.is_ok(), "{written:?}");
    bytes
}

/// The colours of a picture that has at most 256, in the order they first come.
struct Palette {
    colors: Vec<[u8; 4]>,
    indices: Vec<u8>,
}

impl Palette {
    fn of(rgba: &[u8]) -> Option<Self> {
        let mut known: HashMap<[u8; 4], u8> = HashMap::new();
        let mut palette = Self {
            colors: Vec::new(),
            indices: Vec::with_capacity(rgba.len() / 4),
        };
        // Neighbours are mostly equal; they need no look-up.
        let mut previous: Option<([u8; 4], u8)> = None;
        for pixel in rgba.chunks_exact(4) {
            let color = [pixel[0], pixel[1], pixel[2], pixel[3]];
            let index = match previous {
                Some((same, index)) if same == color => index,
                _ => match known.get(&color) {
                    Some(&index) => index,
                    None => {
                        let index = u8::try_from(palette.colors.len()).ok()?;
                        palette.colors.push(color);
                        known.insert(color, index);
                        index
                    }
                },
            };
            previous = Some((color, index));
            palette.indices.push(index);
        }
        Some(palette)
    }

    fn encode(&self, width: u32, height: u32, scale: Option<f64>) -> Vec<u8> {
        let colors: Vec<u8> = self
            .colors
            .iter()
            .flat_map(|color| color[..3].to_vec())
            .collect();
        let alphas: Vec<u8> = self.colors.iter().map(|color| color[3]).collect();
        let nibbles = self.colors.len() <= 16;
        let packed: Vec<u8> = if nibbles {
            self.indices
                .chunks(width.max(1) as usize)
                .flat_map(|row| row.chunks(2))
                .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
                .collect()
        } else {
            self.indices.clone()
        };
        write(width, height, &packed, scale, &|encoder| {
            encoder.set_color(png::ColorType::Indexed);
            if nibbles {
                encoder.set_depth(png::BitDepth::Four);
            }
            // Differences of indices mean nothing.
            encoder.set_filter(png::Filter::NoFilter);
            encoder.set_palette(colors.clone());
            if alphas.iter().any(|&alpha| alpha < 255) {
                encoder.set_trns(alphas.clone());
            }
        })
    }
}
