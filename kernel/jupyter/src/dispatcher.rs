//! Answers requests that need no language at once, and queues those that do.
//!
//! Nothing in here waits for a cell or for a subscriber that reads slowly.

use crate::catch_panic::catch_panic;
use crate::contents;
use crate::handlers::ControlHandler;
use crate::replies::{PendingRequest, Replies};
use crate::requests::{AtCursor, CommInfo, History, IsComplete, Shutdown};
use crate::shell::{Services, decline};
use crate::types::{Completeness, Description};
use crate::wire::{PROTOCOL_VERSION, Request};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::watch;

/// Takes the requests of one channel.
pub(crate) struct Dispatcher {
    pub(crate) control_handler: Arc<dyn ControlHandler>,
    pub(crate) services: Services,
    pub(crate) replies: Replies,
    pub(crate) down: watch::Sender<bool>,
}

impl Dispatcher {
    pub(crate) fn take(&self, request: Request) {
        tracing::debug!(message_type = request.message_type, "request");
        let pending = PendingRequest {
            request,
            replies: self.replies.clone(),
        };
        match pending.request.message_type.as_str() {
            "execute_request" => {
                wait(&self.services, pending);
                if self.services.queue.is_working_ahead() {
                    self.control_handler.hurry();
                }
            }
            // A request with a fault is not carried out, so it need not wait.
            _ if pending.request.fault.is_some() => self.answer(&pending),
            "comm_open" | "comm_msg" | "comm_close" => wait(&self.services, pending),
            "complete_request" | "inspect_request" if self.services.queue.is_executing() => {
                self.answer_meanwhile(pending);
            }
            "complete_request" | "inspect_request" => wait(&self.services, pending),
            _ => self.answer(&pending),
        }
    }

    fn answer(&self, pending: &PendingRequest) {
        let Request {
            message_type,
            header,
            ..
        } = &pending.request;
        let iopub = &self.services.iopub;
        iopub.status("busy", header);
        if let Some(name) = message_type.strip_suffix("_request") {
            let content = catch_panic(|| self.content(&pending.request))
                .unwrap_or_else(|failure| contents::error(&failure));
            pending.reply(format!("{name}_reply"), content);
        } else {
            let fault = pending
                .request
                .fault
                .as_deref()
                .unwrap_or("it is no request");
            tracing::debug!(message_type, fault, "a message nobody acts on");
        }
        iopub.status("idle", header);
        if message_type == "shutdown_request" && pending.request.fault.is_none() {
            let _ = self.down.send(true);
        }
    }

    /// The content of the reply to a request.
    fn content(&self, request: &Request) -> Value {
        if let Some(fault) = &request.fault {
            return contents::faulty(&request.message_type, fault);
        }
        match request.message_type.as_str() {
            "kernel_info_request" => kernel_info(&self.control_handler.describe()),
            "is_complete_request" => read(request, |content: IsComplete| {
                self.is_complete(&content.code)
            }),
            "comm_info_request" => read(request, |content: CommInfo| {
                self.services.comms.info(content.target_name.as_deref())
            }),
            "history_request" => read(request, |content: History| {
                tokio::task::block_in_place(|| self.services.history.reply(&content))
            }),
            "interrupt_request" => {
                self.control_handler.interrupt();
                self.services.input.withdraw();
                json!({ "status": "ok" })
            }
            "shutdown_request" => read(
                request,
                |content: Shutdown| json!({ "status": "ok", "restart": content.restart }),
            ),
            other => contents::not_supported(other),
        }
    }

    fn is_complete(&self, code: &str) -> Value {
        match self.control_handler.is_complete(code) {
            Completeness::Complete => json!({ "status": "complete" }),
            Completeness::Incomplete { indent } => {
                json!({ "status": "incomplete", "indent": indent })
            }
            Completeness::Invalid => json!({ "status": "invalid" }),
        }
    }

    /// Answers a request while a cell runs, if the language can do so outside its own thread.
    ///
    /// The answer may take a while, in which other requests are read.
    fn answer_meanwhile(&self, pending: PendingRequest) {
        let control_handler = Arc::clone(&self.control_handler);
        let services = self.services.clone();
        let Ok(permit) = Arc::clone(&services.meanwhile).try_read_owned() else {
            return wait(&services, pending);
        };
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let Ok(at) = serde_json::from_value::<AtCursor>(pending.request.content.clone()) else {
                return wait(&services, pending);
            };
            let (code, cursor) = (at.code.as_str(), at.offset());
            let (reply, found) = match pending.request.message_type.as_str() {
                "complete_request" => (
                    "complete_reply",
                    catch_panic(|| control_handler.complete_meanwhile(code, cursor))
                        .map(|found| found.map(|found| contents::completions(code, &found))),
                ),
                _ => (
                    "inspect_reply",
                    catch_panic(|| control_handler.inspect_meanwhile(code, cursor))
                        .map(|found| found.map(contents::inspection)),
                ),
            };
            match found {
                Ok(Some(content)) => {
                    services.iopub.status("busy", &pending.request.header);
                    pending.reply(reply, content);
                    services.iopub.status("idle", &pending.request.header);
                }
                Ok(None) => wait(&services, pending),
                Err(_) => {
                    tracing::error!("the language panicked over a question while a cell ran");
                    wait(&services, pending);
                }
            }
        });
    }
}

/// Queues a request for the language.
fn wait(services: &Services, pending: PendingRequest) {
    if let Some(pending) = services.queue.push(pending) {
        decline(&pending, &services.iopub);
    }
}

/// Makes the reply to a request from its content, or an error reply if that has another shape.
fn read<T: DeserializeOwned>(request: &Request, answer: impl FnOnce(T) -> Value) -> Value {
    match T::deserialize(&request.content) {
        Ok(content) => answer(content),
        Err(error) => contents::malformed(&request.message_type, &error),
    }
}

fn kernel_info(description: &Description) -> Value {
    let links: Vec<Value> = description
        .help_links
        .iter()
        .map(|(text, url)| json!({ "text": text, "url": url }))
        .collect();
    json!({
        "status": "ok",
        "protocol_version": PROTOCOL_VERSION,
        "implementation": description.implementation,
        "implementation_version": description.implementation_version,
        "language_info": description.language_info,
        "banner": description.banner,
        "help_links": links,
        "debugger": false,
        "supported_features": ["iopub_welcome"],
    })
}
