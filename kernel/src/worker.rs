//! The worker: the processes in which cells run.
//!
//! evcxr starts one and tells it on stdin which shared object to load and which
//! function to call; the answers go back on the stdout it was started with. That one, the
//! [`reaper`], hands both over to the [`supervisor`], a thread of the kernel; cells run in its
//! child, the [`executor`], of which there is always a [`snapshot`] to go on from. The user's
//! own stdin, stdout and stderr are other files: what a cell prints can be any bytes and
//! never meets the protocol. What a cell shows, and how it ends, goes through the port of
//! the runtime to a socket of the kernel.

mod crash;
mod descendants;
mod descriptors;
mod executor;
mod fd_guard;
mod fork_safe_mutex;
mod large_pages;
pub(crate) mod limits;
mod link;
pub(crate) mod message;
mod open_files;
mod panic_location;
mod port;
mod process_attributes;
mod reaper;
mod runtime;
pub(crate) mod shared_state;
mod shell;
pub(crate) mod snapshot;
pub(crate) mod streams;
pub(crate) mod supervisor;
mod termination;
mod thread_stacks;

use crate::toolchain::environment::{self, Layout};
use executor::Executor;
use hx_port::{Host, Interrupt};
use limits::Limits;
use link::Link;
use nix::sys::socket::MsgFlags;
use nix::unistd::{ForkResult, getpid};
use runtime::Runtime;
use shared_state::SharedState;
use snapshot::Lines;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::sync::atomic::Ordering;

/// What the worker hands over to the supervisor when it starts.
pub(crate) struct Introduction {
    shared: OwnedFd,
    commands: File,
    answers: File,
    link: Link,
    lines: Lines,
    obituaries: OwnedFd,
}

impl Introduction {
    fn send(&self, to: &OwnedFd) -> io::Result<()> {
        let files = [
            self.shared.as_fd(),
            self.commands.as_fd(),
            self.answers.as_fd(),
            self.link.as_fd(),
            self.lines.control.as_fd(),
            self.lines.deliveries.as_fd(),
            self.obituaries.as_fd(),
        ];
        descriptors::send(to, b"I", &files)
    }

    /// Waits for the next worker; `None` when there will be none.
    fn receive(from: &OwnedFd) -> Option<io::Result<Introduction>> {
        let (length, files) = match descriptors::receive(from, &mut [0], MsgFlags::empty()) {
            Ok(received) => received,
            Err(error) => return Some(Err(error)),
        };
        if length == 0 {
            return None;
        }
        let files = <[OwnedFd; 7]>::try_from(files);
        Some(match files {
            Ok(
                [
                    shared,
                    commands,
                    answers,
                    link,
                    control,
                    deliveries,
                    obituaries,
                ],
            ) => Ok(Introduction {
                shared,
                commands: commands.into(),
                answers: answers.into(),
                link: link.into(),
                lines: Lines {
                    control: control.into(),
                    deliveries: deliveries.into(),
                },
                obituaries,
            }),
            Err(_) => Err(io::Error::other(
                "a worker introduced itself with too little",
            )),
        })
    }
}

/// Prepares the command by which evcxr starts workers, of which each introduces itself.
pub(crate) fn introduce(command: &mut std::process::Command, introductions: &OwnedFd) {
    use std::os::fd::AsRawFd as _;
    use std::os::unix::process::CommandExt as _;
    let number = introductions.as_raw_fd();
    command.env(environment::INTRODUCTIONS, number.to_string());
    let leave_open = move || {
        // SAFETY: the supervisor's pair stays open for the life of the kernel.
        let file = unsafe { BorrowedFd::borrow_raw(number) };
        let none = nix::fcntl::FdFlag::empty();
        nix::fcntl::fcntl(file, nix::fcntl::FcntlArg::F_SETFD(none))?;
        Ok(())
    };
    // SAFETY: between fork and exec it makes one system call, and allocates nothing.
    unsafe { command.pre_exec(leave_open) };
}

