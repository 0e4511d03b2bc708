//! The pump: everything a cell says, from the worker's pipes to the front end.
//!
//! Pipes carry what is printed, a socket carries what is shown. The worker waits
//! after each message on the socket until it is dealt with, and before that the
//! pipes are emptied: so prints and displays appear in the order in which the
//! cell made them.

use crate::engine::output::output_buffer::Pending;
use crate::engine::output::pipes::{self, Pipes};
use crate::engine::output::throttle::Throttle;
use crate::engine::output::worker_connection::Control;
use crate::engine::report::crash_report;
use crate::worker::message::{
    Answer, During, Ending, Frame, FromWorker, NoLine, Origin, Recovery, ShellEnding, ToWorker,
};
use crate::worker::supervisor::Connection;
use hx_jupyter::{InputRefused, MimeBundle, Output, Stream};
use hx_port::{CellEvent, CommEvent, CommMessage, Failure};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

/// How much of what a cell wrote to stderr is kept to explain its death, bytes.
const LAST_WORDS: usize = 4096;

/// Destination of a cell's output.
#[derive(Clone)]
pub(crate) enum Target {
    /// It goes to the front end, and so does what its threads say later.
    Show(Output),
    /// It goes to the front end; what is said later goes where it went before.
    ShowMeanwhile(Output),
    /// How it ended, and its value, are reported; nothing is shown.
    Report,
}

/// How a cell ended.
#[derive(Debug, Default)]
pub(crate) struct CellReport {
    /// The error or panic that ended it.
    pub(crate) failure: Option<CellFailure>,
    /// Its value, if the target kept it.
    pub(crate) value: Option<MimeBundle>,
    /// The death that ended it, and the life after.
    pub(crate) recovery: Option<Recovery>,
    /// True if a limit has stopped it.
    pub(crate) time_is_over: bool,
    /// How it ended, if it was a line for the shell.
    pub(crate) shell_line: Option<ShellEnding>,
    /// The end of what it wrote to stderr.
    pub(crate) last_words: String,
}

/// An error that left the cell, or a panic.
#[derive(Debug)]
pub(crate) enum CellFailure {
    Returned(Failure),
    Panicked(Failure),
}

enum Command {
    Begin(Target),
    End(mpsc::Sender<CellReport>),
    /// The answer to a question of the cell, and which.
    Input(u64, Answer),
    /// Nobody waits for the answer to the question any more.
    CancelInput,
    Deliver {
        origin: Origin,
        json: Vec<u8>,
        buffers: Vec<Vec<u8>>,
        done: mpsc::Sender<bool>,
    },
    /// Another worker is there, or none any more.
    Connect(Connection),
}

/// Tells the pump where cells begin and end.
pub(crate) struct Pump {
    pump_handle: PumpHandle,
    storing: Arc<AtomicBool>,
}

/// The way to the pump, from any thread.
#[derive(Clone)]
pub(crate) struct PumpHandle {
    commands: mpsc::Sender<Command>,
    /// One byte wakes the pump up.
    wake: Arc<UnixStream>,
}

impl PumpHandle {
    fn give(&self, command: Command) {
        if self.commands.send(command).is_ok() {
            let _ = (&*self.wake).write_all(&[0]);
        }
    }

    /// The question that is open, if one is, will not be answered.
    pub(crate) fn cancel_input(&self) {
        self.give(Command::CancelInput);
    }

    /// By which lines the worker is reached from now on.
    pub(crate) fn connect(&self, connection: Connection) {
        self.give(Command::Connect(connection));
    }
}

impl Pump {
    /// Makes the session's pipes and sockets and starts pumping.
    pub(crate) fn start(session: &Path) -> io::Result<Pump> {
        let (wake, woken) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let (commands, received) = mpsc::channel();
        let pump_handle = PumpHandle {
            commands,
            wake: Arc::new(wake),
        };
        let storing = Arc::new(AtomicBool::new(false));
        let mut state = State {
            pipes: Pipes::make(session)?,
            throttle: Throttle::new(),
            control: Control::new(),
            woken,
            commands: received,
            pump_handle: pump_handle.clone(),
            output: None,
            before: None,
            shows: false,
            pending: Pending::default(),
            report: CellReport::default(),
            last_words: String::new(),
            questions: 0,
            asking: None,
            is_interrupted: false,
            delivering: None,
            storing: Arc::clone(&storing),
        };
        std::thread::Builder::new()
            .name("pump".into())
            .spawn(move || state.run())?;
        Ok(Pump {
            pump_handle,
            storing,
        })
    }

