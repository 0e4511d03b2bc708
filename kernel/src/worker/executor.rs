//! The executor: the process in which cells run.
//!
//! After every cell it leaves a snapshot of itself behind. When it dies, whatever it
//! dies of, the snapshot goes on in its place: every variable, and the chip, as they
//! were before the cell.

use super::fd_guard::FdGuard;
use super::limits::Limits;
use super::link::{self, FromExecutor};
use super::message::{During, Ending, Frame, FromWorker, Origin, Recovery, ToWorker};
use super::open_files::{LetGo, OpenFiles};
use super::port::{self, Outcome};
use super::process_attributes::ProcessAttributes;
use super::runtime::Runtime;
use super::shared_state::{ExitReason, Limit, SharedState, Task};
use super::snapshot::{self, Handover, Side, Snapshots};
use super::{crash, descendants, shell, streams};
use crate::processes;
use hx_port::{CellEvent, Failure};
use libloading::os::unix::Library;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::getpid;
use std::ffi::c_void;
use std::fs::DirEntry;
use std::io::{self, Read};
use std::os::fd::{AsFd as _, AsRawFd as _, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::atomic::Ordering;

/// How much is read at once.
const READ_SIZE: usize = 64 * 1024;

pub(crate) struct Executor {
    shared: &'static SharedState,
    snapshots: Snapshots,
    open_files: OpenFiles,
    limits: Limits,
    runtime: Runtime,
    /// Input from the kernel; absent in a waiting snapshot.
    deliveries: Option<UnixStream>,
    delivered: Vec<u8>,
    /// evcxr's variable store: whatever the last cell returned.
    store: *mut c_void,
    /// Never unloaded: variables hold pointers into the code of earlier cells.
    cells: Vec<Library>,
    /// How many commands have been dealt with in this process and those it is a copy of.
    commands: u64,
    /// Names of lost variables reported to evcxr in place of running the next command.
    skips: Option<Vec<String>>,
}

impl Executor {
    /// The runtime is loaded, the port is connected.
    pub(crate) fn new(
        shared: &'static SharedState,
        deliveries: UnixStream,
        limits: Limits,
        runtime: Runtime,
    ) -> io::Result<Executor> {
        crash::note_in(shared);
        let lines = [deliveries.as_raw_fd()].into_iter().chain(port::lines());
        Ok(Executor {
            shared,
            snapshots: Snapshots::new(shared),
            open_files: OpenFiles::note(&lines.collect::<Vec<_>>())?,
            limits,
            runtime,
            deliveries: Some(deliveries),
            delivered: Vec::new(),
            store: std::ptr::null_mut(),
            cells: Vec::new(),
            commands: 0,
            skips: None,
        })
    }

    /// Does what evcxr commands and the kernel hands in, one after the other, until
    /// the supervisor ends the process.
    pub(crate) fn work(&mut self) -> io::Result<()> {
        self.settle()?;
        // A snapshot has them by the time it gets here.
        while let Some(deliveries) = &mut self.deliveries {
            let mut waited = [
                PollFd::new(port::link().as_fd(), PollFlags::POLLIN),
                PollFd::new(deliveries.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut waited, PollTimeout::NONE) {
                Err(nix::errno::Errno::EINTR) => continue,
                result => result?,
            };
            let [has_command, has_delivery] = waited.map(|one| one.any().unwrap_or(true));
            if has_delivery {
                if !read_some(deliveries, &mut self.delivered)? {
                    // The kernel is gone.
                    return Ok(());
                }
                while let Some(frame) = Frame::take(&mut self.delivered) {
                    self.accept(&frame)?;
                }
            }
            if has_command {
                while let Some(command) = port::link().next_command()? {
                    self.obey(&command)?;
                }
            }
        }
        Ok(())
    }

    /// Takes a snapshot of what is there now; it is the one that takes over from now on. If
    /// none can be taken, what has happened since the one before is taken back.
    /// `true` if this process is that very snapshot, and has just taken over.
    fn settle(&mut self) -> io::Result<bool> {
        let mut has_taken_over = false;
        loop {
            let (snapshots, runtime) = (&self.snapshots, &self.runtime);
            let (open_files, deliveries) = (&self.open_files, &mut self.deliveries);
            let threads = threads();
            let (mut let_go, executor) = (LetGo::default(), getpid());
            // Before there is a copy: by the time it looks, some may be given up.
            let waiting = self.shared.waiting().map(|(_, slot)| slot.process());
            let waiting: Vec<i32> = waiting.collect();
            let side = snapshots.take(
                self.commands,
                port::link(),
                |fork| runtime.hold_still(fork),
                |door| {
                    port::disconnect();
                    *deliveries = None;
                    let copies = [&waiting[..], &[getpid().as_raw()]].concat();
                    let_go = open_files.let_go(executor.as_raw(), &copies, &[door.as_raw_fd()]);
                },
            );
            match side {
                Ok(Side::Executor) => {
                    if has_taken_over {
                        // There is the one it has left in its place.
                        snapshots.thin_out();
                    }
                    return Ok(has_taken_over);
                }
                Ok(Side::Successor(number, handover)) => {
                    self.take_over(number, handover, threads, let_go)?;
                    has_taken_over = true;
                }
                Err(error) => {
                    // There is no way to go on that a later death would not lead back from, to
                    // before what evcxr then believes in.
                    if !has_taken_over && self.snapshots.is_safe() {
                        self.refuse(&format!(
                            "no snapshot of the session could be taken after the cell: {error}"
                        ));
                    }
                    port::tell(&FromWorker::Notice(format!(
                        "No snapshot of the session could be taken: {error}. If the next cell \
                         dies, the variables are lost."
                    )));
                    return Ok(has_taken_over);
                }
            }
        }
    }

    /// Goes on in place of the process whose snapshot this is.
    fn take_over(
        &mut self,
        number: u64,
        handover: Handover,
        threads: usize,
        let_go: LetGo,
    ) -> io::Result<()> {
        snapshot::become_executor(self.shared)?;
        let Handover {
            link, lines, files, ..
        } = handover;
        port::connect(link, lines.control);
        self.deliveries = Some(lines.deliveries);
        (self.runtime.threads_are_gone)();
        (self.runtime.interrupt)(false);
        self.delivered.clear();
        streams::renew();
        self.snapshots.forget_younger_than(number);
        let lost_a_command = self.commands < self.shared.commands.load(Ordering::Acquire);
        let during = match self.shared.task() {
            Task::Command if lost_a_command => During::Cell,
            Task::Delivery => During::Delivery,
            Task::ShellLine => During::ShellLine,
            Task::Nothing | Task::Command => During::Nothing,
        };
        let recovery = Recovery {
            ending: self.ending(),
            during,
            threads: threads.saturating_sub(1),
            children: let_go.children,
            closed: let_go.take_back(files),
        };
        if during == During::Cell {
            // It will not be run again.
            self.commands = self.shared.commands.load(Ordering::Acquire);
        }
        // A command nobody has begun with is given again to whoever has told this.
        port::tell(&FromWorker::Recovered(recovery));
        port::link().tell(&FromExecutor::Recovered)?;
        // Not before: if this process dies on the way here, the next one has to tell.
        self.shared.set_task(Task::Nothing);
        self.shared.set_exit_reason(ExitReason::None);
        self.shared.set_limit(Limit::None);
        self.shared.stack_is_full.store(false, Ordering::Release);
        self.shared.reaper_is_gone.store(false, Ordering::Release);
        Ok(())
    }

    /// How the process ended whose place this one takes.
    fn ending(&self) -> Ending {
        match self.shared.exit_reason() {
            ExitReason::RollBack => return Ending::RolledBack,
            ExitReason::Undo => return Ending::Undone,
            ExitReason::Disconnected => return Ending::Disconnected,
            ExitReason::None => {}
        }
        match self.shared.limit() {
            Limit::Memory => return Ending::MemoryLimit,
            Limit::Time => return Ending::TimeLimit,
            Limit::None => {}
        }
        if self.shared.stack_is_full.load(Ordering::Acquire) {
            return Ending::StackOverflow;
        }
        if self.shared.reaper_is_gone.load(Ordering::Acquire) {
            return Ending::ParentKilled;
        }
        let status = ExitStatus::from_raw(self.shared.status.load(Ordering::Acquire));
        match (status.signal(), status.code()) {
            (Some(signal), _) => Ending::Signal(processes::name_of_signal(signal)),
            (None, Some(code)) => Ending::Exit(code),
            (None, None) => Ending::Signal(format!("status {status}")),
        }
    }

    /// Does what a line of evcxr says.
    fn obey(&mut self, line: &str) -> io::Result<()> {
        if let Some(limit) = link::limit_of_offspring(line) {
            port::tell(&FromWorker::OffspringEnded(limit));
            return Ok(());
        }
        if !self.snapshots.is_safe() && self.settle()? {
            // Whatever has become of the command, it is the supervisor's to know.
            return Ok(());
        }
        // The command before may have ended as its time did.
        self.shared.set_limit(Limit::None);
        // From here on the supervisor takes the command for begun.
        self.shared.set_task(Task::Command);
        port::link().tell(&FromExecutor::Begun)?;
        match self.skips.take() {
            None => self.run(line),
            Some(lost) => self.skip(&lost)?,
        }
        self.commands = self.shared.commands.load(Ordering::Acquire);
        // evcxr hears of the end when nothing can take the cell back any more.
        if !self.settle()? {
            self.shared.set_task(Task::Nothing);
            port::link().tell(&FromExecutor::Complete)?;
            self.snapshots.thin_out();
        }
        Ok(())
    }

    /// Does not run a command that only corrects evcxr's books. After hearing of lost
    /// variables evcxr tries again without them.
    fn skip(&mut self, lost: &[String]) -> io::Result<()> {
        for name in lost {
            let line = format!("EVCXR_VARIABLE_CHANGED_TYPE:{name}");
            port::link().tell(&FromExecutor::Line(line))?;
        }
        if !lost.is_empty() {
            self.skips = Some(Vec::new());
        }
        Ok(())
    }

    /// Runs a cell.
    fn run(&mut self, line: &str) {
        let Some((path, function)) = cell_of(line) else {
            self.refuse(&format!("evcxr has an unknown command: {line:?}"));
        };
        streams::mend();
        let (fd_guard, attributes) = (self.fd_guard(), ProcessAttributes::note());
        port::begin();
        let before = self.runtime.variables(self.store);
        match self.runtime.run_cell(path, function, self.store) {
            Ok((store, library)) => {
                self.store = store;
                self.cells.push(library);
            }
            Err(error) => self.refuse(&format!("the compiled cell cannot be loaded: {error}")),
        }
        // The cell has forked, and this is the other process.
        if !port::is_executor() {
            snapshot::leave();
        }
        if !fd_guard.are_there() {
            self.give_way(ExitReason::Disconnected);
        }
        self.heed_limits();
        self.keep_standing(&attributes);
        match port::outcome() {
            Outcome::Fine => {}
            // Whatever it was changing may be half changed.
            Outcome::Panicked => self.roll_back(),
            // An error leaves in good order, unless variables went with it.
            Outcome::Failed => {
                if !before.is_subset(&self.runtime.variables(self.store)) {
                    self.roll_back();
                }
            }
        }
    }

    /// Sees to it that the session can go on from what the cell has left.
    fn keep_standing(&self, attributes: &ProcessAttributes) {
        if port::outcome() == Outcome::Panicked {
            return;
        }
        match attributes.restore() {
            Ok(restored) if restored.is_empty() => {}
            Ok(restored) => {
                port::tell(&FromWorker::Notice(format!(
                    "The cell has lowered limits which the session needs; they are as before it \
                     again: {}",
                    restored.join(", ")
                )));
            }
            Err(what) => self.refuse(&format!("the cell {what}, and no other could run")),
        }
    }

    /// Sees to the limits at the end of what has run. No snapshot is taken of a state that is
    /// beyond one: whoever went on from there would be ended again, and again.
    fn heed_limits(&self) {
        if self
            .limits
            .memory
            .is_some_and(|most| processes::resident(getpid()).is_some_and(|bytes| bytes > most))
        {
            self.shared.set_limit(Limit::Memory);
            snapshot::leave();
        }
        if self.shared.limit() == Limit::Time {
            port::tell(&FromWorker::TimeIsOver);
            self.shared.set_limit(Limit::None);
        }
    }

    /// Notes the files by which this process is told what to do, and tells.
    fn fd_guard(&self) -> FdGuard {
        let mut files = vec![port::link().as_fd()];
        files.extend(self.deliveries.as_ref().map(UnixStream::as_fd));
        files.extend(port::socket());
        files.extend(streams::files());
        FdGuard::note(&files)
    }

    /// Ends this process, so that its snapshot goes on: the cell has had no effect.
    fn roll_back(&self) -> ! {
        self.give_way(ExitReason::RollBack)
    }

    /// Ends this process of its own accord. What it has open goes to the one that goes on.
    fn give_way(&self, exit_reason: ExitReason) -> ! {
        self.shared.set_exit_reason(exit_reason);
        let deliveries = self.deliveries.iter().map(UnixStream::as_raw_fd);
        let lines: Vec<RawFd> = deliveries.chain(port::lines()).collect();
        self.open_files.hand_over(&lines, |numbers, files| {
            port::link().hand_over(numbers, files)
        });
        snapshot::leave();
    }

    /// Ends the cell with an error that is not the user's.
    fn refuse(&self, message: &str) -> ! {
        self.complain(message);
        self.roll_back()
    }

    fn complain(&self, message: &str) {
        port::tell_as_cell(&CellEvent::Failed {
            failure: Failure {
                name: "SessionProblem".into(),
                message: message.into(),
                location: None,
                calls: Vec::new(),
            },
            early: false,
        });
    }

    /// Takes what the kernel hands in.
    fn accept(&mut self, frame: &Frame) -> io::Result<()> {
        let taken = match frame.origin {
            Origin::Runtime => {
                self.shared.set_limit(Limit::None);
                self.shared.set_task(Task::Delivery);
                port::link().tell(&FromExecutor::Begun)?;
                streams::mend();
                port::begin();
                let taken = self.runtime.deliver(&frame.json, &frame.buffers);
                if !port::is_executor() {
                    snapshot::leave();
                }
                self.heed_limits();
                if self.settle()? {
                    return Ok(());
                }
                self.shared.set_task(Task::Nothing);
                port::link().tell(&FromExecutor::Over)?;
                self.snapshots.thin_out();
                taken
            }
            Origin::Worker => match serde_json::from_slice(&frame.json)? {
                ToWorker::Cell(number) => {
                    if let Some(current) = self.shared.current() {
                        let slot = &self.shared.slots[current];
                        slot.cell.store(number, Ordering::Release);
                    }
                    true
                }
                ToWorker::Undo(cell) => self.undo(cell),
                ToWorker::Shell(line) => {
                    self.run_for_the_shell(&line)?;
                    true
                }
                ToWorker::EndOffspring => {
                    descendants::end_all(self.shared);
                    true
                }
                ToWorker::SkipNext { lost } => {
                    self.skips = Some(lost);
                    true
                }
                ToWorker::SkipNothing => {
                    self.skips = None;
                    true
                }
            },
        };
        port::tell(&FromWorker::Delivered { taken });
        Ok(())
    }

    /// Runs a line for the shell, which changes nothing in this process.
    fn run_for_the_shell(&mut self, line: &str) -> io::Result<()> {
        self.shared.set_limit(Limit::None);
        self.shared.set_task(Task::ShellLine);
        port::link().tell(&FromExecutor::Begun)?;
        streams::mend();
        let ending = shell::run(line);
        if self.shared.limit() == Limit::Time {
            port::tell(&FromWorker::TimeIsOver);
            self.shared.set_limit(Limit::None);
        }
        self.shared.set_task(Task::Nothing);
        port::link().tell(&FromExecutor::Over)?;
        port::tell(&FromWorker::ShellLine(ending));
        Ok(())
    }

    /// Ends this process in favour of the snapshot from before a cell; returns if there
    /// is none any more.
    fn undo(&self, cell: u32) -> bool {
        let snapshot = self.shared.waiting().find(|(_, slot)| slot.cell() == cell);
        let Some((index, _)) = snapshot else {
            return false;
        };
        self.shared.set_current(Some(index));
        self.give_way(ExitReason::Undo)
    }
}

/// The compiled cell a command of evcxr is to run, and its function.
pub(crate) fn cell_of(command: &str) -> Option<(&Path, &str)> {
    let rest = command.strip_prefix("LOAD_AND_RUN ")?;
    let (path, function) = rest.rsplit_once(' ')?;
    Some((Path::new(path), function))
}

/// How many threads of the user's this process has, with the one that runs cells.
fn threads() -> usize {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return 1;
    };
    let threads: Vec<_> = threads.flatten().collect();
    if threads.len() == 1 {
        return 1;
    }
    let is_own = |thread: &DirEntry| {
        let name = std::fs::read_to_string(thread.path().join("comm"));
        name.is_ok_and(|name| name.trim_end() == hx_port::OWN_THREAD)
    };
    threads.iter().filter(|thread| !is_own(thread)).count()
}

/// Reads what is there; `false` when there will never be anything any more.
fn read_some(from: &mut impl Read, received: &mut Vec<u8>) -> io::Result<bool> {
    let before = received.len();
    received.resize(before + READ_SIZE, 0);
    let outcome = loop {
        match from.read(&mut received[before..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => break outcome,
        }
    };
    received.truncate(before + outcome.as_ref().copied().unwrap_or(0));
    outcome.map(|length| length > 0)
}
