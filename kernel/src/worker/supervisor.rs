//! The supervisor: a thread of the kernel that watches over the processes of the cells.
//!
//! It alone speaks to evcxr, so that evcxr hears of each command exactly once, whatever
//! becomes of the process that runs it; and it sees that process die. It lives in the kernel
//! and not in a process of its own since it must outlive all that a cell can reach. evcxr
//! starts the [`reaper`](super::reaper), whose stdin and stdout are handed over to here.
//!
//! A snapshot takes over by what it is handed then: new lines to the supervisor and the
//! kernel, by a door that no cell had a hand on.

use super::executor::cell_of;
use super::limits::{Found, Limits, Watch};
use super::link::{self, FromExecutor, Link};
use super::reaper::Obituary;
use super::shared_state::{ExitReason, SLOTS, SharedState, Task};
use super::snapshot::{Handover, Lines};
use super::{Introduction, descriptors, termination};
use crate::processes::{signal, watch_end};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::socket::MsgFlags;
use nix::unistd::Pid;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::fd::{AsFd as _, OwnedFd, RawFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

/// A line evcxr cannot read, since it is no UTF-8. evcxr then takes the command for
/// failed and forgets everything it has noted of the cell: as if it had never been.
const UNREADABLE: &[u8] = b"\xff\n";
/// How many compiled cells stay on the disk, where a backtrace finds their lines.
const CELLS_ON_DISK: usize = 50;
const COMPLETE: &[u8] = b"EVCXR_EXECUTION_COMPLETE\n";
/// Largest number of snapshots in a row that may die right after taking over.
const ATTEMPTS: usize = 12;
/// After this time it has taken over for good.
const SETTLED: Duration = Duration::from_secs(1);
/// How long a snapshot has to take over.
const SUCCESSOR_TIMEOUT: Duration = Duration::from_secs(30);
/// How long it takes at most until the end of a process is reported that has ended.
const REPORT: Duration = Duration::from_secs(1);

/// Connections to a cell process that is running, or running again.
pub(crate) enum Connection {
    /// The kernel's ends of its lines.
    Made(Lines),
    /// There is no process any more.
    Lost,
}

/// Starts the thread. evcxr's worker is given what is returned, `worker` is always the
/// process in which cells run, and `connect` hears of each.
pub(crate) fn start(
    limits: Limits,
    worker: Arc<AtomicI32>,
    connect: impl Fn(Connection) + Send + 'static,
) -> io::Result<OwnedFd> {
    let (ours, theirs) = descriptors::pair()?;
    std::thread::Builder::new()
        .name("supervisor".into())
        .spawn(move || {
            let connect: &dyn Fn(Connection) = &connect;
            // Another one comes when evcxr starts its worker again.
            while let Some(introduction) = Introduction::receive(&ours) {
                let supervisor = introduction.and_then(|introduction| {
                    Supervisor::new(introduction, limits, &worker, &ours, connect)
                });
                let outcome = supervisor.and_then(|mut supervisor| {
                    let outcome = supervisor.work();
                    supervisor.end_everybody();
                    outcome
                });
                if let Err(error) = outcome {
                    tracing::error!(%error, "the processes of the cells are given up");
                }
                worker.store(0, Ordering::Release);
                connect(Connection::Lost);
            }
        })?;
    Ok(theirs)
}

struct Supervisor<'a> {
    shared: &'static SharedState,
    link: Link,
    /// By which snapshots are woken, and see this process end.
    doors: [Option<OwnedFd>; SLOTS],
    /// From evcxr, and the beginning of a line that has not come whole.
    commands: File,
    commanded: Vec<u8>,
    /// To evcxr.
    answers: File,
    /// How processes end; closed when the reaper has.
    obituaries: OwnedFd,
    /// The number of the last snapshot that may not be a descendant of the reaper.
    older: u64,
    /// Becomes readable when the executor ends, whether or not that is reported.
    end: Option<OwnedFd>,
    /// When it must have been reported.
    reported: Option<Instant>,
    /// When an executor must have ended whose line is cut.
    cut: Option<Instant>,
    watch: Watch,
    /// The command evcxr waits for.
    command: Option<String>,
    /// The files of the last cells.
    cells: VecDeque<PathBuf>,
    /// While a snapshot takes over: what is known of it.
    successor: Option<Successor>,
    /// The user's files that the executor has handed over before it ended, and their numbers.
    handed_over: Vec<(RawFd, OwnedFd)>,
    /// How many snapshots have taken over, or tried to, one right after the other, and when
    /// the last one has.
    attempts: usize,
    recovered: Option<Instant>,
    /// The kernel's ends of the lines to the executor.
    lines: Lines,
    /// Process id of the executor, for the rest of the kernel.
    worker: &'a AtomicI32,
    /// Channel by which the next worker introduces itself.
    introductions: &'a OwnedFd,
    connect: &'a dyn Fn(Connection),
}

