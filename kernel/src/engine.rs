//! The engine: evcxr, and what turns its session into a notebook's.
//!
//! It knows cells and nothing of sockets to a front end. evcxr keeps the books
//! of items and variables, infers types and generates the source of a cell; the
//! stand-ins compile it ([`crate::toolchain`]), the worker runs it
//! ([`crate::worker`]), the pump carries what it says.

pub(crate) mod analysis_limits;
mod assist;
mod code;
mod commands;
mod control_handler;
mod evcxr_session;
mod evcxr_state;
pub(crate) mod failed_session;
mod interrupt;
mod output;
mod report;
mod start;

use crate::system_checks;
use crate::toolchain;
use crate::toolchain::environment::Layout;
use crate::worker::limits::Limits;
use crate::worker::message::ToWorker;
use crate::worker::supervisor;
use analysis_limits::Stopped;
use assist::cursor::Cursor;
use assist::symbols::SymbolIndex;
use assist::{completion, inspection};
use code::item_macros::{self, Call};
use code::leading_lines::{self, AddedLines};
use code::{completeness, invisible_characters, nesting};
use commands::kernel_commands;
use commands::line_commands::{self, Own};
use control_handler::EngineControls;
use evcxr::{CompilationError, Error, EvalOutputs};
use evcxr_session::{EvcxrSession, has_run};
use evcxr_state::dependencies;
use evcxr_state::implementations;
use evcxr_state::redefinition::{self, CellItems, Loss};
use evcxr_state::undo::Journal;
use hx_jupyter::{
    Cell, CommEvent, Completions, ControlHandler, Failure, MimeBundle, Output, ShellHandler, Stream,
};
use interrupt::{InterruptController, InterruptOutcome};
use output::comm_messages;
use output::pump::{Pump, Target};
use report::{cell_result, crash_report, diagnostics, text_places};
use start::EVCXR_CONFIGURATION;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI32;
use std::time::Duration;

/// Code whose completions are asked for while nobody waits. rust-analyzer infers
/// types lazily: the first question about a type of the runtime takes seconds,
/// every later one milliseconds.
const AHEAD: &[&str] = &[
    "let warm = vec![1.0]; warm.",
    "let warm = pynn::Population::new(1, pynn::cells::HXNeuron::new())?; warm.",
    "let warm = pynn::Population::new(1, pynn::cells::HXNeuron::new())?.get_data(\"v\")?.segments[0].spiketrains[0].clone(); warm.",
];

/// How long rust-analyzer may take over a question; then what is known without it is the
/// answer.
const ANALYSIS_TIMEOUT: Duration = Duration::from_secs(30);

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

/// What the rest of the kernel has of an engine.
pub(crate) struct Handles {
    /// What can be asked at any time.
    pub(crate) controls: Arc<dyn ControlHandler>,
    /// The process in which cells run, 0 if there is none.
    pub(crate) worker: Arc<AtomicI32>,
}

/// Prepares an engine, which is made in the thread that will own it.
pub(crate) fn prepare(
    layout: Layout,
) -> std::io::Result<(Handles, impl FnOnce() -> Engine + Send)> {
    std::fs::write(layout.directory().join("evcxr.toml"), EVCXR_CONFIGURATION)?;
    let pump = Pump::start(layout.directory())?;
    let worker = Arc::new(AtomicI32::new(0));
    let pump_handle = pump.pump_handle();
    let introductions = supervisor::start(
        // Whoever set them is told if they make no sense.
        Limits::of_the_environment().unwrap_or_default(),
        Arc::clone(&worker),
        move |connection| pump_handle.connect(connection),
    )?;
    let interrupts = Arc::new(InterruptController::new(
        Arc::clone(&worker),
        pump.storing(),
    ));
    let symbols = Arc::new(SymbolIndex::new());
    let controls = Arc::new(EngineControls {
        interrupts: Arc::clone(&interrupts),
        pump_handle: pump.pump_handle(),
        symbols: Arc::clone(&symbols),
    });
    let make = move || {
        // Asked for here and not before: that takes longer than a front end should wait for
        // its first answer.
        let toolchain = system_checks::toolchain();
        let mut engine = Engine {
            session: EvcxrSession::new(layout, toolchain, pump, introductions, interrupts, symbols),
            journal: Journal::default(),
            problem: Limits::of_the_environment().err(),
            ahead: AHEAD.iter(),
            words: WORDS.iter(),
        };
        engine.warm_up();
        engine
    };
    Ok((Handles { controls, worker }, make))
}

