//! evcxr's own display protocol, which other crates speak: a value that shows itself
//! prints `EVCXR_BEGIN_CONTENT mime/type`, the content and `EVCXR_END_CONTENT`, each
//! on lines of its own, to stdout. And its way to ask for input: a line that begins
//! with `EVCXR_INPUT_REQUEST`, before stdin is read.

use serde_json::Value;

const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const END: &str = "EVCXR_END_CONTENT";
const ASK_PASSWORD: &str = "EVCXR_INPUT_REQUEST_PASSWORD:";
const ASK: &str = "EVCXR_INPUT_REQUEST:";
/// Prefix of every marker line.
const MARK: &str = "EVCXR_";

/// What stdout turns out to carry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    /// Something to show in one format.
    Content {
        mime: String,
        data: Value,
    },
    /// What the next read of stdin asks.
    Question {
        prompt: String,
        password: bool,
    },
}

/// Tells markers from text as it comes, in pieces of any size.
#[derive(Debug, Default)]
pub(crate) struct Markers {
    /// What may be the beginning of a marker, or a content that has begun.
    held: String,
    /// The format of the content that has begun.
    inside: Option<String>,
    /// How much of the content was searched for its end.
    searched: usize,
}

impl Markers {
    /// Takes what was printed.
    pub(crate) fn push(&mut self, text: String, mut take: impl FnMut(Piece)) {
        if self.held.is_empty() {
            self.held = text;
        } else {
            self.held.push_str(&text);
        }
        while self.step(&mut take) {}
    }

    /// True if something is held back that may be the beginning of a marker.
    pub(crate) fn holds_text(&self) -> bool {
        self.inside.is_none() && !self.held.is_empty()
    }

    /// Nothing more will come: what is held back is no marker.
    pub(crate) fn finish(&mut self, mut take: impl FnMut(Piece)) {
        let opened = self.inside.take().map(|mime| format!("{BEGIN}{mime}\n"));
        let text = opened.unwrap_or_default() + &std::mem::take(&mut self.held);
        self.searched = 0;
        if !text.is_empty() {
            take(Piece::Text(text));
        }
    }

    /// Passes on what is clear; `false` when more is needed.
    fn step(&mut self, take: &mut impl FnMut(Piece)) -> bool {
        if self.inside.is_some() {
            self.content(take)
        } else {
            self.outside(take)
        }
    }

    fn outside(&mut self, take: &mut impl FnMut(Piece)) -> bool {
        let Some(start) = mark(&self.held) else {
            if !self.held.is_empty() {
                take(Piece::Text(std::mem::take(&mut self.held)));
            }
            return false;
        };
        if start > 0 {
            let rest = self.held.split_off(start);
            take(Piece::Text(std::mem::replace(&mut self.held, rest)));
        }
        let Some(end) = self.held.find('\n') else {
            // A line that only looks like a marker need not end.
            let may_be = [BEGIN, ASK_PASSWORD, ASK]
                .iter()
                .any(|marker| marker.starts_with(&*self.held) || self.held.starts_with(marker));
            if !may_be {
                take(Piece::Text(std::mem::take(&mut self.held)));
            }
            return false;
        };
        let rest = self.held.split_off(end + 1);
        let line = std::mem::replace(&mut self.held, rest);
        if let Some(mime) = line.strip_prefix(BEGIN).map(str::trim)
            && !mime.is_empty()
        {
            self.inside = Some(mime.to_owned());
            self.searched = 0;
        } else if let Some(prompt) = line.strip_prefix(ASK_PASSWORD) {
            take(question(prompt, true));
        } else if let Some(prompt) = line.strip_prefix(ASK) {
            take(question(prompt, false));
        } else {
            take(Piece::Text(line));
        }
        true
    }

    fn content(&mut self, take: &mut impl FnMut(Piece)) -> bool {
        while let Some(found) = self.held[self.searched..].find(END) {
            let start = self.searched + found;
            let after = &self.held[start + END.len()..];
            let begins_a_line = start == 0 || self.held.as_bytes()[start - 1] == b'\n';
            if begins_a_line && after.is_empty() {
                // Perhaps the line goes on.
                self.searched = start;
                return false;
            }
            if begins_a_line && after.starts_with('\n') {
                let rest = self.held.split_off(start + END.len() + 1);
                let mut content = std::mem::replace(&mut self.held, rest);
                content.truncate(start.saturating_sub(1));
                let mime = self.inside.take().unwrap_or_default();
                take(Piece::Content {
                    data: data(&mime, content),
                    mime,
                });
                return true;
            }
            self.searched = start + END.len();
        }
        let unclear = self.held.len().saturating_sub(END.len());
        self.searched = self.searched.max(self.held.floor_char_boundary(unclear));
        false
    }
}

/// Where a marker begins, or may begin at the end of the text.
fn mark(text: &str) -> Option<usize> {
    text.find(MARK).or_else(|| {
        let last = text.len().saturating_sub(MARK.len() - 1);
        (text.ceil_char_boundary(last)..text.len())
            .filter(|at| text.is_char_boundary(*at))
            .find(|at| MARK.starts_with(&text[*at..]))
    })
}

fn question(prompt: &str, password: bool) -> Piece {
    Piece::Question {
        prompt: prompt.trim_end_matches('\n').to_owned(),
        password,
    }
}

fn data(mime: &str, content: String) -> Value {
    let is_json = mime.ends_with("/json") || mime.ends_with("+json");
    match is_json.then(|| serde_json::from_str(&content)) {
        Some(Ok(value)) => value,
        _ => Value::String(content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of a text that is printed in pieces of some size.
    fn pieces(text: &str, size: usize) -> Vec<Piece> {
        let mut markers = Markers::default();
        let mut found: Vec<Piece> = Vec::new();
        let mut take = |piece| match (piece, found.last_mut()) {
            (Piece::Text(text), Some(Piece::Text(joined))) => joined.push_str(&text),
            (piece, _) => found.push(piece),
        };
        let characters: Vec<char> = text.chars().collect();
        for part in characters.chunks(size) {
            markers.push(part.iter().collect(), &mut take);
        }
        markers.finish(&mut take);
        found
    }

    fn text(text: &str) -> Piece {
        Piece::Text(text.into())
    }

    fn content(mime: &str, data: Value) -> Piece {
        Piece::Content {
            mime: mime.into(),
            data,
        }
    }

    #[test]
    fn contents_are_found_however_the_text_is_cut() {
        let printed = "a\nEVCXR_BEGIN_CONTENT text/html\n<b>\nEVCXR_END_CONTENTS é</b>\n\
                       EVCXR_END_CONTENT\nb EVCXR_ c\nEVCXR_BEGIN_CONTENT application/json\n\
                       {\"x\": 1}\nEVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT text/plain\n\
                       EVCXR_END_CONTENT\nEVCXR_INPUT_REQUEST:Name: \nE";
        for size in 1..60 {
            assert_eq!(
                pieces(printed, size),
                [
                    text("a\n"),
                    content("text/html", "<b>\nEVCXR_END_CONTENTS é</b>".into()),
                    text("b EVCXR_ c\n"),
                    content("application/json", serde_json::json!({ "x": 1 })),
                    content("text/plain", "".into()),
                    question("Name: ", false),
                    text("E"),
                ],
                "in pieces of {size}"
            );
        }
    }

    #[test]
    fn a_content_that_never_ends_is_text() {
        let printed = "EVCXR_BEGIN_CONTENT text/html\n<b>";
        for size in 1..40 {
            assert_eq!(
                pieces(printed, size),
                [text(printed)],
                "in pieces of {size}"
            );
        }
    }
}
