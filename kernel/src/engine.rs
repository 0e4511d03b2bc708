//! The engine: evcxr, and what turns its session into a notebook's.
//!
//! It knows cells and nothing of sockets to a front end. evcxr keeps the books
//! of items and variables, infers types and generates the source of a cell; the
//! stand-ins compile it ([`crate::toolchain`]), the worker runs it
//! ([`crate::worker`]), the pump carries what it says.

mod activity;
mod commands;
mod comms;
mod completeness;
mod completion;
mod control;
mod cursor;
mod deaths;
mod diagnostics;
mod documentation;
mod inspection;
mod known;
mod markers;
mod origin;
mod pending;
mod pipes;
mod pump;
mod rewording;
mod undo;

use crate::toolchain::environment::{self, Layout};
use crate::toolchain::{self, Toolchain};
use crate::worker::limits::Limits;
use crate::worker::message::{Ending, ToWorker};
use activity::{Activity, Interference};
use commands::Own;
use cursor::Cursor;
use evcxr::{CommandContext, Error, EvalContext, EvalOutputs};
use hx_jupyter::{
    Cell, CommEvent, Completeness, Completions, Controls, Description, Failure, Language,
    MimeBundle, Output, Stream,
};
use known::Known;
use pump::{CellFailure, Orders, Pump, Report, Target};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use undo::{Journal, Variables};

/// Runs before the first cell. The `?` is spent here: the first one of a session
/// costs evcxr another compilation.
const PRELUDE: &str =
    "use pynn::prelude::*;\nuse pynn::__print_at_once as print;\nOk::<(), pynn::Error>(())?;";

/// Code whose completions are asked for while nobody waits. rust-analyzer infers
/// types lazily: the first question about a type of the runtime takes seconds,
/// every later one milliseconds.
const AHEAD: &[&str] = &[
    "let warm = vec![1.0]; warm.",
    "let warm = pynn::Population::new(1, pynn::cells::HXNeuron::new())?; warm.",
    "let warm = pynn::Population::new(1, pynn::cells::HXNeuron::new())?.get_data(\"v\")?.segments[0].spiketrains[0].clone(); warm.",
];

/// Words that are looked up then as well, to be known while a cell runs.
const WORDS: &[&str] = &[
    "Box",
    "Err",
    "HashMap",
    "None",
    "Ok",
    "Option",
    "Result",
    "Some",
    "String",
    "Vec",
    "assert!",
    "assert_eq!",
    "dbg!",
    "drop",
    "f64",
    "format!",
    "i32",
    "panic!",
    "print!",
    "println!",
    "usize",
    "vec!",
];

/// evcxr's settings for a session, in the place it looks for them. Cells are
/// compiled without optimisation: what is slow is in the runtime, and that is
/// built. `:opt 2` is there for loops of the user's own.
const EVCXR_CONFIGURATION: &str = "[evcxr]\nopt_level = \"0\"\n";

/// Prepares an engine: what can be asked at any time, and what makes the engine
/// in the thread that will own it.
pub(crate) fn prepare(
    layout: Layout,
) -> std::io::Result<(Arc<dyn Controls>, impl FnOnce() -> Engine + Send)> {
    std::fs::write(layout.directory().join("evcxr.toml"), EVCXR_CONFIGURATION)?;
    let pump = Pump::start(layout.directory())?;
    let activity = Arc::new(Activity::new(pump.worker()));
    let known = Arc::new(Known::new());
    let controls = Arc::new(EngineControls {
        activity: Arc::clone(&activity),
        orders: pump.orders(),
        known: Arc::clone(&known),
    });
    let make = move || {
        let mut engine = Engine {
            layout,
            // Asked for here and not before: that takes longer than a front
            // end should wait for its first answer.
            toolchain: Toolchain::find().map_err(|error| error.to_string()),
            pump,
            activity,
            known,
            context: None,
            cells: Vec::new(),
            journal: Journal::default(),
            problem: Limits::of_the_environment().err(),
            ahead: AHEAD.iter(),
            words: WORDS.iter(),
        };
        engine.warm_up();
        engine
    };
    Ok((controls, make))
}

/// A session of evcxr with this kernel's worker and runtime.
pub(crate) struct Engine {
    layout: Layout,
    toolchain: Result<Toolchain, String>,
    pump: Pump,
    activity: Arc<Activity>,
    /// What can be answered without evcxr.
    known: Arc<Known>,
    /// There once the engine has started.
    context: Option<CommandContext>,
    /// The cells so far, to find lines in.
    cells: Vec<(u32, String)>,
    /// The cells that can be undone.
    journal: Journal,
    /// What whoever set the session up should know, until it was told.
    problem: Option<String>,
    /// What is still worth doing before somebody asks for it.
    ahead: std::slice::Iter<'static, &'static str>,
    words: std::slice::Iter<'static, &'static str>,
}

