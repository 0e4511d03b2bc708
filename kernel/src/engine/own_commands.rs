//! What this kernel's own commands do, and evcxr's books after what it cannot know.

use super::commands::{self, Own};
use super::pump::Target;
use super::start::PRELUDE;
use super::undo::{self, Variables};
use super::{Engine, diagnostics};
use crate::worker::message::ToWorker;
use evcxr::{CommandContext, Error};
use hx_jupyter::{Cell, Failure, MimeBundle, Output, Stream};
use serde_json::Value;

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
    fn undo(&mut self, steps: usize, output: &Output) -> Result<MimeBundle, Failure> {
        let refuse = |message: String| diagnostics::plain("NothingToUndo", &message);
        let target = self.journal.back(steps).map_err(refuse)?;
        let label = target.label;
        self.pump.begin(Target::ShowMeanwhile(output.clone()));
        let has_undone = self.pump.tell(&ToWorker::Undo(label));
        self.pump.end();
        if has_undone != Some(true) {
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

    /// Does what one of this kernel's own commands says.
    pub(super) fn obey(&mut self, command: Own, output: &Output) -> Result<(), Failure> {
        let context = self.context.as_mut().expect("started before anything runs");
        let shown = match command {
            Own::Help => Some(commands::help()),
            Own::Version => Some(commands::version()),
            Own::Variables => Some(commands::variables(context.variables_and_types())),
            Own::Undo(steps) => Some(self.undo(steps, output)?),
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
}
