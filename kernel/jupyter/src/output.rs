//! What a cell shows, on its way to the front end.

use crate::iopub::IoPub;
use crate::language::MimeBundle;
use crate::wire::{Message, ParentHeader};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Which of a program's two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Where one cell's output goes. Cheap to clone; may outlive the cell, for what
/// its threads still print.
#[derive(Clone)]
pub struct Output {
    iopub: IoPub,
    parent: ParentHeader,
    number: u32,
    /// Whether the value of the cell is shown.
    shows_value: bool,
    /// A cell has one value; a second one would be a fault of the language.
    has_value: Arc<AtomicBool>,
}

impl Output {
    pub(crate) fn new(
        iopub: IoPub,
        parent: ParentHeader,
        number: u32,
        shows_value: bool,
    ) -> Output {
        Output {
            iopub,
            parent,
            number,
            shows_value,
            has_value: Arc::default(),
        }
    }

    /// Publishes text of a stream, as it is.
    pub fn stream(&self, stream: Stream, text: &str) {
        if text.is_empty() {
            return;
        }
        let name = match stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        };
        self.publish("stream", json!({ "name": name, "text": text }));
    }

    /// Shows something; with `update`, replaces what was shown under the same id.
    pub fn display(&self, data: MimeBundle, metadata: MimeBundle, id: Option<&str>, update: bool) {
        let transient = match id {
            Some(id) => json!({ "display_id": id }),
            None => json!({}),
        };
        let kind = if update {
            "update_display_data"
        } else {
            "display_data"
        };
        self.publish(
            kind,
            json!({ "data": data, "metadata": metadata, "transient": transient }),
        );
    }

    /// Shows the value of the cell.
    pub fn value(&self, data: MimeBundle, metadata: MimeBundle) {
        if self.shows_value && !self.has_value.swap(true, Ordering::Relaxed) {
            self.publish(
                "execute_result",
                json!({ "execution_count": self.number, "data": data, "metadata": metadata }),
            );
        }
    }

    /// Empties the cell's output, at once or when the next output comes.
    pub fn clear(&self, wait: bool) {
        self.publish("clear_output", json!({ "wait": wait }));
    }

    fn publish(&self, message_type: &'static str, content: Value) {
        self.iopub
            .send_blocking(Message::new(message_type, &self.parent, content));
    }
}
