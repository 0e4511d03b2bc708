//! What this kernel's own commands do, and evcxr's books after what it cannot know.

use crate::engine::Engine;
use crate::engine::Purpose;
use crate::engine::books::redefinition::Loss;
use crate::engine::books::undo;
use crate::engine::books::variables::Variables;
use crate::engine::commands::line_commands::{self, Own};
use crate::engine::interrupt::Interference;
use crate::engine::output::pump::Target;
use crate::engine::report::crash_report;
use crate::engine::report::diagnostics;
use crate::engine::start::{Elsewhere, PRELUDE};
use crate::processes;
use crate::worker::limits;
use crate::worker::message::{ShellEnding, ToWorker};
use evcxr::{CommandContext, Error};
use hx_jupyter::{Cell, Failure, MimeBundle, Output, Stream};
use serde_json::Value;
use std::collections::BTreeMap;

impl Engine {
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

    /// Takes the session back to before the last cells: the worker goes on from the
    /// snapshot it left there, and evcxr's books are made to say the same.
    fn undo(&mut self, steps: usize, output: &Output) -> Result<MimeBundle, Failure> {
        let refuse = |message: String| diagnostics::plain("NothingToUndo", &message);
        let target = self.journal.back(steps).map_err(refuse)?;
        let label = target.label;
        self.pump.begin(Target::ShowMeanwhile(output.clone()));
        let has_undone = self.pump.tell(&ToWorker::Undo(label));
        self.pump.end();
        if has_undone != Some(true) {
            let size = processes::resident(self.activity.worker()).unwrap_or(0);
            return Err(refuse(match size > limits::LARGE_SESSION {
                true => format!(
                    "the snapshot from before that cell was given up, since the session is large \
                     (it holds {} MB)",
                    size / 1_000_000
                ),
                false => "the snapshot from before that cell is gone: its process was ended from \
                          outside, or none could be made"
                    .to_owned(),
            }));
        }
        let undone = self.journal.take_back(label);
        let kept = std::iter::once(PRELUDE).chain(self.journal.cells());
        let correction = undo::correction(&undone, kept.collect(), &self.variables());
        // First without those that are gone: their types may be, too.
        self.forget(correction.gone);
        let skips = ToWorker::SkipNext { lost: Vec::new() };
        self.pump.tell(&skips);
        let (result, _) = self.run_as(Purpose::Correction, &correction.code, Target::Report);
        self.known.forget_items(&correction.undefined);
        if let Err(error) = result {
            self.pump.tell(&ToWorker::SkipNothing);
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

    /// Takes variables out of evcxr's books, ahead of a cell that makes them unreadable.
    pub(crate) fn forget(&mut self, names: Vec<String>) {
        if !names.is_empty() {
            self.correct("();", names);
        }
    }

    /// Tells evcxr of variables again that it has forgotten for the sake of a cell that
    /// had no effect: it forgets those of a type that is redefined before anything runs.
    /// Those in `unsaid` were taken out by [`Engine::forget`], of which nobody has heard.
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
        if self.correct(&reminder.code, Vec::new()) && !said.is_empty() {
            let names = said.join(", ");
            let text = format!("The cell had no effect, so these are still there: {names}\n");
            output.stream(Stream::Stderr, &text);
        }
    }

    /// Corrects evcxr's books by a cell that is neither compiled nor run, and by the names
    /// of variables that are gone. Whether they are right now.
    fn correct(&mut self, code: &str, lost: Vec<String>) -> bool {
        if self.pump.tell(&ToWorker::SkipNext { lost }) != Some(true) {
            return false;
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
        result.is_ok()
    }

    /// Runs a line for the shell; one that fails ends the cell.
    fn run_for_the_shell(&mut self, line: &str, output: &Output) -> Result<(), Failure> {
        self.activity.begin();
        self.pump.begin(Target::Show(output.clone()));
        let done = self.pump.tell(&ToWorker::Shell(line.to_owned()));
        let report = self.pump.end();
        let interference = self.activity.end();
        let failed = |message: &str| diagnostics::plain("ShellLineFailed", message);
        if interference != Interference::None {
            return Err(diagnostics::plain(
                "Interrupted",
                "the shell line was interrupted; nothing after it in the cell was run",
            ));
        }
        if let Some(recovery) = &report.recovery {
            return Err(crash_report::failure(recovery, &report.last_words));
        }
        if report.time_is_over {
            return Err(crash_report::shell_line_out_of_time());
        }
        let ended = match (done, report.shell_line) {
            (Some(_), Some(ending)) => ending,
            _ => {
                return Err(failed(
                    "there is no process in which it could run; `:restart`",
                ));
            }
        };
        let how = match ended {
            ShellEnding::Exit(0) => return Ok(()),
            ShellEnding::Exit(code) => format!("ended with exit code {code}"),
            ShellEnding::Signal(signal) => format!("was ended by {signal}"),
            ShellEnding::NotStarted(reason) => format!("could not be started: {reason}"),
        };
        Err(failed(&format!(
            "the shell line `!{line}` {how}; nothing after it in the cell was run"
        )))
    }

    /// Does what one of this kernel's own commands says.
    pub(crate) fn obey(&mut self, command: Own, output: &Output) -> Result<(), Failure> {
        let context = self.context.as_mut().expect("started before anything runs");
        let shown = match command {
            Own::Help => Some(line_commands::help()),
            Own::Version => Some(line_commands::version()),
            Own::Variables => Some(line_commands::variables(context.variables_and_types())),
            Own::Undo(steps) => Some(self.undo(steps, output)?),
            Own::Shell(line) => {
                self.run_for_the_shell(&line, output)?;
                None
            }
            Own::Clear => {
                self.journal.clear();
                self.pump.tell(&ToWorker::EndOffspring);
                self.evcxr(":clear")?;
                self.evcxr(PRELUDE)?;
                None
            }
            // evcxr's command forgets to forget the variables; another one reminds it, which
            // looks for evcxr's settings in the current directory.
            Own::Restart => {
                self.journal.forget();
                let _elsewhere = Elsewhere::enter(self.layout.directory()).map_err(|error| {
                    diagnostics::plain("Error", &format!("cannot restart: {error}"))
                })?;
                self.pump.tell(&ToWorker::EndOffspring);
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
}
