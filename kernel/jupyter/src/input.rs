//! Input: a cell asks the person in front of the notebook.
//!
//! The question goes, on the stdin channel, only to the front end that sent the cell. The answer
//! comes later on a thread of the sockets; every question gets exactly one, with the text or the
//! reason why there is none.

use crate::replies::Replies;
use crate::requests::InputReply;
use crate::wire::{Message, ParentHeader, Request};
use bytes::Bytes;
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// Attempts to reach a front end's socket for questions.
///
/// A front end connects its sockets one after the other, so the first attempts may fail.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// Reason why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InputRefused {
    /// The front end has no support for input.
    #[error("this front end does not support input")]
    NotAllowed,
    /// The cell has ended, or was interrupted, or the kernel shuts down.
    #[error("the cell ended before the input came")]
    Withdrawn,
    /// The front end is gone, has no channel for questions, or sent an unreadable answer.
    #[error("the front end cannot be reached for input")]
    Unreachable,
}

/// Receiver of an answer. Called once, from any thread; must not block.
pub type Answer = Box<dyn FnOnce(Result<String, InputRefused>) + Send>;

/// The questions of one kernel.
pub(crate) struct Input {
    replies: Replies,
    runtime: Handle,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Number of cells that could ask so far.
    cells: u64,
    /// The cell that may ask.
    current: Option<u64>,
    questions: Vec<Question>,
}

struct Question {
    message_id: String,
    identities: Vec<Bytes>,
    answer: Answer,
}

/// The right of one cell to ask.
pub(crate) struct Asker {
    input: Arc<Input>,
    cell: u64,
    allowed: bool,
    identities: Vec<Bytes>,
    parent: ParentHeader,
}

impl Input {
    pub(crate) fn new(replies: Replies, runtime: Handle) -> Input {
        Input {
            replies,
            runtime,
            state: Mutex::default(),
        }
    }

    /// Begins a cell, which may ask until [`Input::end`].
    pub(crate) fn begin(self: &Arc<Input>, request: &Request, allowed: bool) -> Asker {
        let mut state = self.lock();
        state.cells += 1;
        state.current = Some(state.cells);
        Asker {
            input: Arc::clone(self),
            cell: state.cells,
            allowed,
            identities: request.identities.clone(),
            parent: Arc::clone(&request.header),
        }
    }

    /// Withdraws all open questions; the cell, if one runs, may ask again.
    pub(crate) fn withdraw(&self) {
        let questions = std::mem::take(&mut self.lock().questions);
        for question in questions {
            (question.answer)(Err(InputRefused::Withdrawn));
        }
    }

    /// Ends the cell's right to ask, and withdraws its questions.
    pub(crate) fn end(&self) {
        self.lock().current = None;
        self.withdraw();
    }

    /// Takes a message of the stdin channel; drops one that answers no question.
    pub(crate) fn take(&self, reply: &Request) {
        if reply.message_type != "input_reply" {
            return tracing::warn!("something else than an input_reply on the stdin channel");
        }
        let question = {
            let mut state = self.lock();
            let answered = state.questions.iter().position(|question| {
                question.identities == reply.identities
                    && reply
                        .answers
                        .as_ref()
                        .is_none_or(|id| *id == question.message_id)
            });
            answered.map(|index| state.questions.remove(index))
        };
        let Some(question) = question else {
            return tracing::debug!("an input_reply nobody waits for");
        };
        match InputReply::deserialize_from(reply) {
            Some(value) => (question.answer)(Ok(value)),
            None => (question.answer)(Err(InputRefused::Unreachable)),
        }
    }

    /// Removes a question, if it is still open.
    fn remove(&self, message_id: &str) -> Option<Question> {
        let mut state = self.lock();
        let index = state
            .questions
            .iter()
            .position(|one| one.message_id == message_id)?;
        Some(state.questions.remove(index))
    }

    fn is_open(&self, message_id: &str) -> bool {
        self.lock()
            .questions
            .iter()
            .any(|one| one.message_id == message_id)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InputReply {
    fn deserialize_from(reply: &Request) -> Option<String> {
        serde_json::from_value::<InputReply>(reply.content.clone())
            .ok()
            .map(|reply| reply.value)
    }
}

impl Asker {
    pub(crate) fn ask(&self, prompt: &str, password: bool, answer: Answer) {
        if !self.allowed {
            return answer(Err(InputRefused::NotAllowed));
        }
        let content = json!({ "prompt": prompt, "password": password });
        let message = Message::new("input_request", &self.parent, content);
        {
            let mut state = self.input.lock();
            if state.current != Some(self.cell) {
                drop(state);
                return answer(Err(InputRefused::Withdrawn));
            }
            state.questions.push(Question {
                message_id: message.id.clone(),
                identities: self.identities.clone(),
                answer,
            });
        }
        if !self.input.replies.send(&self.identities, &message) {
            let retry = retry(Arc::clone(&self.input), self.identities.clone(), message);
            self.input.runtime.spawn(retry);
        }
    }
}

/// Sends a question as soon as its front end is connected.
async fn retry(input: Arc<Input>, identities: Vec<Bytes>, message: Message) {
    for _ in 0..ATTEMPTS {
        tokio::time::sleep(PAUSE).await;
        if !input.is_open(&message.id) || input.replies.send(&identities, &message) {
            return;
        }
    }
    if let Some(question) = input.remove(&message.id) {
        (question.answer)(Err(InputRefused::Unreachable));
    }
}
