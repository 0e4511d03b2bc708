//! This kernel's own commands: `:undo`, `:clear`, `:restart`, lines for the shell, and what they
//! show.

use crate::engine::commands::line_commands::{self, Own};
use crate::engine::evcxr_session::EvcxrSession;
use crate::engine::evcxr_state::dependencies;
use crate::engine::evcxr_state::undo::{self, Journal};
use crate::engine::interrupt::InterruptOutcome;
use crate::engine::output::pump::Target;
use crate::engine::report::cell_result;
use crate::engine::report::crash_report;
use crate::engine::report::diagnostics;
use crate::engine::start::{Elsewhere, PRELUDE};
use crate::processes;
use crate::worker::limits;
use crate::worker::message::{ShellEnding, ToWorker};
use hx_jupyter::{Cell, Failure, MimeBundle, Output};
use serde_json::Value;

/// Takes the session back to before the last cells: the worker goes on from the
/// snapshot it left there, and evcxr's books are made to say the same.
fn undo(
    session: &mut EvcxrSession,
    journal: &mut Journal,
    steps: usize,
    output: &Output,
) -> Result<MimeBundle, Failure> {
    let refuse = |message: String| diagnostics::plain("NothingToUndo", &message);
    let target = journal.back(steps).map_err(refuse)?;
    let label = target.label;
    session.pump.begin(Target::ShowMeanwhile(output.clone()));
    let has_undone = session.pump.tell(&ToWorker::Undo(label));
    session.pump.end();
    if has_undone != Some(true) {
        let size = processes::resident(session.interrupts.worker()).unwrap_or(0);
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
    let undone = journal.take_back(label);
    session.departures.take_back(&undo::numbers(&undone));
    session.withdraw(dependencies::withdrawn(
        undo::texts(&undone),
        journal.cells(),
    ));
    if let Some(statics) = Journal::statics_before(&undone) {
        session.set_statics(statics.clone());
    }
    let kept = std::iter::once(PRELUDE).chain(journal.cells());
    let correction = undo::correction(&undone, kept.collect(), &session.variables());
    // First without those that are gone: their types may be, too.
    session.forget(correction.gone);
    let result = session.correct(&correction.code, Vec::new());
    session.symbols.forget_items(&correction.undefined);
    if let Err(error) = result {
        // The variables are there, only evcxr does not know.
        let cell = Cell {
            code: correction.code,
            number: 0,
            silent: true,
        };
        return Err(cell_result::failure(error, &cell, session));
    }
    let text = Value::String(undo::told(&undone));
    Ok(MimeBundle::from_iter([("text/plain".to_owned(), text)]))
}

/// Runs a line for the shell; one that fails ends the cell.
fn run_for_the_shell(
    session: &mut EvcxrSession,
    line: &str,
    output: &Output,
) -> Result<(), Failure> {
    session.interrupts.begin();
    session.pump.begin(Target::Show(output.clone()));
    let done = session.pump.tell(&ToWorker::Shell(line.to_owned()));
    let report = session.pump.end();
    let interrupt_outcome = session.interrupts.end();
    let failed = |message: &str| diagnostics::plain("ShellLineFailed", message);
    if interrupt_outcome != InterruptOutcome::None {
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
        ShellEnding::Signal(signal) => format!("was killed by {signal}"),
        ShellEnding::NotStarted(reason) => format!("could not be started: {reason}"),
    };
    Err(failed(&format!(
        "the shell line `!{line}` {how}; nothing after it in the cell was run"
    )))
}

/// Does what one of this kernel's own commands says.
pub(crate) fn obey(
    session: &mut EvcxrSession,
    journal: &mut Journal,
    command: Own,
    output: &Output,
) -> Result<(), Failure> {
    let context = session
        .context
        .as_mut()
        .expect("started before anything runs");
    let shown = match command {
        Own::Help => Some(line_commands::help()),
        Own::Version => Some(line_commands::version()),
        Own::Variables => Some(line_commands::variables(context.variables_and_types())),
        Own::Undo(steps) => Some(undo(session, journal, steps, output)?),
        Own::Shell(line) => {
            run_for_the_shell(session, &line, output)?;
            None
        }
        Own::Clear => {
            journal.clear();
            session.departures.clear();
            session.pump.tell(&ToWorker::EndOffspring);
            session.evcxr(":clear")?;
            session.evcxr(PRELUDE)?;
            None
        }
        // evcxr's command forgets to forget the variables; another one reminds it, which
        // looks for evcxr's settings in the current directory.
        Own::Restart => {
            journal.forget();
            session.departures.clear();
            let _elsewhere = Elsewhere::enter(session.layout.directory()).map_err(|error| {
                diagnostics::plain("Error", &format!("cannot restart: {error}"))
            })?;
            session.pump.tell(&ToWorker::EndOffspring);
            session.evcxr(":restart\n:load_config --quiet")?;
            None
        }
    };
    if let Some(data) = shown {
        output.value(data, MimeBundle::new());
    }
    Ok(())
}