impl Engine {
    /// Starts ahead of the first cell, if that needs nobody's patience.
    fn warm_up(&mut self) {
        if let Ok(toolchain) = &self.toolchain
            && toolchain::runtime::find(toolchain).is_some()
            && let Err(failure) = self.start(&mut |_| {})
        {
            tracing::warn!(
                message = failure.message,
                "could not start ahead of the first cell"
            );
        }
    }

    /// Starts evcxr and the worker, building the runtime first if there is none
    /// for this toolchain.
    fn start(&mut self, say: &mut dyn FnMut(&str)) -> Result<&mut CommandContext, Failure> {
        if self.context.is_none() {
            let toolchain = self
                .toolchain
                .as_ref()
                .map_err(|error| diagnostics::plain("NoToolchain", error))?;
            let runtime = toolchain::runtime::find_or_build(toolchain, |text| say(text))
                .map_err(|error| diagnostics::plain("NoRuntime", &error.to_string()))?;
            if !toolchain.has_sources() {
                say(
                    "The standard library's sources are missing, without which types cannot be inferred: run `rustup component add rust-src`.\n",
                );
            }
            let context = start_evcxr(&self.layout, toolchain, &runtime)
                .map_err(|error| diagnostics::plain("NoSession", &error))?;
            self.context = Some(context);
        }
        Ok(self.context.as_mut().expect("made above"))
    }

    /// Runs code with its output going to `target`; tells how it went.
    fn run(
        &mut self,
        code: &str,
        target: Target,
    ) -> (Result<EvalOutputs, Error>, Report, Interference) {
        let context = self.context.as_mut().expect("started before anything runs");
        self.activity.begin();
        self.pump.begin(target);
        let result = context.execute(code);
        let report = self.pump.end();
        let interference = self.activity.end();
        let context = self.context.as_ref().expect("it has just run");
        self.known
            .update(context, if result.is_ok() { code } else { "" });
        (result, report, interference)
    }

    /// What the front end is told of how code ended.
    fn conclude(
        &self,
        result: Result<EvalOutputs, Error>,
        report: &Report,
        interference: Interference,
        cell: &Cell,
    ) -> Result<EvalOutputs, Failure> {
        let interrupted = interference != Interference::None;
        if let Some(recovery) = &report.recovery {
            return Err(match (&report.failure, interference) {
                (_, Interference::Killed) => diagnostics::plain(
                    "Interrupted",
                    "the cell did not stop when asked and was ended; variables and the chip are as \
                     they were before it",
                ),
                (Some(failure), _) if recovery.ending == Ending::RolledBack => {
                    let failure = self.cell_failure(failure);
                    let failure = if interrupted {
                        stopped(failure)
                    } else {
                        failure
                    };
                    diagnostics::without_effect(failure)
                }
                _ => deaths::failure(recovery, &report.last_words),
            });
        }
        match (result, &report.failure) {
            (Err(_), _) if interrupted => Err(diagnostics::plain(
                "Interrupted",
                "interrupted before the cell ran",
            )),
            (Err(error), _) => Err(self.failure(error, cell)),
            (Ok(_), Some(failure)) => {
                let ended_early =
                    matches!(failure, CellFailure::Returned(failure) if failure.location.is_some());
                let failure = self.cell_failure(failure);
                let failure = match report.time_is_over {
                    true => deaths::out_of_time(&failure),
                    false if interrupted => stopped(failure),
                    false => failure,
                };
                Err(match ended_early {
                    true => diagnostics::with_effect(failure),
                    false => failure,
                })
            }
            (Ok(outputs), None) => Ok(outputs),
        }
    }

    fn failure(&self, error: Error, cell: &Cell) -> Failure {
        match error {
            Error::CompilationErrors(_) if is_unfinished(&cell.code) => {
                diagnostics::unfinished(&cell.code, cell.number)
            }
            Error::CompilationErrors(errors) => {
                diagnostics::compilation_failed(&errors, &cell.code, cell.number)
            }
            Error::SubprocessTerminated(_) => diagnostics::plain(
                "CellProcessDied",
                "the processes in which cells run ended, their supervisor with them; they were \
                 started again: functions and types are kept, variables are gone",
            ),
            Error::TypeRedefinedVariablesLost(names) => diagnostics::plain(
                "VariablesLost",
                &format!(
                    "the type of these variables was redefined, so they are gone: {}",
                    names.join(", ")
                ),
            ),
            Error::Message(message) => diagnostics::not_compiled(&message, &cell.code, cell.number),
        }
    }

