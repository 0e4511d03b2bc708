//! Output of a cell, on its way to the front end.

use crate::comms::Comms;
use crate::input::{Answer, Asker, InputRefused};
use crate::iopub::IoPub;
use crate::types::{MimeBundle, Stream};
use crate::wire::{Message, ParentHeader};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::sync::{Arc, OnceLock};

/// Output of one cell. Cheap to clone; may outlive the cell, for threads that still print.
#[derive(Clone)]
pub struct Output(Arc<Cause>);

/// The request that the output belongs to, and the channels for it.
struct Cause {
    iopub: IoPub,
    comms: Arc<Comms>,
    parent: ParentHeader,
    number: u32,
    /// Set if the value of the cell is shown.
    shows_value: bool,
    /// Text of the cell's value, once that is published: a cell has at most one value.
    value: OnceLock<Option<String>>,
    /// Right to ask the user, if this is a cell.
    asker: Option<Asker>,
}

impl Output {
    /// Makes the output of a cell.
    pub(crate) fn of_cell(
        iopub: IoPub,
        comms: Arc<Comms>,
        parent: ParentHeader,
        (number, shows_value): (u32, bool),
        asker: Asker,
    ) -> Output {
        Output(Arc::new(Cause {
            iopub,
            comms,
            parent,
            number,
            shows_value,
            value: OnceLock::new(),
            asker: Some(asker),
        }))
    }

    /// Makes the output for a front end's message on a comm.
    pub(crate) fn of_comm(iopub: IoPub, comms: Arc<Comms>, parent: ParentHeader) -> Output {
        Output(Arc::new(Cause {
            iopub,
            comms,
            parent,
            number: 0,
            shows_value: false,
            value: OnceLock::new(),
            asker: None,
        }))
    }

    /// Returns the text of the cell's value, if it had one.
    pub(crate) fn text_of_value(&self) -> Option<String> {
        self.0.value.get().cloned().flatten()
    }

    /// Publishes text of a stream, unchanged.
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

    /// Shows data; with `update`, replaces the data shown under the same id.
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
        let text = data.get("text/plain").and_then(Value::as_str);
        if self.0.shows_value && self.0.value.set(text.map(str::to_owned)).is_ok() {
            self.publish(
                "execute_result",
                json!({ "execution_count": self.0.number, "data": data, "metadata": metadata }),
            );
        }
    }

    /// Empties the cell's output, at once or when the next output comes.
    pub fn clear(&self, wait: bool) {
        self.publish("clear_output", json!({ "wait": wait }));
    }

    /// Asks the user for a line of text, hidden while it is typed if it is a `password`.
    ///
    /// Returns at once; `answer` is called exactly once, from any thread, with an error if there
    /// is no answer.
    pub fn ask(&self, prompt: &str, password: bool, answer: Answer) {
        match &self.0.asker {
            Some(asker) => asker.ask(prompt, password, answer),
            None => answer(Err(InputRefused::NotAllowed)),
        }
    }

    /// Opens a comm to the receiver named `target` in the front end.
    pub fn comm_open(
        &self,
        id: &str,
        target: &str,
        data: Value,
        metadata: Map<String, Value>,
        buffers: Vec<Vec<u8>>,
    ) {
        self.0.comms.open(id, target);
        let content = json!({ "comm_id": id, "target_name": target, "data": data });
        self.publish_with("comm_open", content, metadata, buffers);
    }

    /// Sends a message on a comm.
    pub fn comm_message(
        &self,
        id: &str,
        data: Value,
        metadata: Map<String, Value>,
        buffers: Vec<Vec<u8>>,
    ) {
        let content = json!({ "comm_id": id, "data": data });
        self.publish_with("comm_msg", content, metadata, buffers);
    }

    /// Closes a comm; nothing happens if it is not open.
    pub fn comm_close(
        &self,
        id: &str,
        data: Value,
        metadata: Map<String, Value>,
        buffers: Vec<Vec<u8>>,
    ) {
        if self.0.comms.close(id) {
            let content = json!({ "comm_id": id, "data": data });
            self.publish_with("comm_close", content, metadata, buffers);
        }
    }

    fn publish(&self, message_type: &'static str, content: Value) {
        self.publish_with(message_type, content, Map::new(), Vec::new());
    }

    fn publish_with(
        &self,
        message_type: &'static str,
        content: Value,
        metadata: Map<String, Value>,
        buffers: Vec<Vec<u8>>,
    ) {
        let message = Message {
            metadata,
            buffers: buffers.into_iter().map(Bytes::from).collect(),
            ..Message::new(message_type, &self.0.parent, content)
        };
        self.0.iopub.send_and_wait(&message);
    }
}
