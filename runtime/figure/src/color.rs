//! Colours: matplotlib's cycle and names.

use crate::error::FigureError;

/// A colour with opacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
    /// Opacity, 0 (invisible) to 255 (opaque).
    pub alpha: u8,
}

/// matplotlib's default cycle ("tab10").
const CYCLE: [(&str, Color); 10] = [
    ("blue", Color::rgb(0x1f, 0x77, 0xb4)),
    ("orange", Color::rgb(0xff, 0x7f, 0x0e)),
    ("green", Color::rgb(0x2c, 0xa0, 0x2c)),
    ("red", Color::rgb(0xd6, 0x27, 0x28)),
    ("purple", Color::rgb(0x94, 0x67, 0xbd)),
    ("brown", Color::rgb(0x8c, 0x56, 0x4b)),
    ("pink", Color::rgb(0xe3, 0x77, 0xc2)),
    ("gray", Color::rgb(0x7f, 0x7f, 0x7f)),
    ("olive", Color::rgb(0xbc, 0xbd, 0x22)),
    ("cyan", Color::rgb(0x17, 0xbe, 0xcf)),
];

/// The CSS names people type, with matplotlib's one-letter shorthands.
const NAMED: [(&str, &str, Color); 24] = [
    ("black", "k", Color::BLACK),
    ("white", "w", Color::WHITE),
    ("red", "r", Color::rgb(255, 0, 0)),
    ("green", "g", Color::rgb(0, 128, 0)),
    ("blue", "b", Color::rgb(0, 0, 255)),
    ("cyan", "c", Color::rgb(0, 191, 191)),
    ("magenta", "m", Color::rgb(191, 0, 191)),
    ("yellow", "y", Color::rgb(191, 191, 0)),
    ("gray", "grey", Color::rgb(128, 128, 128)),
    ("lightgray", "lightgrey", Color::rgb(211, 211, 211)),
    ("darkgray", "darkgrey", Color::rgb(169, 169, 169)),
    ("orange", "", Color::rgb(255, 165, 0)),
    ("purple", "", Color::rgb(128, 0, 128)),
    ("brown", "", Color::rgb(165, 42, 42)),
    ("pink", "", Color::rgb(255, 192, 203)),
    ("olive", "", Color::rgb(128, 128, 0)),
    ("navy", "", Color::rgb(0, 0, 128)),
    ("teal", "", Color::rgb(0, 128, 128)),
    ("gold", "", Color::rgb(255, 215, 0)),
    ("darkred", "", Color::rgb(139, 0, 0)),
    ("darkgreen", "", Color::rgb(0, 100, 0)),
    ("darkblue", "", Color::rgb(0, 0, 139)),
    ("steelblue", "", Color::rgb(70, 130, 180)),
    ("crimson", "", Color::rgb(220, 20, 60)),
];

impl Color {
    /// Black.
    pub const BLACK: Color = Color::rgb(0, 0, 0);
    /// White.
    pub const WHITE: Color = Color::rgb(255, 255, 255);

    /// An opaque colour.
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self {
            red,
            green,
            blue,
            alpha: 255,
        }
    }

    /// An opaque grey, 0 (black) to 255 (white).
    pub const fn gray(level: u8) -> Self {
        Self::rgb(level, level, level)
    }

    /// The colour with another opacity, 0.0 to 1.0.
    pub fn with_alpha(mut self, alpha: f64) -> Self {
        self.alpha = (alpha.clamp(0.0, 1.0) * 255.0).round() as u8;
        self
    }

    /// Colour `index` of the cycle that lines without a colour go through.
    pub fn cycle(index: usize) -> Self {
        CYCLE[index % CYCLE.len()].1
    }

    /// The colour of a name as in matplotlib: `"red"`, `"tab:blue"`, `"C3"`,
    /// `"k"`, `"#1f77b4"`, `"#17b"`, `"#1f77b480"`, `"0.5"` (a grey).
    pub fn parse(name: &str) -> Result<Self, FigureError> {
        Self::find(name.trim()).ok_or_else(|| FigureError::UnknownColor {
            name: name.to_owned(),
        })
    }

    fn find(name: &str) -> Option<Self> {
        if let Some(digits) = name.strip_prefix('#') {
            return Self::hexadecimal(digits);
        }
        if let Some(index) = name.strip_prefix('C')
            && let Ok(index) = index.parse::<usize>()
        {
            return Some(Self::cycle(index));
        }
        let lower = name.to_ascii_lowercase();
        if let Some(tableau) = lower.strip_prefix("tab:") {
            let tableau = tableau.replace("grey", "gray");
            return CYCLE
                .iter()
                .find(|(known, _)| *known == tableau)
                .map(|(_, color)| *color);
        }
        if let Ok(level) = lower.parse::<f64>() {
            return (0.0..=1.0)
                .contains(&level)
                .then(|| Self::gray((level * 255.0).round() as u8));
        }
        NAMED
            .iter()
            .find(|(long, other, _)| lower == *long || (!other.is_empty() && lower == *other))
            .map(|(_, _, color)| *color)
    }

    fn hexadecimal(digits: &str) -> Option<Self> {
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(digits, 16).ok()?;
        let nibble = |shift: u32| ((value >> shift) & 0xf) as u8 * 17;
        let byte = |shift: u32| ((value >> shift) & 0xff) as u8;
        match digits.len() {
            3 => Some(Self::rgb(nibble(8), nibble(4), nibble(0))),
            6 => Some(Self::rgb(byte(16), byte(8), byte(0))),
            8 => Some(Self {
                red: byte(24),
                green: byte(16),
                blue: byte(8),
                alpha: byte(0),
            }),
            _ => None,
        }
    }

    /// `#rrggbb`, or `#rgb` where that says the same.
    pub(crate) fn css(self) -> String {
        let channels = [self.red, self.green, self.blue];
        if channels.iter().all(|channel| channel % 17 == 0) {
            let [red, green, blue] = channels.map(|channel| channel / 17);
            format!("#{red:x}{green:x}{blue:x}")
        } else {
            format!("#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
        }
    }

    pub(crate) fn opacity(self) -> f64 {
        f64::from(self.alpha) / 255.0
    }
}

/// Colours of the map of matrices; one palette holds them and the missing one.
const STEPS: usize = 255;

/// The perceptual colour map of matrices (viridis), `position` 0.0 to 1.0.
pub(crate) fn viridis(position: f64) -> Color {
    let step = (position.clamp(0.0, 1.0) * (STEPS - 1) as f64).round() as usize;
    let color = colorous::VIRIDIS.eval_rational(step, STEPS);
    Color::rgb(color.r, color.g, color.b)
}