/// evcxr's session as a language.
pub(crate) struct Engine {
    session: EvcxrSession,
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
        if let Ok(toolchain) = &self.session.toolchain
            && toolchain::runtime::find(toolchain).is_some()
            && let Err(failure) = self.session.start(&mut |_| {})
        {
            tracing::warn!(
                message = failure.message,
                "could not start ahead of the first cell"
            );
        }
    }

    /// Runs a cell that is [prepared](InterruptController::prepare).
    fn execute_prepared(&mut self, cell: &Cell, output: &Output) -> Result<(), Failure> {
        self.session
            .start(&mut |text| output.stream(Stream::Stderr, text))?;
        if let Some(problem) = self.problem.take() {
            output.stream(Stream::Stderr, &format!("{problem}\n"));
        }
        let cell = &Cell {
            code: invisible_characters::tidied(&cell.code),
            ..cell.clone()
        };
        nesting::of_cell(&cell.code).check(&cell.code)?;
        let taken = line_commands::take(&cell.code)?;
        for command in taken.own {
            kernel_commands::obey(&mut self.session, &mut self.journal, command, output)?;
        }
        if taken.code.trim().is_empty() {
            return Ok(());
        }
        self.session.cells.push((cell.number, cell.code.clone()));
        self.session.readmit(&dependencies::named(&taken.code));
        let (certain, possible) =
            item_macros::that_define(&taken.code, &self.session.items, &self.session.item_macros);
        if possible.len() == certain.len() {
            return self.execute_rust(cell, &taken.code, &certain, output);
        }
        // The compiler tells a macro that defines items from one that does not.
        let mut outcome = self.execute_rust(cell, &taken.code, &possible, output);
        let are_items = !cell_result::does_not_compile(&outcome);
        if !are_items {
            outcome = self.execute_rust(cell, &taken.code, &certain, output);
        }
        if !cell_result::does_not_compile(&outcome) {
            let tried = possible.iter().filter(|call| !certain.contains(*call));
            let known = tried.map(|call| (call.path.clone(), are_items));
            self.session.item_macros.extend(known);
        }
        outcome
    }

    /// Runs the Rust code of a cell, in which these macro calls define items.
    fn execute_rust(
        &mut self,
        cell: &Cell,
        written: &str,
        calls: &[Call],
        output: &Output,
    ) -> Result<(), Failure> {
        let (mut code, parts) = item_macros::disguise(written, calls, self.session.elided);
        self.session.elided += parts.len();
        for (number, part) in &parts {
            part.keep(&self.session.layout, *number).map_err(|error| {
                diagnostics::plain("Error", &format!("cannot keep a macro call: {error}"))
            })?;
        }
        let before = self.session.variables();
        let items = CellItems::of(&leading_lines::blank(&code).0);
        let lines = implementations::lines_before(&items, self.journal.cells());
        self.session.added = AddedLines::put(&mut code, &lines);
        let mut losses = items.losses(&self.session.items, &before);
        self.session.forget(losses.keys().cloned().collect());
        // What only defines is compiled with what reads the variables, as every later cell
        // is: it is not accepted if those would fail.
        if items.is_items_only {
            code += "\n()";
        }
        let label = self.journal.next();
        let statics = self.session.renew_statics(
            items.items(),
            calls.iter().map(|call| call.text.as_str()),
            label,
        );
        let attempt = |engine: &mut Engine| {
            engine.session.pump.tell(&ToWorker::Cell(label));
            engine.session.run(&code, Target::Show(output.clone()))
        };
        let (mut result, mut report, mut interrupt_outcome) = attempt(self);
        if items.is_items_only && matches!(result, Err(Error::CompilationErrors(_))) {
            let clashes = items.imported.iter().filter(|it| before.contains_key(*it));
            let clashes: Vec<String> = clashes.cloned().collect();
            if !clashes.is_empty() {
                losses.extend(clashes.iter().map(|name| (name.clone(), Loss::Name)));
                self.session.forget(clashes);
                (result, report, interrupt_outcome) = attempt(self);
            }
        }
        // What has run may have changed the session, unless it was taken back.
        if result.as_ref().is_ok_and(has_run) && report.recovery.is_none() {
            let noted = code.strip_suffix("\n()").unwrap_or(&code);
            self.journal.record(
                label,
                cell.number,
                noted.to_owned(),
                before.clone(),
                statics,
            );
            if !dependencies::named(&code).is_empty() {
                losses.extend(self.session.lose_rebuilt());
            }
            let after = self.session.variables();
            let ended = self.session.unkept.names().map(str::to_owned).collect();
            self.session.departures.note(
                cell.number,
                &before,
                &after,
                items.bound(),
                &ended,
                &losses,
            );
            let mut gone = losses
                .iter()
                .filter(|(name, _)| !items.binds(name))
                .peekable();
            output.stream(Stream::Stderr, &self.session.unkept.told(&cell.code));
            if gone.peek().is_some() {
                output.stream(Stream::Stderr, &redefinition::told(gone));
            }
        } else {
            self.session.set_statics(statics);
            // The snapshot from before it would take the place of one that undoes a cell.
            self.session.pump.tell(&ToWorker::Cell(0));
        }
        if let Err(error) = &result {
            self.session.remind(error, &before, &losses, output);
        }
        if items.is_items_only
            && is_of_generated_code(&result)
            && let Err(Error::CompilationErrors(errors)) = &result
            && completeness::break_off(&cell.code).is_none()
            && !errors
                .iter()
                .any(|error| text_places::is_in(error, &self.session.cells))
        {
            return Err(diagnostics::definition_refused(errors));
        }
        let outputs =
            cell_result::conclude(&mut self.session, result, &report, interrupt_outcome, cell)?;
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
}

