//! A session of evcxr with this kernel's worker and runtime, and what is true around each of
//! its runs: evcxr sees what it can infer, its books are right, the button is heard.

use crate::engine::analysis_limits;
use crate::engine::assist::symbols::SymbolIndex;
use crate::engine::code::leading_lines::AddedLines;
use crate::engine::code::{bindings, long_expressions, thinning};
use crate::engine::evcxr_state::departures::Departures;
use crate::engine::evcxr_state::redefinition::Loss;
use crate::engine::evcxr_state::undo;
use crate::engine::evcxr_state::unkept::{self, Unkept};
use crate::engine::evcxr_state::variables::Variables;
use crate::engine::interrupt::{InterruptController, InterruptOutcome};
use crate::engine::output::pump::{CellReport, Pump, Target};
use crate::engine::report::diagnostics;
use crate::engine::start::{self, start_evcxr};
use crate::system_checks;
use crate::toolchain::cell_source;
use crate::toolchain::environment::Layout;
use crate::toolchain::runtime::RuntimeError;
use crate::toolchain::statics::{self, Generations};
use crate::toolchain::variable_types::{self, VariableType};
use crate::toolchain::{self, Toolchain, records};
use crate::worker::message::ToWorker;
use evcxr::{CommandContext, Error, EvalOutputs};
use hx_jupyter::{Failure, Output, Stream};
use ra_ap_syntax::ast;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

/// evcxr, started or yet to be started.
pub(crate) struct EvcxrSession {
    pub(crate) layout: Layout,
    pub(crate) toolchain: Result<Toolchain, String>,
    pub(crate) pump: Pump,
    /// Where evcxr's workers introduce themselves to the supervisor.
    pub(crate) introductions: OwnedFd,
    pub(crate) interrupts: Arc<InterruptController>,
    /// Answers without evcxr.
    pub(crate) symbols: Arc<SymbolIndex>,
    /// The runtime's place, once the session has started.
    runtime: PathBuf,
    /// There once the session has started.
    pub(crate) context: Option<CommandContext>,
    has_failed_to_start: bool,
    /// The cells so far, to find lines in.
    pub(crate) cells: Vec<(u32, String)>,
    /// The session's items, as evcxr has them in its books.
    pub(crate) items: String,
    /// Definitions as the stand-in for rustc knows them.
    types: Vec<u8>,
    /// How often the cells that define statics were run.
    pub(crate) statics: Generations,
    /// How many parts of cells only the compiler has seen.
    pub(crate) elided: usize,
    /// Cells whose variables' types only the compiler can tell.
    asks_compiler: HashSet<String>,
    /// Lines before the code of the cell that nobody has written.
    pub(crate) added: AddedLines,
    /// Macros that were tried, and whether they define items.
    pub(crate) item_macros: HashMap<String, bool>,
    /// Crates that were undone.
    withdrawn: BTreeSet<String>,
    /// Variables that went, for whoever uses them still.
    pub(crate) departures: Departures,
    /// Variables of the cell that runs which end with it, and why.
    pub(crate) unkept: Unkept,
}

impl EvcxrSession {
    pub(crate) fn new(
        layout: Layout,
        toolchain: Result<Toolchain, String>,
        pump: Pump,
        introductions: OwnedFd,
        interrupts: Arc<InterruptController>,
        symbols: Arc<SymbolIndex>,
    ) -> EvcxrSession {
        EvcxrSession {
            layout,
            toolchain,
            pump,
            introductions,
            interrupts,
            symbols,
            runtime: PathBuf::new(),
            context: None,
            has_failed_to_start: false,
            cells: Vec::new(),
            items: String::new(),
            types: Vec::new(),
            statics: Generations::new(),
            elided: 0,
            asks_compiler: HashSet::new(),
            added: AddedLines::default(),
            item_macros: HashMap::new(),
            withdrawn: BTreeSet::new(),
            departures: Departures::default(),
            unkept: Unkept::default(),
        }
    }

