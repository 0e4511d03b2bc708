//! What is answered at once, whatever the language is busy with, and what waits.
//!
//! Nothing in here waits for a cell or for a subscriber that reads slowly.

use crate::contents;
use crate::guard::guarded;
use crate::language::Controls;
use crate::replies::{Job, Replies};
use crate::requests::{AtCursor, CommInfo, History, IsComplete, Shutdown};
use crate::shell::{Services, decline};
use crate::types::{Completeness, Description};
use crate::wire::{PROTOCOL_VERSION, Request};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::watch;

/// Takes the requests of one channel.
pub(crate) struct Answers {
    pub(crate) controls: Arc<dyn Controls>,
    pub(crate) services: Services,
    pub(crate) replies: Replies,
    pub(crate) down: watch::Sender<bool>,
}

impl Answers {
    pub(crate) fn take(&self, request: Request) {
        tracing::debug!(message_type = request.message_type, "request");
        let job = Job {
            request,
            replies: self.replies.clone(),
        };
        match job.request.message_type.as_str() {
            "execute_request" => {
                wait(&self.services, job);
                if self.services.queue.is_working_ahead() {
                    self.controls.hurry();
                }
            }
            // Nothing of it can be done, so it waits for nothing.
            _ if job.request.fault.is_some() => self.answer(&job),
            "comm_open" | "comm_msg" | "comm_close" => wait(&self.services, job),
            "complete_request" | "inspect_request" if self.services.queue.is_executing() => {
                self.answer_meanwhile(job);
            }
            "complete_request" | "inspect_request" => wait(&self.services, job),
            _ => self.answer(&job),
        }
    }

    fn answer(&self, job: &Job) {
        let Request {
            message_type,
            header,
            ..
        } = &job.request;
        let iopub = &self.services.iopub;
        iopub.status("busy", header);
        if let Some(name) = message_type.strip_suffix("_request") {
            let content = guarded(|| self.content(&job.request))
                .unwrap_or_else(|failure| contents::error(&failure));
            job.reply(format!("{name}_reply"), content);
        } else {
            let fault = job.request.fault.as_deref().unwrap_or("it is no request");
            tracing::debug!(message_type, fault, "a message nobody acts on");
        }
        iopub.status("idle", header);
        if message_type == "shutdown_request" && job.request.fault.is_none() {
            let _ = self.down.send(true);
        }
    }

    /// The content of the reply to a request.
    fn content(&self, request: &Request) -> Value {
        if let Some(fault) = &request.fault {
            return contents::faulty(&request.message_type, fault);
        }
        match request.message_type.as_str() {
            "kernel_info_request" => kernel_info(&self.controls.describe()),
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
                self.controls.interrupt();
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
        match self.controls.is_complete(code) {
            Completeness::Complete => json!({ "status": "complete" }),
            Completeness::Incomplete { indent } => {
                json!({ "status": "incomplete", "indent": indent })
            }
            Completeness::Invalid => json!({ "status": "invalid" }),
        }
    }

    /// A cell runs: perhaps the question has an answer without the language's
    /// thread. Finding one may take a while, in which other requests are read.
    fn answer_meanwhile(&self, job: Job) {
        let controls = Arc::clone(&self.controls);
        let services = self.services.clone();
        let Ok(pending) = Arc::clone(&services.meanwhile).try_read_owned() else {
            return wait(&services, job);
        };
        tokio::task::spawn_blocking(move || {
            let _pending = pending;
            let Ok(at) = serde_json::from_value::<AtCursor>(job.request.content.clone()) else {
                return wait(&services, job);
            };
            let (code, cursor) = (at.code.as_str(), at.offset());
            let (reply, found) = match job.request.message_type.as_str() {
                "complete_request" => (
                    "complete_reply",
                    guarded(|| controls.complete_meanwhile(code, cursor))
                        .map(|found| found.map(|found| contents::completions(code, &found))),
                ),
                _ => (
                    "inspect_reply",
                    guarded(|| controls.inspect_meanwhile(code, cursor))
                        .map(|found| found.map(contents::inspection)),
                ),
            };
            match found {
                Ok(Some(content)) => {
                    services.iopub.status("busy", &job.request.header);
                    job.reply(reply, content);
                    services.iopub.status("idle", &job.request.header);
                }
                Ok(None) => wait(&services, job),
                Err(_) => {
                    tracing::error!("the language panicked over a question while a cell ran");
                    wait(&services, job);
                }
            }
        });
    }
}

/// Lets a request wait for the language.
fn wait(services: &Services, job: Job) {
    if let Some(job) = services.queue.push(job) {
        decline(&job, &services.iopub);
    }
}

/// The reply to a request with a content of a certain shape.
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
