//! Stopping rust-analyzer, which evcxr asks for the types of variables and for completions.
//!
//! evcxr gives no access to the rust-analyzer in it, whose own way to be cancelled needs
//! that. But type inference passes through places where it offers the `tracing` crate a
//! line for the log, thousands in a millisecond, in the very thread that infers. There the
//! inference is unwound, with the value rust-analyzer itself unwinds with when it is
//! cancelled: it is written to be unwound from anywhere, keeps nothing of what it was at,
//! and is asked anew by the next cell.

use crate::processes;
use nix::unistd::Pid;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Event, Metadata, level_filters::LevelFilter};

/// How much more memory than before an analysis may take.
const MOST_MEMORY: u64 = 1 << 30;

/// After how many places the clock and the memory are looked at.
const ROUND: u32 = 1 << 14;

/// Why an analysis did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// Somebody asked for it.
    Asked,
    /// It took longer than it was given.
    TooLong,
    /// It took more than [`MOST_MEMORY`].
    TooLarge,
}

/// True if what runs in the engine's thread may be stopped.
static RUNNING: AtomicBool = AtomicBool::new(false);
/// The reason to stop, as a number; 0 is none.
static REASON: AtomicU8 = AtomicU8::new(0);

impl Stopped {
    const ALL: [Stopped; 3] = [Stopped::Asked, Stopped::TooLong, Stopped::TooLarge];

    fn demand(self) {
        REASON.store(self as u8 + 1, Ordering::Release);
    }

    /// What a cell fails with whose types were not inferred.
    pub(crate) fn into_error(self) -> evcxr::Error {
        let what = match self {
            Stopped::Asked => "was interrupted",
            Stopped::TooLong => "takes too long",
            Stopped::TooLarge => "takes more memory than a cell may have for that",
        };
        evcxr::Error::Message(format!(
            "telling the types of this cell's variables {what}: divide long chains and \
             expressions into several cells with a `let` each"
        ))
    }

    fn demanded() -> Option<Stopped> {
        let number = REASON.load(Ordering::Acquire);
        Stopped::ALL.into_iter().find(|it| *it as u8 + 1 == number)
    }
}

/// True if somebody waits for an analysis to end that nobody has asked for.
static HURRIED: AtomicBool = AtomicBool::new(false);

/// The limits of the analysis in this thread.
#[derive(Clone, Copy)]
struct Limits {
    /// True if it ends when somebody else needs the thread.
    yields: bool,
    until: Option<Instant>,
    memory: u64,
    places: u32,
}

thread_local! {
    /// There while this thread analyses.
    static LIMITS: Cell<Option<Limits>> = const { Cell::new(None) };
}

/// Stops the analysis that runs, if one does.
pub(crate) fn stop() {
    if RUNNING.load(Ordering::Acquire) {
        Stopped::Asked.demand();
    }
}

/// Ends an analysis ahead of time, if one runs, and lets none begin until a cell has.
pub(crate) fn hurry() {
    HURRIED.store(true, Ordering::Release);
}

/// A cell begins: after it there is time again.
pub(crate) fn relax() {
    HURRIED.store(false, Ordering::Release);
}

/// Runs what asks rust-analyzer something, so that it can be stopped, and stops by itself
/// after a time, if one is given, and before it takes all memory.
pub(crate) fn stoppable<T>(
    within: Option<Duration>,
    analyse: impl FnOnce() -> T,
) -> Result<T, Stopped> {
    limited(within, false, analyse)
}

/// The same for what nobody has asked for yet, unless somebody is in a [hurry].
pub(crate) fn ahead<T>(within: Duration, analyse: impl FnOnce() -> T) -> Result<T, Stopped> {
    if HURRIED.load(Ordering::Acquire) {
        return Err(Stopped::Asked);
    }
    let outcome = limited(Some(within), true, analyse);
    match HURRIED.load(Ordering::Acquire) {
        // Some of rust-analyzer's answers are empty when they are cancelled.
        true => Err(Stopped::Asked),
        false => outcome,
    }
}