    /// Starts evcxr and the worker, building the runtime first if there is none
    /// for this toolchain.
    pub(crate) fn start(
        &mut self,
        say: &mut dyn FnMut(&str),
    ) -> Result<&mut CommandContext, Failure> {
        if self.context.is_none() {
            // Starting takes seconds, looking at what was in the way does not.
            if self.has_failed_to_start
                && let Some(sentence) = system_checks::cause(&self.toolchain)
            {
                return Err(diagnostics::plain("NoSession", &sentence));
            }
            self.has_failed_to_start = true;
            let toolchain = self
                .toolchain
                .as_ref()
                .map_err(|error| diagnostics::plain("NoSession", error))?;
            let cause = |symptom: String| system_checks::cause(&self.toolchain).unwrap_or(symptom);
            // A build takes a minute, and can be stopped like a cell.
            let interrupts = &self.interrupts;
            interrupts.begin();
            let runtime = toolchain::runtime::find_or_build(toolchain, |text| say(text), &|| {
                interrupts.is_interrupted()
            });
            interrupts.end();
            let runtime = runtime.map_err(|error| match error {
                RuntimeError::Interrupted => diagnostics::plain("Interrupted", &error.to_string()),
                _ => diagnostics::plain("NoRuntime", &cause(error.to_string())),
            })?;
            if !toolchain.has_sources() {
                say(
                    "The standard library's sources are missing, without which types cannot be inferred: run `rustup component add rust-src`.\n",
                );
            }
            let context = start_evcxr(&self.layout, toolchain, &runtime, &self.introductions)
                .map_err(|error| diagnostics::plain("NoSession", &cause(error)))?;
            self.context = Some(context);
            self.has_failed_to_start = false;
            self.runtime = runtime;
        } else if let Ok(toolchain) = &self.toolchain {
            let restored = start::restore(&self.layout, toolchain, &self.runtime);
            restored
                .and_then(|()| self.restore_types())
                .and_then(|()| self.restore_statics())
                .map_err(|error| {
                    let message = format!("the session's directory cannot be made anew: {error}");
                    diagnostics::plain("NoSession", &message)
                })?;
        }
        Ok(self.context.as_mut().expect("made above"))
    }

    /// Brings back what is known of the session's types, if a cell has removed it: without
    /// that a type would be taken for the first of its name.
    fn restore_types(&self) -> std::io::Result<()> {
        let record = self.layout.types();
        if self.types.is_empty() || record.exists() {
            return Ok(());
        }
        std::fs::write(record, &self.types)
    }

    /// Brings back which statics are the session's, if a cell has removed it.
    fn restore_statics(&self) -> std::io::Result<()> {
        let record = self.layout.statics();
        match self.statics.is_empty() || record.exists() {
            true => Ok(()),
            false => records::write(&record, &self.statics),
        }
    }

