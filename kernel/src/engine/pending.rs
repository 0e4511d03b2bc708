//! Text on its way to the front end, held back just long enough that ten thousand
//! prints are a handful of messages, yet a line after a silence appears at once.

use hx_jupyter::{Output, Stream};
use std::time::{Duration, Instant};

/// How often text is published, at most.
const PACE: Duration = Duration::from_millis(20);
/// How much text is published at once, at most (about).
const LARGEST: usize = 256 * 1024;

/// Text that waits to be published.
#[derive(Default)]
pub(crate) struct Pending {
    /// Pieces in the order they came; neighbours of one stream are joined.
    pieces: Vec<(Stream, String)>,
    length: usize,
    published: Option<Instant>,
}

impl Pending {
    pub(crate) fn push(&mut self, stream: Stream, text: String) {
        self.length += text.len();
        match self.pieces.last_mut() {
            Some((last, joined)) if *last == stream => joined.push_str(&text),
            _ => self.pieces.push((stream, text)),
        }
    }

    /// How long the text may still wait; `None` if there is none.
    pub(crate) fn patience(&self) -> Option<Duration> {
        if self.pieces.is_empty() {
            return None;
        }
        if self.is_large() {
            return Some(Duration::ZERO);
        }
        let waits = self.published.map(|at| PACE.saturating_sub(at.elapsed()));
        Some(waits.unwrap_or_default())
    }

    /// Whether there is so much that it should not wait for more.
    pub(crate) fn is_large(&self) -> bool {
        self.length >= LARGEST
    }

    /// Publishes everything, or drops it where there is nobody to show it to.
    pub(crate) fn publish(&mut self, output: Option<&Output>) {
        if self.pieces.is_empty() {
            return;
        }
        self.length = 0;
        self.published = Some(Instant::now());
        for (stream, text) in self.pieces.drain(..) {
            if let Some(output) = output {
                output.stream(stream, &text);
            }
        }
    }
}
