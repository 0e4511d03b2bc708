//! The requests that wait their turn: run, complete, inspect.
//!
//! One thread owns the language and takes requests in the order they came. When
//! a cell fails, the cells queued behind it are answered `aborted`.

use crate::iopub::{IoPub, status};
use crate::language::{Cell, Failure, Language};
use crate::output::Output;
use crate::requests::{AtCursor, Execute};
use crate::wire::{Message, ParentHeader, Request, Wire};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use zeromq::{RouterSendHalf, SocketSend, ZmqMessage};

/// Sends replies on one ROUTER socket.
#[derive(Clone)]
pub(crate) struct Replies {
    pub(crate) socket: RouterSendHalf,
    pub(crate) wire: Arc<Wire>,
    pub(crate) runtime: tokio::runtime::Handle,
}

impl Replies {
    pub(crate) async fn send(&mut self, request: &Request, message: Message) {
        let mut frames: Vec<Bytes> = request.identities.clone();
        frames.extend(self.wire.write(&message));
        let Ok(frames) = ZmqMessage::try_from(frames) else {
            return;
        };
        if let Err(error) = self.socket.send(frames).await {
            tracing::warn!(%error, message_type = message.message_type, "could not reply");
        }
    }

    fn send_blocking(&mut self, request: &Request, message: Message) {
        let runtime = self.runtime.clone();
        runtime.block_on(self.send(request, message));
    }
}

/// The requests that wait.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

#[derive(Default)]
struct QueueState {
    waiting: VecDeque<(Request, Turn)>,
    closed: bool,
}

/// What happens to a request when its turn comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Run,
    Abort,
}

impl Queue {
    pub(crate) fn push(&self, request: Request) {
        self.lock().waiting.push_back((request, Turn::Run));
        self.changed.notify_one();
    }