    /// The variables and their types, as evcxr names them.
    fn variables(&self) -> Variables {
        let context = self.context.as_ref();
        let variables = context.map(CommandContext::variables_and_types);
        variables
            .into_iter()
            .flatten()
            .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
            .collect()
    }

    /// Takes the session back to before the last cells: the worker goes on from the
    /// snapshot it left there, and evcxr's books are made to say the same.
    fn undo(&mut self, steps: usize) -> Result<MimeBundle, Failure> {
        let refuse = |message: String| diagnostics::plain("NothingToUndo", &message);
        let target = self.journal.back(steps).map_err(refuse)?;
        let label = target.label;
        if self.pump.tell(&ToWorker::Undo(label)) != Some(true) {
            return Err(refuse(
                "the snapshot from before that cell was given up, since the session is large"
                    .into(),
            ));
        }
        let undone = self.journal.take_back(label);
        let correction = undo::correction(&undone, self.journal.cells(), &self.variables());
        self.pump.tell(&ToWorker::SkipNext {
            lost: correction.gone,
        });
        let (result, ..) = self.run(&correction.code, Target::Report);
        if let Err(error) = result {
            // The variables are there, only evcxr does not know.
            let cell = Cell {
                code: correction.code,
                number: 0,
                silent: true,
            };
            return Err(self.failure(error, &cell));
        }
        let text = Value::String(undo::told(&undone));
        Ok(MimeBundle::from_iter([("text/plain".to_owned(), text)]))
    }

    /// Tells evcxr of variables again that it has forgotten for the sake of a cell that
    /// had no effect: it forgets those of a type that is redefined before anything runs.
    fn remind(&mut self, error: &Error, before: &Variables, output: &Output) {
        if matches!(error, Error::SubprocessTerminated(_)) {
            return;
        }
        let Some(reminder) = undo::reminder(before, &self.variables()) else {
            return;
        };
        let skips = ToWorker::SkipNext { lost: Vec::new() };
        if self.pump.tell(&skips) != Some(true) {
            return;
        }
        let (result, ..) = self.run(&reminder.code, Target::Report);
        match result {
            Ok(_) => {
                let names = reminder.names.join(", ");
                let text = format!("The cell had no effect, so these are still there: {names}\n");
                output.stream(Stream::Stderr, &text);
            }
            Err(error) => tracing::error!(%error, "evcxr has forgotten variables"),
        }
    }

    /// Does what one of this kernel's own commands says.
    fn obey(&mut self, command: Own, output: &Output) -> Result<(), Failure> {
        let context = self.context.as_mut().expect("started before anything runs");
        let shown = match command {
            Own::Help => Some(commands::help()),
            Own::Version => Some(commands::version()),
            Own::Variables => Some(commands::variables(context.variables_and_types())),
            Own::Undo(steps) => Some(self.undo(steps)?),
            Own::Clear => {
                self.journal.forget();
                self.evcxr(":clear")?;
                self.evcxr(PRELUDE)?;
                None
            }
            // evcxr's command forgets to forget the variables; another one reminds it.
            Own::Restart => {
                self.journal.forget();
                self.evcxr(":restart\n:load_config --quiet")?;
                None
            }
        };
        if let Some(data) = shown {
            output.value(data, MimeBundle::new());
        }
        Ok(())
    }

    /// Runs something that shows nothing.
    fn evcxr(&mut self, code: &str) -> Result<(), Failure> {
        let (result, ..) = self.run(code, Target::Report);
        let failed = |error: Error| diagnostics::plain("Error", &error.to_string());
        result.map(|_| ()).map_err(failed)
    }

    /// How a failed cell is shown.
    fn cell_failure(&self, failure: &CellFailure) -> Failure {
        match failure {
            CellFailure::Returned(failure) => {
                diagnostics::returned(failure, &self.origins(failure))
            }
            CellFailure::Panicked(failure) => {
                diagnostics::panicked(failure, &self.origins(failure))
            }
        }
    }

    /// The lines of cells a panic came from and was called from.
    fn origins(&self, failure: &hx_port::Failure) -> Vec<origin::Origin> {
        let source = self
            .context
            .as_ref()
            .and_then(|context| context.last_source().ok());
        let Some(source) = source else {
            return Vec::new();
        };
        let places = failure.location.iter().chain(&failure.calls);
        let in_cells = places.filter(|place| place.file.ends_with("src/lib.rs"));
        let mut origins: Vec<origin::Origin> = in_cells
            .filter_map(|place| {
                origin::find(
                    &source,
                    place.line as usize,
                    place.column as usize,
                    &self.cells,
                )
            })
            .collect();
        // The panic's own line is also the innermost call.
        origins.dedup_by(|later, earlier| {
            (later.number, later.line) == (earlier.number, earlier.line)
        });
        origins
    }
}

