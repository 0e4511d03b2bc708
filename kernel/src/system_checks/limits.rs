//! What the system lets a process have (`ulimit`).

use super::outcome::Outcome;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Files that a kernel with one front end, and the compilers it starts, have open.
const LEAST_FILES: u64 = 64;
/// As many as a kernel makes use of.
const ENOUGH_FILES: u64 = 4096;
/// What rust-analyzer and a compiler that optimises reserve, in MiB.
const LEAST_ADDRESSES: u64 = 2000;
/// A compiled cell of many lines, in MiB.
const LEAST_FILE: u64 = 1;
/// Threads of a kernel, of its workers and of a compiler, beyond those there are.
const LEAST_THREADS: usize = 40;
/// As many connections as are of use.
const MOST_CONNECTIONS: usize = 512;

const MIB: u64 = 1 << 20;

/// Lets this process open as many files as it may, within reason: front ends connect, and
/// the usual limit is low.
pub(crate) fn raise_open_files() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < ENOUGH_FILES.min(hard)
    {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, ENOUGH_FILES.min(hard), hard);
    }
}

/// How many connections leave the process most of the files it may open.
pub(crate) fn connections() -> usize {
    let (files, _) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((ENOUGH_FILES, ENOUGH_FILES));
    usize::try_from(files / 4).map_or(MOST_CONNECTIONS, |share| share.min(MOST_CONNECTIONS))
}

pub(super) fn open_files() -> Outcome {
    // What a process may ask for is given to the kernel.
    let (_, most) = limit(Resource::RLIMIT_NOFILE)?;
    if most < LEAST_FILES {
        return Err(format!(
            "only {most} files may be open at a time and a session needs {LEAST_FILES}: say `ulimit -n 1024` before Jupyter is started, or ask whoever runs this machine"
        ));
    }
    Ok(amount(most, 1, ""))
}

pub(super) fn address_space() -> Outcome {
    let mut least = RLIM_INFINITY;
    for (resource, letter) in [(Resource::RLIMIT_AS, 'v'), (Resource::RLIMIT_DATA, 'd')] {
        let (bytes, _) = limit(resource)?;
        if bytes / MIB < LEAST_ADDRESSES {
            return Err(format!(
                "a process may use {} MiB of addresses and the analysis of cells needs {LEAST_ADDRESSES}: say `ulimit -{letter} unlimited` before Jupyter is started (HXKERNEL_MEMORY_LIMIT bounds the memory of cells)",
                bytes / MIB
            ));
        }
        least = least.min(bytes);
    }
    Ok(amount(least, MIB, " MiB"))
}

pub(super) fn size_of_files() -> Outcome {
    let (bytes, _) = limit(Resource::RLIMIT_FSIZE)?;
    if bytes / MIB < LEAST_FILE {
        return Err(format!(
            "a file may have {} KiB and a compiled cell is larger: say `ulimit -f unlimited` before Jupyter is started",
            bytes / 1024
        ));
    }
    Ok(amount(bytes, MIB, " MiB"))
}

/// Tries it, since the limit may be the user's, the container's or the system's.
pub(super) fn processes() -> Outcome {
    let is_over = Arc::new(AtomicBool::new(false));
    let mut threads = Vec::new();
    while threads.len() < LEAST_THREADS {
        let is_over = Arc::clone(&is_over);
        let wait = move || {
            while !is_over.load(Ordering::Acquire) {
                std::thread::park();
            }
        };
        match std::thread::Builder::new()
            .stack_size(16 * 1024)
            .spawn(wait)
        {
            Ok(thread) => threads.push(thread),
            Err(_) => break,
        }
    }
    let count = threads.len();
    is_over.store(true, Ordering::Release);
    for thread in threads {
        thread.thread().unpark();
        let _ = thread.join();
    }
    if count < LEAST_THREADS {
        return Err(format!(
            "only {count} more processes or threads can be started and a session needs {LEAST_THREADS}: end some, or raise the limit (`ulimit -u`, or that of the container)"
        ));
    }
    Ok("enough can be started".into())
}

fn limit(resource: Resource) -> Result<(u64, u64), String> {
    getrlimit(resource).map_err(|error| format!("the limits of a process cannot be asked: {error}"))
}

fn amount(value: u64, unit: u64, name: &str) -> String {
    match value == RLIM_INFINITY {
        true => "unlimited".into(),
        false => format!("{}{name}", value / unit),
    }
}