/// True if a cell does not compile, but rustc finds nothing wrong with its own text.
fn is_of_generated_code(result: &Result<EvalOutputs, Error>) -> bool {
    let is_of_the_cell = |error: &CompilationError| {
        let mut places = error.spanned_messages().iter();
        error.level() == "error"
            && error.is_from_user_code()
            && places.any(|place| place.is_primary && place.span.is_some())
    };
    matches!(result, Err(Error::CompilationErrors(errors)) if !errors.iter().any(is_of_the_cell))
}

impl ShellHandler for Engine {
    fn execute(&mut self, cell: &Cell, output: &Output) -> Result<(), Failure> {
        analysis_limits::relax();
        self.session.interrupts.prepare();
        let outcome = self.execute_prepared(cell, output);
        self.session.interrupts.conclude();
        outcome
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
            let started = self.session.start(&mut |_| {}).map(|_| ());
            let value = started
                .and_then(|()| nesting::of_cell(code).check(code))
                .and_then(|()| line_commands::take(code))
                .and_then(|taken| {
                    if taken.own.iter().any(|it| matches!(it, Own::Shell(_))) {
                        return Err(diagnostics::plain(
                            "ShellLineFailed",
                            "a shell line has no value; run it in a cell",
                        ));
                    }
                    let (result, mut report, interrupt_outcome) =
                        self.session.run(&taken.code, Target::Report);
                    let value = report.value.take();
                    cell_result::conclude(
                        &mut self.session,
                        result,
                        &report,
                        interrupt_outcome,
                        &cell,
                    )?;
                    Ok(value.unwrap_or_default())
                });
            values.insert(name.clone(), value);
        }
        values
    }

    fn complete(&mut self, code: &str, cursor: usize) -> Completions {
        if nesting::of_cell(code).check(code).is_err() {
            return Completions::none_at(cursor);
        }
        let cursor = Cursor::new(code, cursor);
        let symbols = Arc::clone(&self.session.symbols);
        match self.session.start(&mut |_| {}) {
            Ok(context) => analysis_limits::stoppable(Some(ANALYSIS_TIMEOUT), || {
                completion::complete(context, &symbols, &cursor)
            })
            .unwrap_or_else(|_| symbols.complete(&cursor)),
            Err(_) => symbols.complete(&cursor),
        }
    }

    fn inspect(&mut self, code: &str, cursor: usize) -> Option<MimeBundle> {
        nesting::of_cell(code).check(code).ok()?;
        let cursor = Cursor::new(code, cursor);
        let symbols = Arc::clone(&self.session.symbols);
        match self.session.start(&mut |_| {}) {
            Ok(context) => analysis_limits::stoppable(Some(ANALYSIS_TIMEOUT), || {
                inspection::inspect(context, &symbols, &cursor)
            })
            .unwrap_or_else(|_| symbols.inspect(&cursor)),
            Err(_) => symbols.inspect(&cursor),
        }
    }

    fn comm(&mut self, event: CommEvent, output: &Output) -> bool {
        // Before the first cell nobody can have asked to hear anything.
        if self.session.context.is_none() {
            return false;
        }
        let (message, buffers) = comm_messages::message(event);
        self.session.interrupts.begin();
        self.session
            .pump
            .begin(Target::ShowMeanwhile(output.clone()));
        let taken = self.session.pump.deliver(&message, buffers);
        let report = self.session.pump.end();
        let interrupt_outcome = self.session.interrupts.end();
        let failure = match (&report.recovery, &report.failure) {
            (Some(_), _) if interrupt_outcome == InterruptOutcome::Killed => {
                Some(diagnostics::plain(
                    "Interrupted",
                    "the comm handler ignored the interrupt and was killed; variables and the chip \
                 are as they were before it",
                ))
            }
            (Some(recovery), _) => Some(crash_report::failure(recovery, &report.last_words)),
            (None, Some(failure)) if report.time_is_over => Some(crash_report::out_of_time(
                &cell_result::cell_failure(&self.session, failure),
            )),
            (None, Some(failure)) => Some(cell_result::cell_failure(&self.session, failure)),
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

    fn work_ahead(&mut self, quiet: Duration) -> bool {
        let is_quiet = quiet >= Duration::from_secs(2);
        if is_quiet {
            // Who was in a hurry has been served: perhaps by no cell, if it was empty.
            analysis_limits::relax();
        }
        self.session.symbols.prepare();
        let Some(context) = &mut self.session.context else {
            return false;
        };
        let began = std::time::Instant::now();
        if let Some(code) = self.ahead.as_slice().first() {
            let outcome =
                analysis_limits::ahead(ANALYSIS_TIMEOUT, || context.completions(code, code.len()));
            if matches!(outcome, Err(Stopped::Asked)) {
                // What was inferred so far stays, and the rest comes later.
                return false;
            }
            self.ahead.next();
            tracing::info!(elapsed = ?began.elapsed(), code, "worked ahead");
            return true;
        }
        // Each takes a twentieth of a second, which whoever runs cells in a row would wait.
        if !is_quiet {
            return false;
        }
        let Some(word) = self.words.as_slice().first() else {
            return false;
        };
        let name = word.trim_end_matches('!');
        let cursor = Cursor::new(word, name.len());
        let symbols = &self.session.symbols;
        let found = analysis_limits::ahead(ANALYSIS_TIMEOUT, || {
            inspection::inspect(context, symbols, &cursor)
        });
        if matches!(found, Err(Stopped::Asked)) {
            return false;
        }
        self.words.next();
        if let Ok(Some(documentation)) = found {
            self.session.symbols.remember(name, documentation);
        }
        tracing::debug!(elapsed = ?began.elapsed(), word, "looked a word up ahead");
        true
    }
}
