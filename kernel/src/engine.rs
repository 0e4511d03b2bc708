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
mod conclusion;
mod control;
mod controls;
mod cursor;
mod deaths;
mod diagnostics;
mod documentation;
mod inspection;
mod known;
mod markers;
mod origin;
mod own_commands;
mod pending;
mod pipes;
mod pump;
mod rewording;
mod start;
mod undo;
pub(crate) mod unusable;

use crate::surroundings;
use crate::toolchain::environment::Layout;
use crate::toolchain::{self, Toolchain};
use crate::worker::limits::Limits;
use crate::worker::message::ToWorker;
use activity::{Activity, Interference};
use controls::EngineControls;
use cursor::Cursor;
use evcxr::{CommandContext, Error, EvalOutputs};
use hx_jupyter::{
    Cell, CommEvent, Completions, Controls, Failure, Language, MimeBundle, Output, Stream,
};
use known::Known;
use pump::{Pump, Report, Target};
use start::{EVCXR_CONFIGURATION, start_evcxr};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use undo::Journal;

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
            toolchain: surroundings::toolchain(),
            pump,
            activity,
            known,
            context: None,
            has_failed_to_start: false,
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
    has_failed_to_start: bool,
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
            // Starting takes seconds, looking at what was in the way does not.
            if self.has_failed_to_start
                && let Some(sentence) = surroundings::cause(&self.toolchain)
            {
                return Err(diagnostics::plain("NoSession", &sentence));
            }
            self.has_failed_to_start = true;
            let toolchain = self
                .toolchain
                .as_ref()
                .map_err(|error| diagnostics::plain("NoSession", error))?;
            let cause = |symptom: String| surroundings::cause(&self.toolchain).unwrap_or(symptom);
            let runtime = toolchain::runtime::find_or_build(toolchain, |text| say(text))
                .map_err(|error| diagnostics::plain("NoRuntime", &cause(error.to_string())))?;
            if !toolchain.has_sources() {
                say(
                    "The standard library's sources are missing, without which types cannot be inferred: run `rustup component add rust-src`.\n",
                );
            }
            let context = start_evcxr(&self.layout, toolchain, &runtime)
                .map_err(|error| diagnostics::plain("NoSession", &cause(error)))?;
            self.context = Some(context);
            self.has_failed_to_start = false;
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

    fn work_ahead(&mut self, quiet: Duration) -> bool {
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
        // Each takes a twentieth of a second, which whoever runs cells in a row would wait.
        if quiet < Duration::from_secs(2) {
            return false;
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