/// Whether code breaks off where it ends.
fn is_unfinished(code: &str) -> bool {
    let rest = completeness::completeness(code);
    matches!(rest, Completeness::Incomplete { .. })
}

/// Whatever an interrupted cell failed with, it failed because it was interrupted.
fn stopped(failure: Failure) -> Failure {
    if failure.name == "Interrupted" {
        return failure;
    }
    // What the system says about a read that will not be answered any more.
    let waited = failure.name == "NoInput" || failure.message.contains("(os error 125)");
    let message = match waited {
        true => "the cell was interrupted while it waited for input".to_owned(),
        false => format!(
            "the cell was interrupted; it then failed with {}: {}",
            failure.name, failure.message
        ),
    };
    diagnostics::plain("Interrupted", &message)
}

fn start_evcxr(
    layout: &Layout,
    toolchain: &Toolchain,
    runtime: &Path,
) -> Result<CommandContext, String> {
    let began = std::time::Instant::now();
    for (target, link) in [
        (runtime, layout.runtime()),
        (&toolchain.cargo, layout.cargo()),
        (&toolchain.rustc, layout.rustc()),
    ] {
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(target, &link).map_err(|error| error.to_string())?;
    }
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut worker = Command::new(program);
    worker.arg("worker");
    if let Some(library) = toolchain.standard_library() {
        worker.env(environment::STANDARD_LIBRARY, library);
    }
    let (context, outputs) =
        EvalContext::with_subprocess_command(worker).map_err(|error| error.to_string())?;
    tracing::info!(elapsed = ?began.elapsed(), "evcxr has started");
    // evcxr waits until somebody has read these; with this worker they carry only trouble.
    for (name, lines) in [("stdout", outputs.stdout), ("stderr", outputs.stderr)] {
        std::thread::spawn(move || {
            for line in lines {
                tracing::warn!(stream = name, line, "from the worker");
            }
        });
    }
    let mut context = CommandContext::with_eval_context(context);
    context
        .execute(PRELUDE)
        .map_err(|error| format!("the prelude does not run: {error}"))?;
    tracing::info!(elapsed = ?began.elapsed(), "ready for cells");
    Ok(context)
}

impl Language for Engine {
    fn execute(&mut self, cell: &Cell, output: &Output) -> Result<(), Failure> {
        self.start(&mut |text| output.stream(Stream::Stderr, text))?;
        if let Some(problem) = self.problem.take() {
            output.stream(Stream::Stderr, &format!("{problem}\n"));
        }
        let taken = commands::take(&cell.code)?;
        for command in taken.own {
            self.obey(command, output)?;
        }
        if taken.code.trim().is_empty() {
            return Ok(());
        }
        self.cells.push((cell.number, cell.code.clone()));
        let before = self.variables();
        let label = self.journal.next();
        self.pump.tell(&ToWorker::Cell(label));
        let (result, report, interference) = self.run(&taken.code, Target::Show(output.clone()));
        // What has run may have changed the session, unless it was taken back.
        let has_run = |outputs: &EvalOutputs| !outputs.phases.is_empty();
        if result.as_ref().is_ok_and(has_run) && report.recovery.is_none() {
            self.journal.record(label, cell, before.clone());
        }
        if let Err(error) = &result {
            self.remind(error, &before, output);
        }
        let outputs = self.conclude(result, &report, interference, cell)?;
        // What evcxr's own commands (`:vars`, `:help`, …) answer.
        let data: MimeBundle = outputs
            .content_by_mime_type
            .into_iter()
            .map(|(mime, text)| (mime, text.into()))
            .collect();
        if !data.is_empty() {
            output.value(data, MimeBundle::new());
        }
        Ok(())
    }

    fn evaluate(
        &mut self,
        expressions: &BTreeMap<String, String>,
    ) -> BTreeMap<String, Result<MimeBundle, Failure>> {
        let mut values = BTreeMap::new();
        for (name, code) in expressions {
            let cell = Cell {
                code: code.clone(),
                number: 0,
                silent: true,
            };
            let started = self.start(&mut |_| {}).map(|_| ());
            let value = started
                .and_then(|()| commands::take(code))
                .and_then(|taken| {
                    let (result, mut report, interference) = self.run(&taken.code, Target::Report);
                    let value = report.value.take();
                    self.conclude(result, &report, interference, &cell)?;
                    Ok(value.unwrap_or_default())
                });
            values.insert(name.clone(), value);
        }
        values
    }