    /// Output goes to `target` from now on.
    pub(crate) fn begin(&self, target: Target) {
        self.pump_handle.give(Command::Begin(target));
    }

    /// Waits until everything the cell said is published; tells how it ended.
    pub(crate) fn end(&self) -> CellReport {
        let (reply, report) = mpsc::channel();
        self.pump_handle.give(Command::End(reply));
        report.recv().unwrap_or_default()
    }

    /// Hands the worker, which runs no cell, what the front end says, and waits until
    /// that is dealt with. Whether somebody answers to it; `None` if the worker died of it.
    pub(crate) fn deliver(&self, message: &CommMessage, buffers: Vec<Vec<u8>>) -> Option<bool> {
        let json = serde_json::to_vec(message).expect("plain data");
        self.hand_in(Origin::Runtime, json, buffers)
    }

    /// Tells the worker something; whether it can do it, or `None` if it is not there.
    pub(crate) fn tell(&self, message: &ToWorker) -> Option<bool> {
        let json = serde_json::to_vec(message).expect("plain data");
        self.hand_in(Origin::Worker, json, Vec::new())
    }

    fn hand_in(&self, origin: Origin, json: Vec<u8>, buffers: Vec<Vec<u8>>) -> Option<bool> {
        let (done, taken) = mpsc::channel();
        self.pump_handle.give(Command::Deliver {
            origin,
            json,
            buffers,
            done,
        });
        taken.recv().ok()
    }

    /// True if a run that was asked to stop has done so and stores what it recorded.
    pub(crate) fn storing(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.storing)
    }

    /// The way to the pump, for other threads.
    pub(crate) fn pump_handle(&self) -> PumpHandle {
        self.pump_handle.clone()
    }
}

struct State {
    pipes: Pipes,
    throttle: Throttle,
    control: Control,
    woken: UnixStream,
    commands: mpsc::Receiver<Command>,
    pump_handle: PumpHandle,
    /// Where text goes; it stays when code runs that only reports.
    output: Option<Output>,
    /// Where text went before something came in between.
    before: Option<Option<Output>>,
    /// Whether what the code that runs shows is shown.
    shows: bool,
    pending: Pending,
    report: CellReport,
    /// The end of what was written to stderr since the cell began.
    last_words: String,
    /// How many questions there were, and the connection on which the last one is open.
    questions: u64,
    asking: Option<u64>,
    /// Whether the cell was interrupted: it gets no answers any more.
    is_interrupted: bool,
    /// Dropped when the worker dies, and when none takes its place.
    delivering: Option<mpsc::Sender<bool>>,
    /// True if a run that was asked to stop stores what it recorded.
    storing: Arc<AtomicBool>,
}

impl State {
    fn run(&mut self) {
        loop {
            self.wait();
            self.read();
            if self
                .pending
                .patience()
                .is_some_and(|patience| patience.is_zero())
            {
                self.pending.publish(self.output.as_ref());
            }
            self.take_frames();
            self.take_commands();
        }
    }

    /// Sleeps until there is something to do.
    fn wait(&mut self) {
        let patience = [self.pending.patience(), self.throttle.patience()];
        let patience = patience.into_iter().flatten().min();
        let timeout = patience.map_or(PollTimeout::NONE, |patience| {
            // Rounded up: a wait of nothing would spin.
            PollTimeout::try_from(patience.as_micros().div_ceil(1000)).unwrap_or(PollTimeout::ZERO)
        });
        let pipes = self.pipes.descriptors(&self.throttle);
        let others = self.control.descriptors();
        let mut waited: Vec<PollFd<'_>> = pipes
            .chain([self.woken.as_fd()])
            .chain(others)
            .map(|descriptor| PollFd::new(descriptor, PollFlags::POLLIN))
            .collect();
        let _ = poll(&mut waited, timeout);
    }

    fn take_frames(&mut self) {
        self.control.read();
        while let Some((connection, frame)) = self.control.frame() {
            // What was printed before this message comes before it.
            self.drain();
            if let Some(answer) = self.take_frame(frame, connection) {
                self.control.answer(connection, &answer);
            }
        }
    }