    /// Lets the thread end after the request it is at.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
        self.changed.notify_one();
    }

    /// Waits for the next request; does what `ahead` does while there is none.
    fn next(&self, mut ahead: impl FnMut() -> bool) -> Option<(Request, Turn)> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(next) = state.waiting.pop_front() {
                return Some(next);
            }
            drop(state);
            let did_something = ahead();
            state = self.lock();
            if !did_something && state.waiting.is_empty() && !state.closed {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// A cell failed: cells already queued will not run.
    fn abort_waiting_cells(&self) {
        for (request, turn) in &mut self.lock().waiting {
            if request.message_type == "execute_request" {
                *turn = Turn::Abort;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that owns the language.
pub(crate) struct Shell<L> {
    pub(crate) language: L,
    pub(crate) queue: Arc<Queue>,
    pub(crate) iopub: IoPub,
    pub(crate) replies: Replies,
    /// Number of the last cell that counted.
    pub(crate) number: u32,
}

impl<L: Language> Shell<L> {
    /// Answers requests until the queue is closed.
    pub(crate) fn run(&mut self) {
        let queue = Arc::clone(&self.queue);
        while let Some((request, turn)) = queue.next(|| self.language.work_ahead()) {
            let parent = Arc::clone(&request.header);
            self.iopub.send_blocking(status("busy", &parent));
            match request.message_type.as_str() {
                "execute_request" if turn == Turn::Abort => self.abort(&request),
                "execute_request" => self.execute(&request),
                "complete_request" => self.complete(&request),
                "inspect_request" => self.inspect(&request),
                other => tracing::warn!(message_type = other, "a request nobody answers"),
            }
            self.iopub.send_blocking(status("idle", &parent));
        }
    }

    fn execute(&mut self, request: &Request) {
        let Some(execute) = self.content::<Execute>(request, "execute_reply") else {
            return;
        };
        let counts = execute.store_history && !execute.silent;
        let number = self.number + 1;
        if counts {
            self.number = number;
        }
        let parent = &request.header;
        if !execute.silent {
            let content = json!({ "code": execute.code, "execution_count": number });
            self.iopub
                .send_blocking(Message::new("execute_input", parent, content));
        }
        let output = Output::new(
            self.iopub.clone(),
            Arc::clone(parent),
            number,
            !execute.silent,
        );
        let cell = Cell {
            code: execute.code,
            number,
            silent: execute.silent,
        };
        // An empty cell is nothing to a language, and no reason to start one.
        let outcome = if cell.code.trim().is_empty() {
            Ok(())
        } else {
            self.language.execute(&cell, &output)
        };
        let reply = match outcome {
            Ok(()) => {
                let expressions = execute.user_expressions.unwrap_or_default();
                json!({
                    "status": "ok",
                    "execution_count": number,
                    "payload": [],
                    "user_expressions": self.evaluate(&expressions),
                })
            }
            Err(failure) => {
                if execute.stop_on_error {
                    self.queue.abort_waiting_cells();
                }
                self.publish_error(parent, &failure);
                let mut reply = error_content(&failure);
                reply["execution_count"] = json!(number);
                reply["user_expressions"] = json!({});
                reply["payload"] = json!([]);
                reply
            }
        };
        self.reply(request, "execute_reply", reply);
    }

    fn evaluate(&mut self, expressions: &std::collections::BTreeMap<String, String>) -> Value {
        if expressions.is_empty() {
            return json!({});
        }
        let mut values = Map::new();
        for (name, outcome) in self.language.evaluate(expressions) {
            let value = match outcome {
                Ok(data) => json!({ "status": "ok", "data": data, "metadata": {} }),
                Err(failure) => error_content(&failure),
            };
            values.insert(name, value);
        }
        Value::Object(values)
    }

    fn abort(&mut self, request: &Request) {
        let content = json!({ "status": "aborted", "execution_count": self.number });
        self.reply(request, "execute_reply", content);
    }

    fn complete(&mut self, request: &Request) {
        let Some(at) = self.content::<AtCursor>(request, "complete_reply") else {
            return;
        };
        let found = self
            .language
            .complete(&at.code, byte_offset(&at.code, at.cursor_pos));
        let start = code_points(&at.code, found.range.start);
        let end = code_points(&at.code, found.range.end);
        let matches: Vec<&str> = found
            .candidates
            .iter()
            .map(|one| one.text.as_str())
            .collect();
        let typed: Vec<Value> = found
            .candidates
            .iter()
            .map(|one| {
                json!({ "start": start, "end": end, "text": one.text, "type": one.kind,
                        "signature": one.signature })
            })
            .collect();
        let content = json!({
            "status": "ok",
            "matches": matches,
            "cursor_start": start,
            "cursor_end": end,
            "metadata": { "_jupyter_types_experimental": typed },
        });
        self.reply(request, "complete_reply", content);
    }

    fn inspect(&mut self, request: &Request) {
        let Some(at) = self.content::<AtCursor>(request, "inspect_reply") else {
            return;
        };
        let found = self
            .language
            .inspect(&at.code, byte_offset(&at.code, at.cursor_pos));
        let content = json!({
            "status": "ok",
            "found": found.is_some(),
            "data": found.unwrap_or_default(),
            "metadata": {},
        });
        self.reply(request, "inspect_reply", content);
    }

    fn publish_error(&self, parent: &ParentHeader, failure: &Failure) {
        let content = json!({
            "ename": failure.name,
            "evalue": failure.message,
            "traceback": failure.traceback,
        });
        self.iopub
            .send_blocking(Message::new("error", parent, content));
    }

    /// The content of a request, or an error reply that says what is wrong with it.
    fn content<T: DeserializeOwned>(
        &mut self,
        request: &Request,
        reply: &'static str,
    ) -> Option<T> {
        match serde_json::from_value(request.content.clone()) {
            Ok(content) => Some(content),
            Err(error) => {
                let content = malformed(&request.message_type, &error);
                self.reply(request, reply, content);
                None
            }
        }
    }

    fn reply(&mut self, request: &Request, message_type: &'static str, content: Value) {
        self.replies.send_blocking(
            request,
            Message::new(message_type, &request.header, content),
        );
    }
}

/// The content of a reply to a request whose own content is unusable.
pub(crate) fn malformed(message_type: &str, error: &serde_json::Error) -> Value {
    error_content(&Failure {
        name: "MalformedRequest".into(),
        message: format!("the content of this {message_type} is not of its shape: {error}"),
        traceback: vec![],
    })
}

fn error_content(failure: &Failure) -> Value {
    json!({
        "status": "error",
        "ename": failure.name,
        "evalue": failure.message,
        "traceback": failure.traceback,
    })
}

/// Jupyter counts in Unicode code points, Rust in bytes.
fn byte_offset(text: &str, code_points: usize) -> usize {
    text.char_indices()
        .nth(code_points)
        .map_or(text.len(), |(offset, _)| offset)
}

fn code_points(text: &str, byte_offset: usize) -> usize {
    text.char_indices()
        .take_while(|(offset, _)| *offset < byte_offset)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_characters_beyond_the_basic_plane() {
        let text = "let 🦀 = \"ä\";";
        for (points, (offset, _)) in text.char_indices().enumerate() {
            assert_eq!(byte_offset(text, points), offset);
            assert_eq!(code_points(text, offset), points);
        }
        assert_eq!(byte_offset(text, 1000), text.len());
        assert_eq!(code_points(text, text.len()), text.chars().count());
    }
}