    fn complete(&mut self, code: &str, cursor: usize) -> Completions {
        let cursor = Cursor::new(code, cursor);
        let known = Arc::clone(&self.known);
        match self.start(&mut |_| {}) {
            Ok(context) => completion::complete(context, &known, &cursor),
            Err(_) => known.complete(&cursor),
        }
    }

    fn inspect(&mut self, code: &str, cursor: usize) -> Option<MimeBundle> {
        let cursor = Cursor::new(code, cursor);
        let known = Arc::clone(&self.known);
        match self.start(&mut |_| {}) {
            Ok(context) => inspection::inspect(context, &known, &cursor),
            Err(_) => known.inspect(&cursor),
        }
    }

    fn comm(&mut self, event: CommEvent, output: &Output) -> bool {
        // Before the first cell nobody can have asked to hear anything.
        if self.context.is_none() {
            return false;
        }
        let (message, buffers) = comms::message(event);
        self.activity.begin();
        self.pump.begin(Target::ShowMeanwhile(output.clone()));
        let taken = self.pump.deliver(&message, buffers);
        let report = self.pump.end();
        let interference = self.activity.end();
        let failure = match (&report.recovery, &report.failure) {
            (Some(_), _) if interference == Interference::Killed => Some(diagnostics::plain(
                "Interrupted",
                "what answers on the comm did not stop when asked and was ended; variables and \
                 the chip are as they were before it",
            )),
            (Some(recovery), _) => Some(deaths::failure(recovery, &report.last_words)),
            (None, Some(failure)) => Some(self.cell_failure(failure)),
            (None, None) => None,
        };
        if let Some(failure) = failure {
            output.stream(
                Stream::Stderr,
                &format!("{}\n", failure.traceback.join("\n")),
            );
        }
        taken.unwrap_or(false)
    }

    fn work_ahead(&mut self) -> bool {
        self.known.prepare();
        let Some(context) = &mut self.context else {
            return false;
        };
        let began = std::time::Instant::now();
        if let Some(code) = self.ahead.next() {
            let _ = context.completions(code, code.len());
            tracing::info!(elapsed = ?began.elapsed(), code, "worked ahead");
            return true;
        }
        let Some(word) = self.words.next() else {
            return false;
        };
        let name = word.trim_end_matches('!');
        let cursor = Cursor::new(word, name.len());
        if let Some(documentation) = inspection::inspect(context, &self.known, &cursor) {
            self.known.remember(name, documentation);
        }
        tracing::debug!(elapsed = ?began.elapsed(), word, "looked a word up ahead");
        true
    }
}

/// What the engine answers while a cell runs.
struct EngineControls {
    activity: Arc<Activity>,
    orders: Orders,
    known: Arc<Known>,
}

impl Controls for EngineControls {
    fn describe(&self) -> Description {
        Description {
            implementation: "hxkernel".into(),
            implementation_version: env!("CARGO_PKG_VERSION").into(),
            banner: format!(
                "HXKernel {}: Rust with PyNN and an emulated BrainScaleS-2 chip",
                env!("CARGO_PKG_VERSION")
            ),
            language_info: json!({
                "name": "rust",
                "version": "2024",
                "mimetype": "text/rust",
                "file_extension": ".rs",
                "pygments_lexer": "rust",
                "codemirror_mode": "rust",
                "nbconvert_exporter": "script",
            }),
            help_links: vec![
                (
                    "The Rust book".into(),
                    "https://doc.rust-lang.org/book/".into(),
                ),
                (
                    "PyNN".into(),
                    "https://neuralensemble.org/docs/PyNN/".into(),
                ),
            ],
        }
    }

    fn is_complete(&self, code: &str) -> Completeness {
        completeness::completeness(code)
    }

    fn complete_meanwhile(&self, code: &str, cursor: usize) -> Option<Completions> {
        Some(self.known.complete(&Cursor::new(code, cursor)))
    }

    fn inspect_meanwhile(&self, code: &str, cursor: usize) -> Option<Option<MimeBundle>> {
        Some(self.known.inspect(&Cursor::new(code, cursor)))
    }

    fn interrupt(&self) {
        self.activity.interrupt();
        // A cell that waits for its user has nothing else to stop.
        self.orders.cancel_input();
    }

    fn shut_down(&self) {
        self.activity.shut_down();
    }
}