    /// The answer, unless it comes later.
    fn take_frame(&mut self, frame: Frame, connection: u64) -> Option<Answer> {
        let no_message = |error| tracing::error!(%error, "malformed message from the worker");
        match frame.origin {
            Origin::Runtime => match serde_json::from_slice(&frame.json) {
                Ok(message) => self.take(message, frame.buffers),
                Err(error) => no_message(error),
            },
            Origin::Worker => match serde_json::from_slice(&frame.json) {
                Ok(FromWorker::Input { prompt, password }) => {
                    let (prompt, password) = self.pending.question().unwrap_or((prompt, password));
                    self.asking = Some(connection);
                    self.ask(&prompt, password);
                    return None;
                }
                Ok(FromWorker::Delivered { taken }) => {
                    if let Some(done) = self.delivering.take() {
                        let _ = done.send(taken);
                    }
                }
                Ok(FromWorker::Recovered(recovery)) => self.recover(recovery),
                Ok(FromWorker::TimeIsOver) => self.report.time_is_over = true,
                Ok(FromWorker::Notice(sentence)) => self.notice(&sentence),
                Ok(FromWorker::ShellLine(ending)) => self.report.shell_line = Some(ending),
                Ok(FromWorker::OffspringEnded(limit)) => {
                    self.notice(&crash_report::offspring_ended(limit));
                }
                Err(error) => no_message(error),
            },
        }
        Some(Answer::Done)
    }

    /// The worker died, and its snapshot goes on.
    fn recover(&mut self, recovery: Recovery) {
        tracing::info!(?recovery, "the worker goes on from a snapshot");
        self.asking = None;
        self.storing.store(false, Ordering::Release);
        let delivering = self.delivering.take();
        if recovery.ending == Ending::Undone {
            if let Some(losses) = crash_report::losses(&recovery) {
                self.notice(&format!("{losses}."));
            }
            if let Some(done) = delivering {
                let _ = done.send(true);
            }
        } else if recovery.during == During::Nothing {
            // Nobody waits for this to be told.
            let failure = crash_report::failure(&recovery, &self.last_words);
            self.notice(&failure.message);
        } else {
            self.report.recovery = Some(recovery);
        }
    }

    /// Shows what the user should know.
    fn notice(&self, sentence: &str) {
        if let Some(output) = &self.output {
            output.stream(Stream::Stderr, &format!("{sentence}\n"));
        }
    }

    /// Asks the user; the answer goes to the worker when it comes.
    fn ask(&mut self, prompt: &str, password: bool) {
        self.questions += 1;
        let (number, pump_handle) = (self.questions, self.pump_handle.clone());
        let answer = move |line: Result<String, InputRefused>| {
            let answer = match line {
                Ok(line) => Answer::Line(line),
                Err(InputRefused::NotAllowed) => Answer::NoLine(NoLine::NotSupported),
                Err(InputRefused::Withdrawn) => Answer::NoLine(NoLine::Interrupted),
                Err(InputRefused::Unreachable) => Answer::NoLine(NoLine::Unreachable),
            };
            pump_handle.give(Command::Input(number, answer));
        };
        if self.is_interrupted {
            return answer(Err(InputRefused::Withdrawn));
        }
        match self.output.as_ref().filter(|_| self.shows) {
            Some(output) => output.ask(prompt, password, Box::new(answer)),
            None => answer(Err(InputRefused::NotAllowed)),
        }
    }

    fn take(&mut self, message: CellEvent, buffers: Vec<Vec<u8>>) {
        match message {
            CellEvent::Failed { failure, .. } => {
                self.report.failure = Some(CellFailure::Returned(failure));
            }
            CellEvent::Panicked(failure) => {
                self.report.failure = Some(CellFailure::Panicked(failure));
            }
            CellEvent::Comm(message) => self.say_on_comm(message, buffers),
            CellEvent::Storing { on } => self.storing.store(on, Ordering::Release),
            CellEvent::Value { data, .. } if !self.shows => self.report.value = Some(data),
            _ if !self.shows => {}
            shown => self.show(shown),
        }
    }

    fn say_on_comm(&self, message: CommMessage, buffers: Vec<Vec<u8>>) {
        let Some(output) = &self.output else { return };
        let CommMessage {
            id,
            event,
            data,
            metadata,
        } = message;
        match event {
            CommEvent::Open { target } => output.comm_open(&id, &target, data, metadata, buffers),
            CommEvent::Message => output.comm_message(&id, data, metadata, buffers),
            CommEvent::Close => output.comm_close(&id, data, metadata, buffers),
        }
    }

