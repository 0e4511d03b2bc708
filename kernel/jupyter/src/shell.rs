//! The thread that owns the language and answers the requests that wait for their turn.
//!
//! Requests are taken in the order they came. When a cell fails, the cells queued behind it are
//! answered `aborted`.

use crate::catch_panic::catch_panic;
use crate::comms::{self, Comms};
use crate::contents;
use crate::handlers::ShellHandler;
use crate::history::History;
use crate::input::Input;
use crate::iopub::IoPub;
use crate::output::Output;
use crate::queue::{Queue, Turn};
use crate::replies::PendingRequest;
use crate::requests::{AtCursor, Execute};
use crate::types::{Cell, CommEvent, Failure, Stream};
use crate::wire::{Message, Request};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::RwLock;

/// Longest output in the history, in bytes: the beginning is enough to recognise a cell.
const LONGEST_OUTPUT: usize = 16 * 1024;

/// Services that the parts of a kernel share.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) iopub: IoPub,
    pub(crate) queue: Arc<Queue>,
    pub(crate) comms: Arc<Comms>,
    pub(crate) history: Arc<History>,
    pub(crate) input: Arc<Input>,
    /// Held for reading by each answer outside the language's thread: the kernel ends after them.
    pub(crate) meanwhile: Arc<RwLock<()>>,
}

pub(crate) struct Shell<L> {
    pub(crate) language: L,
    pub(crate) services: Services,
    /// Number of the last numbered cell.
    pub(crate) number: u32,
}

impl<L: ShellHandler> Shell<L> {
    /// Answers requests until the queue is closed.
    pub(crate) fn run(&mut self) {
        let queue = Arc::clone(&self.services.queue);
        loop {
            let ahead = |quiet| catch_panic(|| self.language.work_ahead(quiet)).unwrap_or(false);
            let Some((pending, turn)) = queue.next(ahead) else {
                return;
            };
            let parent = Arc::clone(&pending.request.header);
            self.services.iopub.status("busy", &parent);
            match pending.request.message_type.as_str() {
                "execute_request" if turn == Turn::Abort => abort(&pending),
                "execute_request" => {
                    let reply = self.execute(&pending);
                    // The front end may send its next request as soon as it has the reply.
                    queue.executed();
                    pending.reply("execute_reply", reply);
                }
                "complete_request" => self.complete(&pending),
                "inspect_request" => self.inspect(&pending),
                _ => self.comm(pending.request),
            }
            self.services.iopub.status("idle", &parent);
        }
    }

    /// Runs a cell; returns the content of the reply.
    fn execute(&mut self, pending: &PendingRequest) -> Value {
        let execute: Execute = match content(pending) {
            Ok(execute) => execute,
            Err(error) => return contents::executed(error, self.number, json!({})),
        };
        let counts = execute.store_history && !execute.silent;
        let number = self.number + 1;
        if counts {
            self.number = number;
        }
        if !execute.silent {
            let content = json!({ "code": execute.code, "execution_count": number });
            self.publish(&pending.request, "execute_input", content);
        }
        let output = Output::of_cell(
            self.services.iopub.clone(),
            Arc::clone(&self.services.comms),
            Arc::clone(&pending.request.header),
            (number, !execute.silent),
            self.services
                .input
                .begin(&pending.request, execute.allow_stdin),
        );
        let cell = Cell {
            code: execute.code,
            number,
            silent: execute.silent,
        };
        let outcome = self.run_cell(&cell, &output);
        self.services.input.end();
        let reply = match outcome {
            Ok(()) => {
                let expressions = execute.user_expressions.unwrap_or_default();
                let values = self.evaluate(&expressions);
                contents::executed(json!({ "status": "ok" }), number, values)
            }
            Err(failure) => {
                if execute.stop_on_error {
                    self.services.queue.abort_waiting_cells();
                }
                self.publish_error(&pending.request, &failure);
                contents::executed(contents::error(&failure), number, json!({}))
            }
        };
        if counts && !cell.code.trim().is_empty() {
            let value = output.text_of_value().map(shortened);
            self.services.history.record(number, &cell.code, value);
        }
        reply
    }

    fn run_cell(&mut self, cell: &Cell, output: &Output) -> Result<(), Failure> {
        // An empty cell does nothing, and is no reason to start a language.
        if cell.code.trim().is_empty() {
            return Ok(());
        }
        catch_panic(|| self.language.execute(cell, output)).and_then(|outcome| outcome)
    }