/// A snapshot that takes over.
struct Successor {
    /// After how many commands it was taken.
    after: u64,
    /// True if the one that died had begun with the command evcxr waits for.
    had_begun: bool,
    /// When it must have taken over.
    until: Instant,
}

impl<'a> Supervisor<'a> {
    fn new(
        introduction: Introduction,
        limits: Limits,
        worker: &'a AtomicI32,
        introductions: &'a OwnedFd,
        connect: &'a dyn Fn(Connection),
    ) -> io::Result<Supervisor<'a>> {
        let shared = SharedState::map(&introduction.shared)?;
        let executor = shared.executor.load(Ordering::Acquire);
        worker.store(executor, Ordering::Release);
        let supervisor = Supervisor {
            shared,
            link: introduction.link,
            doors: Default::default(),
            commands: introduction.commands,
            commanded: Vec::new(),
            answers: introduction.answers,
            obituaries: introduction.obituaries,
            older: 0,
            end: watch_end(Pid::from_raw(executor)),
            reported: None,
            cut: None,
            watch: Watch::new(limits, shared),
            command: None,
            cells: VecDeque::new(),
            successor: None,
            handed_over: Vec::new(),
            attempts: 0,
            recovered: None,
            lines: introduction.lines,
            worker,
            introductions,
            connect,
        };
        supervisor.announce()?;
        Ok(supervisor)
    }

    /// Tells the rest of the kernel which lines lead to the executor.
    fn announce(&self) -> io::Result<()> {
        (self.connect)(Connection::Made(Lines {
            control: self.lines.control.try_clone()?,
            deliveries: self.lines.deliveries.try_clone()?,
        }));
        Ok(())
    }

    fn work(&mut self) -> io::Result<()> {
        loop {
            let mut waited = vec![
                PollFd::new(self.commands.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.obituaries.as_fd(), PollFlags::POLLIN),
            ];
            // A line that is cut, and an end that is known, would be reported again and again.
            let link = self.cut.is_none().then_some(self.link.as_fd());
            let end = self.end.as_ref().map(OwnedFd::as_fd);
            let (has_link, has_end) = (link.is_some(), end.is_some());
            let others = link.into_iter().chain(end);
            waited.extend(others.map(|file| PollFd::new(file, PollFlags::POLLIN)));
            match poll(&mut waited, self.patience()) {
                Err(nix::errno::Errno::EINTR) => continue,
                result => result?,
            };
            let mut events = waited
                .iter()
                .map(|one| one.revents().unwrap_or(PollFlags::POLLNVAL));
            let mut next = |is_there| match is_there {
                true => events.next().unwrap_or(PollFlags::empty()),
                false => PollFlags::empty(),
            };
            let (commanded, reported) = (!next(true).is_empty(), !next(true).is_empty());
            let (told, ended) = (next(has_link), !next(has_end).is_empty());
            if !told.is_empty() {
                self.hear()?;
            }
            if told.contains(PollFlags::POLLHUP) {
                self.cut = Some(Instant::now() + REPORT);
            }
            if ended {
                self.end = None;
                self.reported = Some(Instant::now() + REPORT);
            }
            if reported && !self.bury()? {
                return Ok(());
            }
            if commanded && !self.forward()? {
                return Ok(());
            }
            self.look_after_the_late();
            if let Found::OffspringEnded(limit) = self.watch.look() {
                self.link.command(link::offspring_ended(limit))?;
            }
        }
    }

    /// How long nothing needs to be looked at.
    fn patience(&self) -> PollTimeout {
        let late = [
            self.reported,
            self.cut,
            self.successor.as_ref().map(|successor| successor.until),
        ];
        let late = late
            .into_iter()
            .flatten()
            .map(|until| until.saturating_duration_since(Instant::now()));
        let patience = late.chain(self.watch.patience()).min();
        patience.map_or(PollTimeout::NONE, |patience| {
            // Rounded up: a wait of nothing would spin.
            PollTimeout::try_from(patience.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::MAX)
        })
    }

    /// Passes commands on; `false` when evcxr has no more.
    fn forward(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 4096];
        let length = match self.commands.read(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(true),
            outcome => outcome?,
        };
        self.commanded.extend_from_slice(&bytes[..length]);
        while let Some(end) = self.commanded.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.commanded.drain(..=end).collect();
            self.shared.commands.fetch_add(1, Ordering::AcqRel);
            let line = String::from_utf8_lossy(&line[..end]).into_owned();
            // Who takes over throws away what waits for it, and is given it again.
            if self.successor.is_none() {
                // Whoever it is lost with is found dead, and then it is given again.
                let _ = self.link.command(&line);
            }
            self.forget_old_cells(&line);
            self.command = Some(line);
        }
        Ok(length > 0)
    }

    /// Removes the files of cells long past: loaded code stays, and a session of
    /// thousands of cells would fill the disk.
    fn forget_old_cells(&mut self, command: &str) {
        if let Some((path, _)) = cell_of(command) {
            self.cells.push_back(path.to_owned());
        }
        while self.cells.len() > CELLS_ON_DISK {
            let oldest = self.cells.pop_front();
            let _ = oldest.map(std::fs::remove_file);
        }
    }

    /// Takes what the executor has told.
    fn hear(&mut self) -> io::Result<()> {
        while let Some(message) = self.link.next_told()? {
            match message {
                FromExecutor::Begun => {
                    self.attempts = 0;
                    self.watch.begin();
                }
                FromExecutor::Over => self.watch.end(),
                FromExecutor::Line(line) => {
                    self.answers.write_all(format!("{line}\n").as_bytes())?;
                }
                FromExecutor::Complete => self.answer(COMPLETE)?,
                FromExecutor::Recovered => self.go_on()?,
                FromExecutor::Files(files) => self.handed_over.extend(files),
                FromExecutor::Door(slot, door) => {
                    if let Some(place) = self.doors.get_mut(slot) {
                        *place = Some(door);
                    }
                }
            }
        }
        Ok(())
    }

    /// A snapshot has taken over: sees to the command evcxr waits for.
    fn go_on(&mut self) -> io::Result<()> {
        let Some(successor) = self.successor.take() else {
            return Ok(());
        };
        self.handed_over.clear();
        self.recovered = Some(Instant::now());
        let executor = self.shared.executor.load(Ordering::Acquire);
        self.worker.store(executor, Ordering::Release);
        self.end = watch_end(Pid::from_raw(executor));
        let Some(line) = &self.command else {
            return Ok(());
        };
        if successor.after == self.shared.commands.load(Ordering::Acquire) {
            // It died after the cell, with the answer on its lips.
            self.answer(COMPLETE)
        } else if successor.had_begun {
            self.answer(UNREADABLE)
        } else {
            let _ = self.link.command(line);
            Ok(())
        }
    }

    fn answer(&mut self, line: &[u8]) -> io::Result<()> {
        self.watch.end();
        self.command = None;
        self.answers.write_all(line)
    }

    /// Reads who has died. If it was the executor, its snapshot takes over. `false` if all
    /// is over.
    fn bury(&mut self) -> io::Result<bool> {
        let mut bytes = [0; Obituary::SIZE];
        loop {
            match descriptors::receive(&self.obituaries, &mut bytes, MsgFlags::MSG_DONTWAIT) {
                Ok((Obituary::SIZE, _)) => {
                    let Obituary { process, status } = Obituary::from_bytes(bytes);
                    if process == self.shared.executor.load(Ordering::Acquire) {
                        // Messages it sent before its death remain valid.
                        self.hear()?;
                        self.shared.status.store(status, Ordering::Release);
                        self.replace(false)?;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                _ => break,
            }
        }
        // The reaper is gone. If evcxr has ended it, that is the end.
        if self.command.is_none() && self.evcxr_has_left() {
            return Ok(false);
        }
        tracing::warn!("the parent of the processes of the cells was killed");
        let executor = self.shared.executor.load(Ordering::Acquire);
        // It ends with its parent, unless a cell has changed that.
        signal(executor, Signal::SIGKILL);
        if let Some(end) = &self.end {
            let milliseconds = REPORT.as_millis() as u16;
            let _ = poll(
                &mut [PollFd::new(end.as_fd(), PollFlags::POLLIN)],
                milliseconds,
            );
        }
        self.hear()?;
        self.shared.reaper_is_gone.store(true, Ordering::Release);
        self.replace(true)?;
        Ok(true)
    }

    /// Waits for whatever evcxr does next, but not for long: whether it starts anew.
    fn evcxr_has_left(&self) -> bool {
        let mut waited = [
            PollFd::new(self.commands.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.introductions.as_fd(), PollFlags::POLLIN),
        ];
        let _ = poll(&mut waited, REPORT.as_millis() as u16);
        let over = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
        let events = |one: &PollFd<'_>| one.revents().unwrap_or(PollFlags::empty());
        events(&waited[0]).intersects(over) || events(&waited[1]).contains(PollFlags::POLLIN)
    }

    /// Ends who should have done something by now.
    fn look_after_the_late(&mut self) {
        let is_over = |until: Instant| until <= Instant::now();
        if self.reported.is_some_and(is_over) {
            // The executor has ended, and its parent does not say so: it is stopped.
            self.reported = None;
            signal(self.shared.reaper.load(Ordering::Acquire), Signal::SIGKILL);
        }
        if self.cut.is_some_and(is_over) {
            // The executor goes on, and cannot be told anything any more.
            self.cut = Some(Instant::now() + SUCCESSOR_TIMEOUT);
            self.shared.set_exit_reason(ExitReason::Disconnected);
            signal(
                self.shared.executor.load(Ordering::Acquire),
                Signal::SIGKILL,
            );
        }
        if let Some(successor) = &mut self.successor
            && is_over(successor.until)
        {
            successor.until = Instant::now() + SUCCESSOR_TIMEOUT;
            signal(
                self.shared.executor.load(Ordering::Acquire),
                Signal::SIGKILL,
            );
        }
    }

    /// Puts the newest snapshot, or the one it was told to, in the executor's place.
    fn replace(&mut self, reaper_is_gone: bool) -> io::Result<()> {
        self.watch.end();
        self.shared.is_copying.store(false, Ordering::Release);
        (self.reported, self.cut) = (None, None);
        if self.recovered.is_some_and(|at| at.elapsed() > SETTLED) {
            self.attempts = 0;
        }
        let had_begun = self.command.is_some() && self.shared.task() == Task::Command;
        // Who writes to the dead writes into the void, whoever else holds the line.
        let _ = self.lines.control.shutdown(Shutdown::Both);
        let _ = self.lines.deliveries.shutdown(Shutdown::Both);
        loop {
            self.attempts += 1;
            if self.attempts > ATTEMPTS {
                return Err(io::Error::other("one snapshot after the other has died"));
            }
            let alive = |index: &usize| self.shared.slots[*index].process() != 0;
            let newest = || self.shared.waiting().max_by_key(|(_, slot)| slot.number());
            let chosen = self.shared.current().filter(alive);
            let Some(index) = chosen.or_else(|| newest().map(|(index, _)| index)) else {
                return Err(io::Error::other(
                    "the process of the cells died, and there is no snapshot",
                ));
            };
            let slot = &self.shared.slots[index];
            let process = slot.process.swap(0, Ordering::AcqRel);
            let successor = Successor {
                after: slot.after.load(Ordering::Acquire),
                had_begun,
                until: Instant::now() + SUCCESSOR_TIMEOUT,
            };
            self.shared.set_current(None);
            self.shared.executor.store(process, Ordering::Release);
            // Nobody would report how it ends.
            let orphan = reaper_is_gone || slot.number() <= self.older;
            if self.wake(index, orphan).is_err() {
                // It is dead as well.
                continue;
            }
            self.worker.store(process, Ordering::Release);
            self.end = watch_end(Pid::from_raw(process));
            self.successor = Some(successor);
            return self.announce();
        }
    }

    /// The snapshot in a slot takes over.
    fn wake(&mut self, slot: usize, orphan: bool) -> io::Result<()> {
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        let door = self.doors[slot].as_ref().ok_or_else(gone)?;
        let (link, its_link) = Link::pair()?;
        let (lines, its_lines) = Lines::pair()?;
        let obituaries = orphan.then(descriptors::pair).transpose()?;
        let its_obituaries = obituaries.as_ref().map(|(_, theirs)| theirs);
        let files = &self.handed_over;
        // A reaper whose line closes while it is the reaper takes the kernel for dead.
        let replaced = orphan.then(|| self.shared.reaper.swap(0, Ordering::AcqRel));
        if let Err(error) = Handover::send(door, &its_link, &its_lines, files, its_obituaries) {
            if let Some(reaper) = replaced {
                self.shared.reaper.store(reaper, Ordering::Release);
            }
            return Err(error);
        }
        (self.link, self.lines) = (link, lines);
        if let Some((obituaries, _)) = obituaries {
            // A reaper that is still there sees its line close.
            self.obituaries = obituaries;
            self.older = self.shared.taken.load(Ordering::Acquire);
        }
        Ok(())
    }

    fn end_everybody(&self) {
        termination::end_everybody(self.shared);
        signal(self.shared.reaper.load(Ordering::Acquire), Signal::SIGKILL);
    }
}
