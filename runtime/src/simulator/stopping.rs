//! One run at a time, and its end before its time.

use crate::Error;
use std::sync::atomic::{AtomicBool, Ordering};

/// Numbers and spikes dealt with between two looks at the wish to stop: less than a
/// millisecond.
pub(super) const BETWEEN_LOOKS: usize = 1 << 14;

/// Whether a run is under way on the chip of this process, in whichever thread.
static UNDER_WAY: AtomicBool = AtomicBool::new(false);

/// The right to run: there is one, and dropping it gives it back.
pub(super) struct Turn(());

impl Turn {
    /// Takes it, unless another thread has it.
    pub fn take() -> Result<Turn, Error> {
        match UNDER_WAY.swap(true, Ordering::AcqRel) {
            false => Ok(Turn(())),
            true => Err(Error::RunUnderWay),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        UNDER_WAY.store(false, Ordering::Release);
    }
}

/// The thread that ran is gone, and its turn with it.
pub(crate) fn forget_lost_run() {
    UNDER_WAY.store(false, Ordering::Release);
}

/// The wish to stop as one run sees it: once it was there, it stays.
pub(super) struct Wish<'a> {
    ask: &'a (dyn Fn() -> bool + Sync),
    was_there: AtomicBool,
}

impl<'a> Wish<'a> {
    /// The wish that `ask` knows of.
    pub fn new(ask: &'a (dyn Fn() -> bool + Sync)) -> Wish<'a> {
        Wish {
            ask,
            was_there: AtomicBool::new(false),
        }
    }

    /// Asks whether to stop.
    pub fn to_stop(&self) -> bool {
        let stop = self.was_granted() || (self.ask)();
        if stop {
            self.was_there.store(true, Ordering::Relaxed);
        }
        stop
    }

    /// Whether it was there when it was last asked for.
    pub fn was_granted(&self) -> bool {
        self.was_there.load(Ordering::Relaxed)
    }
}
