//! Text on its way to the front end, held back just long enough that ten thousand
//! prints are a handful of messages, yet a line after a silence appears at once.

use crate::engine::output::evcxr_markers::{Markers, Piece};
use hx_jupyter::{MimeBundle, Output, Stream};
use std::time::{Duration, Instant};

/// Shortest interval between two publications of text.
const PACE: Duration = Duration::from_millis(20);
/// How much text is published at once, at most (about).
const LARGEST: usize = 256 * 1024;

/// Printed text that is not published yet.
#[derive(Default)]
pub(crate) struct Pending {
    /// In the order they came; neighbours of one stream are joined.
    items: Vec<Item>,
    length: usize,
    /// When something came last, and when something was published last.
    came: Option<Instant>,
    published: Option<Instant>,
    markers: Markers,
    question: Option<(String, bool)>,
}

enum Item {
    Text(Stream, String),
    Display(MimeBundle),
}

impl Pending {
    pub(crate) fn push(&mut self, stream: Stream, text: String) {
        self.came = Some(Instant::now());
        self.length += text.len();
        if stream == Stream::Stderr {
            return self.add(stream, text);
        }
        let mut markers = std::mem::take(&mut self.markers);
        markers.push(text, |piece| self.take(piece));
        self.markers = markers;
    }

    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => self.add(Stream::Stdout, text),
            Piece::Content { mime, data } => match self.items.last_mut() {
                // One value that shows itself in several formats.
                Some(Item::Display(bundle)) if !bundle.contains_key(&mime) => {
                    bundle.insert(mime, data);
                }
                _ => self
                    .items
                    .push(Item::Display(MimeBundle::from_iter([(mime, data)]))),
            },
            Piece::Question { prompt, password } => self.question = Some((prompt, password)),
        }
    }

    fn add(&mut self, stream: Stream, text: String) {
        match self.items.last_mut() {
            Some(Item::Text(last, joined)) if *last == stream => joined.push_str(&text),
            _ => self.items.push(Item::Text(stream, text)),
        }
    }

    /// What is to be asked when stdin is read next.
    pub(crate) fn question(&mut self) -> Option<(String, bool)> {
        self.question.take()
    }

    /// How long what is there may still wait; `None` if there is nothing.
    pub(crate) fn patience(&self) -> Option<Duration> {
        let left = |since: Option<Instant>| {
            let waits = since.map(|at| PACE.saturating_sub(at.elapsed()));
            waits.unwrap_or_default()
        };
        if self.is_large() {
            return Some(Duration::ZERO);
        }
        match self.items.last() {
            // Another format of the same value may follow at once.
            Some(Item::Display(_)) => Some(left(self.came)),
            Some(Item::Text(..)) => Some(left(self.published)),
            // So may the rest of a marker.
            None => self.markers.holds_text().then(|| left(self.came)),
        }
    }

    /// True if there is so much that it should not wait for more.
    pub(crate) fn is_large(&self) -> bool {
        self.length >= LARGEST
    }

    /// Publishes what has waited, or drops it where there is nobody to show it to.
    pub(crate) fn publish(&mut self, output: Option<&Output>) {
        if self.came.is_some_and(|at| at.elapsed() >= PACE) && self.markers.holds_text() {
            self.end_text();
        }
        self.length = 0;
        if self.items.is_empty() {
            return;
        }
        self.published = Some(Instant::now());
        for item in self.items.drain(..) {
            let Some(output) = output else { continue };
            match item {
                Item::Text(stream, text) => output.stream(stream, &text),
                Item::Display(data) => output.display(data, MimeBundle::new(), None, false),
            }
        }
    }

    /// What looked like the beginning of a marker was none.
    pub(crate) fn end_text(&mut self) {
        let mut markers = std::mem::take(&mut self.markers);
        markers.finish(|piece| self.take(piece));
        self.markers = markers;
    }
}
