//! The queue of requests that wait for the thread that owns the language.

use crate::replies::PendingRequest;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Time without a request after which longer work ahead may begin.
const QUIET: Duration = Duration::from_secs(2);

/// Queue that the sockets' tasks fill and the language's thread empties.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(PendingRequest, Turn)>,
    /// Set while a cell runs.
    executing: bool,
    /// Set while the thread works ahead of requests.
    working_ahead: bool,
    closed: bool,
}

/// Treatment of a request when its turn comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Run,
    Abort,
}

fn is_cell(pending: &PendingRequest) -> bool {
    pending.request.message_type == "execute_request"
}

impl Queue {
    /// Queues a request, or returns it if the kernel is about to end.
    pub(crate) fn push(&self, pending: PendingRequest) -> Option<PendingRequest> {
        let mut state = self.lock();
        if state.closed {
            return Some(pending);
        }
        state.waiting.push_back((pending, Turn::Run));
        self.changed.notify_one();
        None
    }

    /// Tells whether the thread works ahead of requests.
    pub(crate) fn is_working_ahead(&self) -> bool {
        self.lock().working_ahead
    }

    /// Ends the thread after its present request; returns the requests behind that.
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

    /// Tells whether a new request would wait for a cell.
    pub(crate) fn is_executing(&self) -> bool {
        let state = self.lock();
        state.executing || state.waiting.iter().any(|(pending, _)| is_cell(pending))
    }

    /// Marks the cell as done, before its reply is sent.
    pub(crate) fn executed(&self) {
        self.lock().executing = false;
    }

    /// Returns the next request, once the last one is answered; calls `ahead` while there is none.
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
                // The second call comes after a longer quiet.
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

    /// Marks the queued cells as aborted after a failure; other requests stay.
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