    fn evaluate(&mut self, expressions: &BTreeMap<String, String>) -> Value {
        if expressions.is_empty() {
            return json!({});
        }
        let values = match catch_panic(|| self.language.evaluate(expressions)) {
            Ok(values) => values,
            Err(failure) => expressions
                .keys()
                .map(|name| (name.clone(), Err(failure.clone())))
                .collect(),
        };
        let values: Map<String, Value> = values
            .into_iter()
            .map(|(name, outcome)| {
                let value = match outcome {
                    Ok(data) => json!({ "status": "ok", "data": data, "metadata": {} }),
                    Err(failure) => contents::error(&failure),
                };
                (name, value)
            })
            .collect();
        Value::Object(values)
    }

    fn complete(&mut self, pending: &PendingRequest) {
        let reply = content::<AtCursor>(pending).and_then(|at| {
            catch_panic(|| self.language.complete(&at.code, at.offset()))
                .map(|found| contents::completions(&at.code, &found))
                .map_err(|failure| contents::error(&failure))
        });
        pending.reply("complete_reply", reply.unwrap_or_else(|error| error));
    }

    fn inspect(&mut self, pending: &PendingRequest) {
        let reply = content::<AtCursor>(pending).and_then(|at| {
            catch_panic(|| self.language.inspect(&at.code, at.offset()))
                .map(contents::inspection)
                .map_err(|failure| contents::error(&failure))
        });
        pending.reply("inspect_reply", reply.unwrap_or_else(|error| error));
    }

    /// Passes on a comm message, or drops one that cannot be read: there is no reply to it.
    fn comm(&mut self, request: Request) {
        let parent = Arc::clone(&request.header);
        let comms = Arc::clone(&self.services.comms);
        let event = match comms::event(request) {
            Ok(event) => event,
            Err(_) => return tracing::warn!("dropped a comm message that is not of its shape"),
        };
        let opened = match &event {
            CommEvent::Open { id, target, .. } => {
                // The comm is open before the language gets the message, so that it can answer.
                comms.open(id, target);
                Some(id.clone())
            }
            CommEvent::Message { id, .. } if !comms.is_open(id) => {
                return tracing::debug!(id, "a message on a comm that is not open");
            }
            CommEvent::Message { .. } => None,
            CommEvent::Close { id, .. } => match comms.close(id) {
                true => None,
                false => return,
            },
        };
        let output = Output::of_comm(self.services.iopub.clone(), comms, Arc::clone(&parent));
        let taken = catch_panic(|| self.language.comm(event, &output));
        if let Err(failure) = &taken {
            output.stream(Stream::Stderr, &format!("{}\n", failure.message));
        }
        match opened {
            Some(id) if !taken.unwrap_or(false) => {
                output.comm_close(&id, json!({}), Map::new(), Vec::new());
            }
            _ => {}
        }
    }

    fn publish_error(&self, request: &Request, failure: &Failure) {
        let content = json!({
            "ename": failure.name,
            "evalue": failure.message,
            "traceback": failure.traceback,
        });
        self.publish(request, "error", content);
    }

    fn publish(&self, request: &Request, message_type: &'static str, content: Value) {
        let message = Message::new(message_type, &request.header, content);
        self.services.iopub.send_and_wait(&message);
    }
}

/// Answers a request that will not be carried out, since the kernel ends.
pub(crate) fn decline(pending: &PendingRequest, iopub: &IoPub) {
    let parent = &pending.request.header;
    iopub.status("busy", parent);
    match pending.request.message_type.as_str() {
        "execute_request" => abort(pending),
        other => {
            if let Some(name) = other.strip_suffix("_request") {
                let content = contents::error(&Failure {
                    name: "ShuttingDown".into(),
                    message: "the kernel is about to end".into(),
                    traceback: vec![],
                });
                pending.reply(format!("{name}_reply"), content);
            }
        }
    }
    iopub.status("idle", parent);
}

fn abort(pending: &PendingRequest) {
    // No number: a front end would show it, and the cell has none.
    pending.reply("execute_reply", json!({ "status": "aborted" }));
}

/// Reads the content of a request, or makes that of a reply which names the error in it.
fn content<T: DeserializeOwned>(pending: &PendingRequest) -> Result<T, Value> {
    let Request {
        content,
        message_type,
        fault,
        ..
    } = &pending.request;
    if let Some(fault) = fault {
        return Err(contents::faulty(message_type, fault));
    }
    T::deserialize(content).map_err(|error| contents::malformed(message_type, &error))
}

fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_OUTPUT {
        text.truncate(text.floor_char_boundary(LONGEST_OUTPUT));
        text.push('…');
    }
    text
}