    /// Statics that these items hold are new ones from now on: the cell that defines them is
    /// run, for the first time or again. Gives back what was before.
    pub(crate) fn renew_statics<'a>(
        &mut self,
        items: impl Iterator<Item = &'a ast::Item>,
        calls: impl Iterator<Item = &'a str>,
        label: u32,
    ) -> Generations {
        let before = self.statics.clone();
        let mut after = before.clone();
        let keys = items.filter_map(statics::key);
        let keys = keys.chain(calls.filter_map(statics::key_of_text));
        after.extend(keys.map(|key| (key, label)));
        self.set_statics(after);
        before
    }

    /// Leaves crates out of the manifest from now on.
    pub(crate) fn withdraw(&mut self, crates: BTreeSet<String>) {
        if !crates.is_empty() {
            self.withdrawn.extend(crates);
            self.write_withdrawn();
        }
    }

    /// Lets crates be part of the manifest again, which a cell names.
    pub(crate) fn readmit(&mut self, crates: &BTreeSet<String>) {
        if crates.iter().any(|name| self.withdrawn.remove(name)) {
            self.withdrawn.retain(|name| !crates.contains(name));
            self.write_withdrawn();
        }
    }

    fn write_withdrawn(&self) {
        if let Err(error) = records::write(&self.layout.withdrawn(), &self.withdrawn) {
            tracing::error!(%error, "the crates of the session are not as they were before");
        }
    }

    /// Takes the variables out of evcxr's books that cannot be read any more since a crate of
    /// their types was built anew, and gives them with the types as they were written.
    pub(crate) fn lose_rebuilt(&mut self) -> BTreeMap<String, Loss> {
        let before = self.variables();
        if before.is_empty() {
            return BTreeMap::new();
        }
        // Every cell reads all variables first, and evcxr forgets those that it cannot read.
        let _ = self.run("()", Target::Report);
        let after = self.variables();
        let lost = before
            .into_iter()
            .filter(|(name, _)| !after.contains_key(name));
        lost.map(|(name, of)| (name, Loss::Crate(of))).collect()
    }

    /// Makes the statics those of another state of the session.
    pub(crate) fn set_statics(&mut self, statics: Generations) {
        if self.statics != statics {
            self.statics = statics;
            if let Err(error) = records::write(&self.layout.statics(), &self.statics) {
                tracing::error!(%error, "the statics are not as the session has them");
            }
        }
    }

    /// The code with what evcxr need not see left out, which the stand-in for cargo gets.
    fn thin(&mut self, code: &str) -> Option<String> {
        let thinned = thinning::thin(code, self.elided, None)?;
        self.elided += thinned.elided.len();
        for (number, part) in &thinned.elided {
            // Without a place to keep it evcxr gets all of it, and is slow over it.
            part.keep(&self.layout, *number).ok()?;
        }
        Some(thinned.code)
    }

    /// The variables and their types, as evcxr names them.
    pub(crate) fn variables(&self) -> Variables {
        let context = self.context.as_ref();
        let variables = context.map(CommandContext::variables_and_types);
        variables
            .into_iter()
            .flatten()
            .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
            .collect()
    }

    /// Takes variables out of evcxr's books, ahead of a cell that makes them unreadable.
    pub(crate) fn forget(&mut self, names: Vec<String>) {
        if !names.is_empty() {
            // Whoever corrects says it to the log.
            let _ = self.correct("();", names);
        }
    }

    /// Tells evcxr of variables again that it has forgotten for the sake of a cell that
    /// had no effect: it forgets those of a type that is redefined before anything runs.
    /// Those in `unsaid` were taken out by [`EvcxrSession::forget`], of which nobody has heard.
    pub(crate) fn remind(
        &mut self,
        error: &Error,
        before: &Variables,
        unsaid: &BTreeMap<String, Loss>,
        output: &Output,
    ) {
        if matches!(error, Error::SubprocessTerminated(_)) {
            return;
        }
        let Some(reminder) = undo::reminder(before, &self.variables()) else {
            return;
        };
        let said = reminder.names.iter().filter(|it| !unsaid.contains_key(*it));
        let said: Vec<&str> = said.map(String::as_str).collect();
        if self.correct(&reminder.code, Vec::new()).is_ok() && !said.is_empty() {
            let names = said.join(", ");
            let text = format!("The cell had no effect, so these are still there: {names}\n");
            output.stream(Stream::Stderr, &text);
        }
    }

    /// Corrects evcxr's books by a cell that is neither compiled nor run, and by the names
    /// of variables that are gone.
    ///
    /// # Errors
    /// If the books are not right after it.
    pub(crate) fn correct(&mut self, code: &str, lost: Vec<String>) -> Result<(), Error> {
        if self.pump.tell(&ToWorker::SkipNext { lost }) != Some(true) {
            let nobody = "there is no process of the cells that could be told of a correction";
            return Err(Error::Message(nobody.to_owned()));
        }
        let mark = self.layout.bookkeeping();
        if let Err(error) = std::fs::write(&mark, "") {
            tracing::warn!(%error, "a correction is compiled, since it cannot be marked");
        }
        let (result, _) = self.run_as(Purpose::Correction, code, Target::Report);
        let _ = std::fs::remove_file(mark);
        if let Err(error) = &result {
            tracing::error!(%error, "evcxr's books are not as the session is");
            self.pump.tell(&ToWorker::SkipNothing);
        }
        result.map(|_| ())
    }

    /// Runs code with its output going to `target`, unless it is stopped; tells how it went.
    pub(crate) fn run(
        &mut self,
        code: &str,
        target: Target,
    ) -> (Result<EvalOutputs, Error>, CellReport, InterruptOutcome) {
        self.interrupts.begin();
        let (result, report) = self.run_as(Purpose::Cell, code, target);
        (result, report, self.interrupts.end())
    }

    fn run_as(
        &mut self,
        purpose: Purpose,
        code: &str,
        target: Target,
    ) -> (Result<EvalOutputs, Error>, CellReport) {
        let thinned = self.thin(code);
        let code = thinned.as_deref().unwrap_or(code);
        if purpose == Purpose::Correction {
            return self.attempt(purpose, code, code, target);
        }
        self.unkept = Unkept::default();
        let first = match self.asks_compiler.contains(code) {
            true => None,
            false => Some(self.attempt(purpose, code, code, target.clone())),
        };
        if let Some((result, _)) = &first
            && !matches!(result, Err(error) if unkept::is_about_variables(error))
        {
            return first.expect("it is there");
        }
        let cause = first.as_ref().and_then(|(result, _)| result.as_ref().err());
        match self.attempt_with_types(code, cause, target.clone()) {
            Some(outcome) => outcome,
            None => first.unwrap_or_else(|| self.attempt(purpose, code, code, target)),
        }
    }

    /// Runs a cell with the types that the compiler tells, without keeping variables for
    /// which nothing can be written or that borrow from the cell; nothing if it has no say.
    fn attempt_with_types(
        &mut self,
        code: &str,
        cause: Option<&Error>,
        target: Target,
    ) -> Option<(Result<EvalOutputs, Error>, CellReport)> {
        let bindings = bindings::find(code);
        if bindings.is_empty() {
            return None;
        }
        let context = self.context.as_mut()?;
        let (errors, left) = variable_types::of_check(&self.layout, || context.check(code));
        let mut errors = errors.ok()?;
        errors.retain(|error| error.level() == "error");
        if !errors.is_empty() {
            return Some((Err(Error::CompilationErrors(errors)), CellReport::default()));
        }
        let left = left?;
        let types: BTreeMap<String, VariableType> = bindings::names(&bindings)
            .filter_map(|name| Some((name.to_owned(), variable_types::of_variable(&left, name)?)))
            .collect();
        let mut unkept = Unkept::of_types(&types);
        if let Some(cause) = cause {
            unkept.add_named(cause, &types);
        }
        // Each round gives up at least one variable.
        for _ in 0..=types.len() {
            let present = self.variables();
            let hidden = unkept.names().filter(|name| present.contains_key(*name));
            self.forget(hidden.map(str::to_owned).collect());
            let names: BTreeSet<String> = unkept.names().map(str::to_owned).collect();
            let disguised = bindings::disguise(code, &bindings, &types, &names, self.elided);
            self.elided += disguised.parts.len();
            for (number, part) in &disguised.parts {
                part.keep(&self.layout, *number).ok()?;
            }
            let outcome = self.attempt(Purpose::Cell, &disguised.code, code, target.clone());
            match &outcome.0 {
                Err(error) if unkept.add_blamed(error, bindings::names(&bindings), &types) => {}
                // A closure behind an opaque type does not become a pointer.
                Err(error) if unkept::is_mismatch(error) && unkept.add_functions(&types) => {}
                Err(error) if unkept::is_about_variables(error) => {
                    let lenders = bindings::mentioned(code, &bindings, &names);
                    if !unkept.add_lenders(lenders) {
                        return Some(outcome);
                    }
                }
                Err(_) => return Some(outcome),
                Ok(_) => {
                    self.asks_compiler.insert(code.to_owned());
                    self.unkept = unkept;
                    return Some(outcome);
                }
            }
        }
        None
    }

    /// Lets evcxr execute code, which stands for what is `written`.
    fn attempt(
        &mut self,
        purpose: Purpose,
        code: &str,
        written: &str,
        target: Target,
    ) -> (Result<EvalOutputs, Error>, CellReport) {
        let context = self.context.as_mut().expect("started before anything runs");
        self.pump.begin(target);
        let (layout, parts) = (&self.layout, &mut self.elided);
        let result = match purpose {
            Purpose::Correction => context.execute(code),
            Purpose::Cell => hide_chains(context, layout, parts, code).and_then(|hidden| {
                let code = hidden.as_deref().unwrap_or(code);
                analysis_limits::stoppable(None, || context.execute(code))
                    .unwrap_or_else(|stopped| Err(stopped.into_error()))
            }),
        };
        let report = self.pump.end();
        let context = self.context.as_ref().expect("it has just run");
        if result.as_ref().is_ok_and(has_run)
            && let Ok(source) = context.last_source()
        {
            cell_source::items_of(&source).clone_into(&mut self.items);
            // There is none before the first type.
            if let Ok(types) = std::fs::read(self.layout.types()) {
                self.types = types;
            }
        }
        self.symbols
            .update(context, if result.is_ok() { written } else { "" });
        (result, report)
    }

    /// Runs something that shows nothing.
    pub(crate) fn evcxr(&mut self, code: &str) -> Result<(), Failure> {
        let (result, ..) = self.run(code, Target::Report);
        let failed = |error: Error| diagnostics::plain("Error", &error.to_string());
        result.map(|_| ()).map_err(failed)
    }
}