/// The file that the kernel has left open for that, in the worker.
fn introductions() -> io::Result<OwnedFd> {
    let number = std::env::var(environment::INTRODUCTIONS).ok();
    let number = number.and_then(|text| text.parse::<RawFd>().ok());
    let number = number.ok_or_else(|| io::Error::other("only a kernel can start a worker"))?;
    // SAFETY: nobody else in this process knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Runs until the kernel ends.
///
/// # Errors
/// If the session's files or the runtime are not there. The stderr the worker
/// was started with hears of it, since by then the usual one may be the user's.
pub(crate) fn run() -> io::Result<()> {
    let stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?);
    let mut complaints = Some(stderr);
    let outcome = serve(&mut complaints);
    if let (Err(error), Some(mut stderr)) = (&outcome, complaints) {
        let _ = writeln!(stderr, "the worker cannot go on: {error}");
    }
    outcome
}

/// The life of a worker; `complaints` are taken until they become the user's.
fn serve(complaints: &mut Option<File>) -> io::Result<()> {
    // When the kernel is killed, nobody is left to tell.
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
    nix::sys::prctl::set_child_subreaper(true)?;
    let introductions = introductions()?;
    let page = SharedState::make()?;
    let shared = SharedState::map(&page)?;
    shared.reaper.store(getpid().as_raw(), Ordering::Release);
    let (its_link, link) = Link::pair()?;
    let (its_lines, lines) = Lines::pair()?;
    let (its_obituaries, obituaries) = descriptors::pair()?;
    let introduction = Introduction {
        shared: page,
        commands: File::from(io::stdin().as_fd().try_clone_to_owned()?),
        answers: File::from(io::stdout().as_fd().try_clone_to_owned()?),
        link: its_link,
        lines: its_lines,
        obituaries: its_obituaries,
    };
    // SAFETY: this process has one thread.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Child => {
            drop((introduction, introductions, obituaries));
            // A session of its own, and with it a process group: signals to those of the
            // kernel do not come here, nor does what a cell sends to its own go there.
            nix::unistd::setsid()?;
            shared.executor.store(getpid().as_raw(), Ordering::Release);
            let mut executor = prepare(shared, link, lines)?;
            // A line of evcxr's, and no cell is to come across it.
            *complaints = None;
            executor.work()
        }
        ForkResult::Parent { child } => {
            shared.executor.store(child.as_raw(), Ordering::Release);
            drop((link, lines));
            introduction.send(&introductions)?;
            drop((introduction, introductions));
            // evcxr is to see the supervisor's end of both, not this process's.
            let nothing = File::open("/dev/null")?;
            nix::unistd::dup2_stdin(&nothing)?;
            nix::unistd::dup2_stdout(&nothing)?;
            drop(nothing);
            reaper::serve(shared, &obituaries)
        }
    }
}

/// Makes an executor of this process.
fn prepare(shared: &'static SharedState, link: Link, lines: Lines) -> io::Result<Executor> {
    // The kernel has told whoever set them if they make no sense.
    let limits = Limits::of_the_environment().unwrap_or_default();
    snapshot::become_executor(shared)?;
    large_pages::ask_for_them();
    limits.restrict_this_process()?;
    let layout = Layout::of_this_session()?;
    let runtime = Runtime::load(&layout.runtime())?;
    streams::redirect(layout.directory(), runtime.flush)?;
    port::open(shared);
    port::connect(link, lines.control);
    // SAFETY: no cell has run yet, so this is the only thread.
    unsafe { environment::leave() };
    (runtime.attach)(Host { send: port::send });
    panic_location::tell(runtime.unwinds);
    thread_stacks::give();
    listen_to_interrupts(runtime.interrupt)?;
    Executor::new(shared, lines.deliveries, limits, runtime)
}

/// SIGINT only raises two flags, which long calls of the runtime and reads of stdin look at.
fn listen_to_interrupts(interrupt: Interrupt) -> io::Result<()> {
    // SAFETY: the handler calls two functions that store to an atomic each, which is
    // async-signal-safe.
    unsafe {
        signal_hook::low_level::register(signal_hook::consts::SIGINT, move || {
            interrupt(true);
            port::interrupt(true);
        })
    }?;
    Ok(())
}