fn limited<T>(
    within: Option<Duration>,
    yields: bool,
    analyse: impl FnOnce() -> T,
) -> Result<T, Stopped> {
    let before = memory();
    REASON.store(0, Ordering::Release);
    RUNNING.store(true, Ordering::Release);
    LIMITS.set(Some(Limits {
        yields,
        until: within.map(|time| Instant::now() + time),
        memory: before,
        places: 0,
    }));
    let outcome = catch_unwind(AssertUnwindSafe(analyse));
    LIMITS.set(None);
    RUNNING.store(false, Ordering::Release);
    let stopped = Stopped::demanded();
    if stopped.is_some() || memory() > before + (MOST_MEMORY >> 3) {
        forget_types();
    }
    match (outcome, stopped) {
        (Ok(outcome), _) => Ok(outcome),
        (Err(panic), Some(stopped)) if panic.is::<salsa::Cancelled>() => Err(stopped),
        (Err(panic), _) => resume_unwind(panic),
    }
}

/// A place where an analysis can end.
fn place() {
    let Some(mut limits) = LIMITS.get() else {
        return;
    };
    limits.places = limits.places.wrapping_add(1);
    LIMITS.set(Some(limits));
    if limits.places % ROUND == 0 {
        if limits.until.is_some_and(|until| Instant::now() > until) {
            Stopped::TooLong.demand();
        }
        if memory() > limits.memory + MOST_MEMORY {
            Stopped::TooLarge.demand();
        }
    }
    if limits.yields && HURRIED.load(Ordering::Relaxed) {
        Stopped::Asked.demand();
    }
    if REASON.load(Ordering::Relaxed) != 0 && !std::thread::panicking() {
        resume_unwind(Box::new(salsa::Cancelled::Local));
    }
}

/// The memory of this process, in bytes.
fn memory() -> u64 {
    processes::resident(Pid::this()).unwrap_or(0)
}

/// Makes rust-analyzer forget the types that nothing needs any more: it keeps every one
/// it has ever seen, and evcxr never asks it to look through them.
fn forget_types() {
    ra_ap_hir::clear_tls_solver_cache();
    // SAFETY: no analysis runs: only the engine's thread has rust-analyzer run, and that is
    // here, outside of it. So no type is in use that a result which is kept does not own,
    // and the solver's cache, which owns none, was emptied before.
    unsafe { ra_ap_hir::collect_ty_garbage() };
    // SAFETY: it takes no pointer and may be called at any time.
    unsafe { nix::libc::malloc_trim(0) };
}

/// A subscriber that makes the places of type inference known to this module, and is what
/// it wraps for everything else.
pub(crate) struct Places<S>(pub(crate) S);

/// Where salsa is about to call one of rust-analyzer's queries, any of which may unwind:
/// between two files that are read, say. What was found before stays.
const QUERY: &str = "salsa::function::execute";

/// The crates that parse, expand macros and infer types.
const CRATES: [&str; 8] = [
    "ra_ap_hir",
    "ra_ap_hir_def",
    "ra_ap_hir_expand",
    "ra_ap_hir_ty",
    "ra_ap_ide_completion",
    "ra_ap_mbe",
    "ra_ap_parser",
    "ra_ap_rustc_next_trait_solver",
];

/// True if a line for the log is offered in an analysis.
fn is_place(metadata: &Metadata<'_>) -> bool {
    let module = metadata.module_path().unwrap_or_default();
    if module == QUERY {
        return *metadata.level() == tracing::Level::INFO;
    }
    let name = module.split("::").next().unwrap_or_default();
    CRATES.contains(&name)
}

impl<S: Subscriber> Subscriber for Places<S> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_place(metadata) {
            return Interest::sometimes();
        }
        self.0.register_callsite(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        if is_place(metadata) {
            place();
            return false;
        }
        self.0.enabled(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.new_span(span)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.0.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.0.record_follows_from(span, follows);
    }

    fn event_enabled(&self, event: &Event<'_>) -> bool {
        self.0.event_enabled(event)
    }

    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }

    fn enter(&self, span: &Id) {
        self.0.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.0.exit(span);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.0.clone_span(id)
    }

    fn try_close(&self, id: Id) -> bool {
        self.0.try_close(id)
    }
}