/// What code is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Cell,
    /// To correct evcxr's books, which takes no time and which nobody can want to stop.
    Correction,
}

/// True if anything of a cell has been run.
pub(crate) fn has_run(outputs: &EvalOutputs) -> bool {
    !outputs.phases.is_empty()
}

/// The code without long chains, if it has any: the compiler says what types they give.
fn hide_chains(
    context: &mut CommandContext,
    layout: &Layout,
    parts: &mut usize,
    code: &str,
) -> Result<Option<String>, Error> {
    let found = long_expressions::find(code);
    if found.is_empty() {
        return Ok(None);
    }
    let mut intermediate = None;
    if found.iter().any(|chain| chain.wanted().is_some()) {
        let (errors, left) = variable_types::of_check(layout, || context.check(code));
        let mut errors = errors?;
        errors.retain(|error| error.level() == "error");
        if !errors.is_empty() {
            return Err(Error::CompilationErrors(errors));
        }
        intermediate = left;
    }
    let mut known = Vec::new();
    for chain in found {
        let of = match (&chain, &intermediate) {
            (long_expressions::Chain::Let { of: Some(of), .. }, _) => Some(of.clone()),
            (long_expressions::Chain::Let { name, .. }, Some(left)) => {
                match variable_types::of_variable(left, name) {
                    Some(VariableType::Written(of) | VariableType::Unwritable(of)) => Some(of),
                    // A chain of calls makes no function.
                    Some(VariableType::Function(_)) | None => None,
                }
            }
            _ => None,
        };
        if let (long_expressions::Chain::Let { name, .. }, Some(of)) = (&chain, &of)
            && of.contains("{closure@")
        {
            return Err(Error::Message(format!(
                "The variable `{name}` has type `{of}` which cannot be persisted."
            )));
        }
        known.push((chain, of));
    }
    let (hidden, left_out) = long_expressions::hide(code, &known, *parts);
    *parts += known.len();
    for (number, part) in &left_out {
        part.keep(layout, *number)?;
    }
    Ok(Some(hidden))
}
