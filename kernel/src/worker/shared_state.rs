//! Shared state of supervisor, executor and snapshots: one page of shared memory,
//! which outlives any of them.
//!
//! The executor writes it, or the supervisor while there is none; the supervisor counts
//! commands and notes which limit is crossed, and a snapshot notes that it is there.
//!
//! It is a file without a name that nobody can shrink: a page that vanished would take the
//! kernel along, in which the supervisor lives.

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use serde::{Deserialize, Serialize};
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU32, AtomicU64, Ordering};

/// How many snapshots there can be at a time.
pub(crate) const SLOTS: usize = 8;

/// The page. All zeros is its beginning.
#[repr(C)]
pub(crate) struct SharedState {
    /// Process id of the reaper, the parent of the executor.
    pub(crate) reaper: AtomicI32,
    /// True if the reaper was killed, and the executor with it.
    pub(crate) reaper_is_gone: AtomicBool,
    /// Process id of the process in which cells run.
    pub(crate) executor: AtomicI32,
    /// How many commands of evcxr there were.
    pub(crate) commands: AtomicU64,
    /// Current task of the executor, a [`Task`].
    task: AtomicU8,
    /// Why the executor ends itself, a [`ExitReason`].
    exit_reason: AtomicU8,
    /// The limit the executor has crossed, a [`Limit`].
    limit: AtomicU8,
    /// True if the executor died because its stack was full.
    pub(crate) stack_is_full: AtomicBool,
    /// True if the executor copies itself, and the copy is not noted yet.
    pub(crate) is_copying: AtomicBool,
    /// How the last executor died: a wait status of the system.
    pub(crate) status: AtomicI32,
    /// The slot, counted from one, of the snapshot that takes over; 0 if there is none.
    current: AtomicU32,
    /// Counts snapshots.
    pub(crate) taken: AtomicU64,
    pub(crate) slots: [Slot; SLOTS],
}

/// Record of one snapshot.
#[repr(C)]
pub(crate) struct Slot {
    /// Its process id, 0 if the slot is free.
    pub(crate) process: AtomicI32,
    /// That of the one before it, which may still be on its way out.
    pub(crate) former: AtomicI32,
    /// After how many commands it was taken.
    pub(crate) after: AtomicU64,
    /// The cell before which it was taken, 0 if it is before none.
    pub(crate) cell: AtomicU32,
    /// Its number among all snapshots.
    pub(crate) number: AtomicU64,
}

/// Task of an executor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Task {
    Nothing = 0,
    /// A command of evcxr: a cell.
    Command = 1,
    /// Something the kernel has handed in.
    Delivery = 2,
    /// A line for the shell.
    ShellLine = 3,
}

/// Why an executor ends itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitReason {
    /// It does not.
    None = 0,
    /// The cell is to have had no effect.
    RollBack = 1,
    /// The session is to go on from an earlier snapshot.
    Undo = 2,
    /// The cell has closed the files by which the process is connected.
    Disconnected = 3,
}

/// A limit that whoever runs the kernel can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub(crate) enum Limit {
    None = 0,
    Memory = 1,
    Time = 2,
}

impl SharedState {
    /// Makes the page: the file by which another process can have it as well.
    pub(crate) fn make() -> io::Result<OwnedFd> {
        let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
        let file = memfd_create(c"shared", flags)?;
        nix::unistd::ftruncate(&file, size_of::<SharedState>() as i64)?;
        let seals = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
        fcntl(&file, FcntlArg::F_ADD_SEALS(seals))?;
        Ok(file)
    }

    /// Maps the page; it stays for the life of the process and its descendants.
    pub(crate) fn map(file: impl AsFd) -> io::Result<&'static SharedState> {
        use nix::sys::mman::{MapFlags, ProtFlags, mmap};
        let size = NonZeroUsize::new(size_of::<SharedState>()).expect("not empty");
        // SAFETY: the mapping is aligned to a page, never unmapped, and of a file that was
        // made of zeros and cannot shrink; all zeros is a valid shared state, which consists of
        // atomics only.
        unsafe {
            let page = mmap(
                None,
                size,
                ProtFlags::PROT_READ | ProtFlags::PROT_WRITE,
                MapFlags::MAP_SHARED,
                file,
                0,
            )?;
            Ok(page.cast::<SharedState>().as_ref())
        }
    }

    pub(crate) fn task(&self) -> Task {
        match self.task.load(Ordering::Acquire) {
            0 => Task::Nothing,
            1 => Task::Command,
            2 => Task::Delivery,
            _ => Task::ShellLine,
        }
    }

    pub(crate) fn set_task(&self, task: Task) {
        self.task.store(task as u8, Ordering::Release);
    }

    pub(crate) fn exit_reason(&self) -> ExitReason {
        match self.exit_reason.load(Ordering::Acquire) {
            0 => ExitReason::None,
            1 => ExitReason::RollBack,
            2 => ExitReason::Undo,
            _ => ExitReason::Disconnected,
        }
    }

    pub(crate) fn set_exit_reason(&self, exit_reason: ExitReason) {
        self.exit_reason.store(exit_reason as u8, Ordering::Release);
    }

    pub(crate) fn limit(&self) -> Limit {
        match self.limit.load(Ordering::Acquire) {
            0 => Limit::None,
            1 => Limit::Memory,
            _ => Limit::Time,
        }
    }

    pub(crate) fn set_limit(&self, limit: Limit) {
        self.limit.store(limit as u8, Ordering::Release);
    }

    /// The slot of the snapshot that takes over when the executor dies.
    pub(crate) fn current(&self) -> Option<usize> {
        let current = self.current.load(Ordering::Acquire) as usize;
        current.checked_sub(1)
    }

    pub(crate) fn set_current(&self, slot: Option<usize>) {
        let current = slot.map_or(0, |slot| slot as u32 + 1);
        self.current.store(current, Ordering::Release);
    }

    /// True if a process is, or was until just now, the executor, its reaper or a snapshot.
    pub(crate) fn is_own(&self, process: i32) -> bool {
        let is_snapshot = |slot: &Slot| {
            slot.process() == process || slot.former.load(Ordering::Acquire) == process
        };
        let leaders = [&self.executor, &self.reaper];
        leaders
            .iter()
            .any(|it| it.load(Ordering::Acquire) == process)
            || self.slots.iter().any(is_snapshot)
    }

    /// Snapshots that wait: slots and what is known of them.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (usize, &Slot)> {
        let slots = self.slots.iter().enumerate();
        slots.filter(|(_, slot)| slot.process() != 0)
    }
}

impl Slot {
    pub(crate) fn process(&self) -> i32 {
        self.process.load(Ordering::Acquire)
    }

    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    pub(crate) fn cell(&self) -> u32 {
        self.cell.load(Ordering::Acquire)
    }
}
