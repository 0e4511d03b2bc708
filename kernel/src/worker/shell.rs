//! Lines for the shell: `!ls`.
//!
//! They run where cells run, below the executor: in the directory and with the environment
//! that cells have set, watched by the same limits, and ended with everything else. What
//! they print goes to the user's own streams as it comes; there is nothing on their stdin.

use super::message::ShellEnding;
use super::port;
use crate::processes;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::os::fd::AsFd as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Polling interval for a stop request, where the end of the line causes no wake-up.
const INTERVAL: Duration = Duration::from_millis(10);
/// How long an interrupted line has to stop by itself.
const GRACE: Duration = Duration::from_millis(300);

/// Runs a line until its shell ends; what it has put into the background goes on.
pub(crate) fn run(line: &str) -> ShellEnding {
    port::begin();
    let started = Command::new("sh")
        .args(["-c", line])
        .stdin(Stdio::null())
        // A group of its own, which an interrupt ends.
        .process_group(0)
        .spawn();
    match started.and_then(|mut child| wait(&mut child)) {
        Ok(status) => match status.signal() {
            Some(number) => ShellEnding::Signal(processes::name_of_signal(number)),
            None => ShellEnding::Exit(status.code().unwrap_or(0)),
        },
        Err(error) => ShellEnding::NotStarted(error.to_string()),
    }
}

/// Waits for the end of a line, and hastens it if the user wishes so.
fn wait(child: &mut Child) -> std::io::Result<ExitStatus> {
    let group = Pid::from_raw(child.id() as i32);
    let end = processes::watch_end(group);
    let mut asked: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if port::is_interrupted() {
            let since = *asked.get_or_insert_with(|| {
                let _ = killpg(group, Signal::SIGINT);
                Instant::now()
            });
            if since.elapsed() >= GRACE {
                let _ = killpg(group, Signal::SIGKILL);
            }
        }
        match &end {
            Some(end) => {
                let mut waited = [PollFd::new(end.as_fd(), PollFlags::POLLIN)];
                // An interrupt ends the waiting early.
                let _ = poll(&mut waited, PollTimeout::from(50u8));
            }
            None => std::thread::sleep(INTERVAL),
        }
    }
}