    fn show(&self, message: CellEvent) {
        let Some(output) = &self.output else { return };
        match message {
            CellEvent::Display {
                data,
                metadata,
                display_id,
                update,
            } => output.display(data, metadata, display_id.as_deref(), update),
            CellEvent::Value { data, metadata } => output.value(data, metadata),
            CellEvent::ClearOutput { wait } => output.clear(wait),
            // Said to evcxr, and on stderr by the runtime; kept by the worker.
            CellEvent::VariableLost { .. } | CellEvent::Question { .. } => {}
            CellEvent::Failed { .. }
            | CellEvent::Panicked(_)
            | CellEvent::Comm(_)
            | CellEvent::Storing { .. } => unreachable!("taken before"),
        }
    }

    fn take_commands(&mut self) {
        let mut bytes = [0; 64];
        while matches!(self.woken.read(&mut bytes), Ok(length) if length > 0) {}
        while let Ok(command) = self.commands.try_recv() {
            self.obey(command);
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Begin(target) => {
                // What came in between belongs to the cell that started it.
                self.drain();
                self.throttle.begin();
                self.report = CellReport::default();
                self.last_words.clear();
                self.is_interrupted = false;
                self.storing.store(false, Ordering::Release);
                self.shows = !matches!(target, Target::Report);
                match target {
                    Target::Show(output) => self.output = Some(output),
                    Target::ShowMeanwhile(output) => {
                        self.before = Some(self.output.replace(output));
                    }
                    Target::Report => {}
                }
            }
            Command::End(reply) => {
                self.drain();
                self.pipes
                    .end_text(|stream, text| self.pending.push(stream, text));
                self.pending.end_text();
                self.pending.publish(self.output.as_ref());
                if let Some(before) = self.before.take() {
                    self.output = before;
                }
                self.throttle.end();
                self.report.last_words = std::mem::take(&mut self.last_words);
                let _ = reply.send(std::mem::take(&mut self.report));
            }
            Command::Input(number, answer) => {
                self.is_interrupted |= answer == Answer::NoLine(NoLine::Interrupted);
                if number == self.questions
                    && let Some(connection) = self.asking.take()
                {
                    self.control.answer(connection, &answer);
                }
            }
            Command::CancelInput => {
                self.is_interrupted = true;
                if let Some(connection) = self.asking.take() {
                    let answer = Answer::NoLine(NoLine::Interrupted);
                    self.control.answer(connection, &answer);
                }
            }
            Command::Deliver {
                origin,
                json,
                buffers,
                done,
            } => {
                let buffers: Vec<&[u8]> = buffers.iter().map(Vec::as_slice).collect();
                // Otherwise dropped, which says that there is no worker.
                if self.control.deliver(origin, &json, &buffers) {
                    self.delivering = Some(done);
                }
            }
            Command::Connect(Connection::Made(lines)) => {
                // Nobody waits for the answer any more. What was handed in is the other
                // one's to account for.
                self.asking = None;
                if let Err(error) = self.control.connect(lines) {
                    tracing::error!(%error, "the worker cannot be reached");
                }
            }
            Command::Connect(Connection::Lost) => {
                self.asking = None;
                self.delivering = None;
            }
        }
    }

    /// Publishes everything that was printed so far. Not what is printed meanwhile: that
    /// may never end.
    fn drain(&mut self) {
        for _ in 0..pipes::ALL {
            if !self.read() {
                break;
            }
            if self.pending.is_large() {
                self.pending.publish(self.output.as_ref());
            }
        }
        self.pending.publish(self.output.as_ref());
    }

    /// Takes some of what was printed; `false` when there is nothing.
    fn read(&mut self) -> bool {
        let (pending, last_words) = (&mut self.pending, &mut self.last_words);
        let anything = self.pipes.read(&mut self.throttle, |stream, text| {
            if stream == Stream::Stderr {
                keep_the_end(last_words, &text);
            }
            pending.push(stream, text);
        });
        if let Some(sentence) = self.throttle.notice() {
            self.pending.push(Stream::Stderr, format!("\n{sentence}\n"));
        }
        anything
    }
}

/// Adds text, and forgets all but the last of it.
fn keep_the_end(kept: &mut String, text: &str) {
    kept.push_str(text);
    if kept.len() > LAST_WORDS {
        let surplus = kept.ceil_char_boundary(kept.len() - LAST_WORDS);
        kept.drain(..surplus);
    }
}
