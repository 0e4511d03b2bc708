//! What this kernel's own commands do, and evcxr's books after what it cannot know.

use super::activity::Interference;
use super::commands::{self, Own};
use super::pump::Target;
use super::start::PRELUDE;
use super::undo::{self, Variables};
use super::{Engine, deaths, diagnostics};
use crate::worker::limits;
use crate::worker::message::{ShellEnding, ToWorker};
use evcxr::{CommandContext, Error};
use hx_jupyter::{Cell, Failure, MimeBundle, Output, Stream};
use nix::unistd::Pid;
use serde_json::Value;
use std::sync::atomic::Ordering;

impl Engine {
    /// The variables and their types, as evcxr names them.
    pub(super) fn variables(&self) -> Variables {
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
            let worker = Pid::from_raw(self.pump.worker().load(Ordering::Acquire));
            let size = limits::resident(worker).unwrap_or(0);
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
    pub(super) fn remind(&mut self, error: &Error, before: &Variables, output: &Output) {
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
            return Err(deaths::failure(recovery, &report.last_words));
        }
        if report.time_is_over {
            return Err(deaths::shell_line_out_of_time());
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
    pub(super) fn obey(&mut self, command: Own, output: &Output) -> Result<(), Failure> {
        let context = self.context.as_mut().expect("started before anything runs");
        let shown = match command {
            Own::Help => Some(commands::help()),
            Own::Version => Some(commands::version()),
            Own::Variables => Some(commands::variables(context.variables_and_types())),
            Own::Undo(steps) => Some(self.undo(steps)?),
            Own::Shell(line) => {
                self.run_for_the_shell(&line, output)?;
                None
            }
            Own::Clear => {
                self.journal.forget();
                self.pump.tell(&ToWorker::EndOffspring);
                self.evcxr(":clear")?;
                self.evcxr(PRELUDE)?;
                None
            }
            // evcxr's command forgets to forget the variables; another one reminds it.
            Own::Restart => {
                self.journal.forget();
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
