//! The requests that wait for the thread that owns the language.

use crate::replies::PendingRequest;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After how long without a request work may begin that a busy person should not wait for.
const QUIET: Duration = Duration::from_secs(2);

/// Filled by the sockets' tasks, emptied by the language's thread.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(PendingRequest, Turn)>,
    /// Whether a cell runs.
    executing: bool,
    /// Whether the thread does what nobody has asked for yet.
    working_ahead: bool,
    closed: bool,
}

/// What happens to a request when its turn comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Run,
    Abort,
}

fn is_cell(pending: &PendingRequest) -> bool {
    pending.request.message_type == "execute_request"
}

impl Queue {
    /// Lets a request wait, or gives it back if the kernel is about to end.
    pub(crate) fn push(&self, pending: PendingRequest) -> Option<PendingRequest> {
        let mut state = self.lock();
        if state.closed {
            return Some(pending);
        }
        state.waiting.push_back((pending, Turn::Run));
        self.changed.notify_one();
        None
    }

    /// Whether what waits does so for work that can wait.
    pub(crate) fn is_working_ahead(&self) -> bool {
        self.lock().working_ahead
    }

    /// Lets the thread end after the request it is at; gives back those behind it.
    pub(crate) fn close(&self) -> Vec<PendingRequest> {
        let mut state = self.lock();
        state.closed = true;
        self.changed.notify_one();
        state
            .waiting
            .drain(..)
            .map(|(pending, _)| pending)
            .collect()
    }

    /// Whether what comes now would wait for a cell.
    pub(crate) fn is_executing(&self) -> bool {
        let state = self.lock();
        state.executing || state.waiting.iter().any(|(pending, _)| is_cell(pending))
    }

    /// The cell is done; its reply comes.
    pub(crate) fn executed(&self) {
        self.lock().executing = false;
    }

    /// Waits for the next request, the last one being answered; does what `ahead`
    /// does while there is none.
    pub(crate) fn next(
        &self,
        mut ahead: impl FnMut(Duration) -> bool,
    ) -> Option<(PendingRequest, Turn)> {
        let began = Instant::now();
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some((pending, turn)) = state.waiting.pop_front() {
                state.executing = is_cell(&pending) && turn == Turn::Run;
                return Some((pending, turn));
            }
            state.working_ahead = true;
            drop(state);
            let quiet = began.elapsed();
            let did_something = ahead(quiet);
            state = self.lock();
            state.working_ahead = false;
            if did_something || !state.waiting.is_empty() || state.closed {
                continue;
            }
            state = match QUIET.checked_sub(quiet) {
                // Once more when it has been quiet for long enough.
                Some(left) if !left.is_zero() => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                _ => self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// A cell failed: cells already queued will not run. Nothing else is aborted.
    pub(crate) fn abort_waiting_cells(&self) {
        for (pending, turn) in &mut self.lock().waiting {
            if is_cell(pending) {
                *turn = Turn::Abort;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
