//! How code ended, as a front end is told.

use crate::engine::code::completeness;
use crate::engine::code::invisible_characters;
use crate::engine::evcxr_session::EvcxrSession;
use crate::engine::interrupt::InterruptOutcome;
use crate::engine::output::pump::{CellFailure, CellReport};
use crate::engine::report::crash_report;
use crate::engine::report::diagnostics::{self, BadCell};
use crate::engine::report::source_map;
use crate::system_checks;
use crate::worker::message::Ending;
use evcxr::{Error, EvalOutputs};
use hx_jupyter::{Cell, Failure};

/// What the front end is told of how code ended.
pub(crate) fn conclude(
    session: &mut EvcxrSession,
    result: Result<EvalOutputs, Error>,
    report: &CellReport,
    interrupt_outcome: InterruptOutcome,
    cell: &Cell,
) -> Result<EvalOutputs, Failure> {
    let interrupted = interrupt_outcome != InterruptOutcome::None;
    if let Some(recovery) = &report.recovery {
        return Err(match (&report.failure, interrupt_outcome) {
            (_, InterruptOutcome::Killed) => diagnostics::plain(
                "Interrupted",
                &crash_report::with_losses(
                    "the cell ignored the interrupt and was killed; variables and the chip are as they were before it",
                    recovery,
                ),
            ),
            (Some(failure), _) if recovery.ending == Ending::RolledBack => {
                let failure = cell_failure(session, failure);
                let failure = if interrupted {
                    stopped(failure)
                } else {
                    failure
                };
                diagnostics::without_effect(failure, crash_report::losses(recovery))
            }
            _ => crash_report::failure(recovery, &report.last_words),
        });
    }
    match (result, &report.failure) {
        (Err(_), _) if interrupted => Err(diagnostics::plain(
            "Interrupted",
            "interrupted before the cell ran",
        )),
        (Err(error), _) => Err(match cause_beside_the_cell(session, &error) {
            Some(sentence) => diagnostics::plain("CannotCompile", &sentence),
            None => failure(error, cell, session),
        }),
        (Ok(_), Some(failure)) => {
            let ended_early =
                matches!(failure, CellFailure::Returned(failure) if failure.location.is_some());
            let failure = cell_failure(session, failure);
            let failure = match report.time_is_over {
                true => crash_report::out_of_time(&failure),
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

/// What is wrong with the machine, if an error looks as if it were not the cell's own.
fn cause_beside_the_cell(session: &mut EvcxrSession, error: &Error) -> Option<String> {
    let is_suspicious = match error {
        Error::Message(message) => {
            message.starts_with("Compilation failed, but no parsable errors were found")
                || (message.starts_with("Couldn't automatically determine type")
                    && !can_infer_types(session))
        }
        Error::CompilationErrors(errors) => errors.iter().any(|error| {
            (error.code().is_none() && error.spanned_messages().is_empty())
                || error.message().contains("incompatible version of rustc")
        }),
        _ => false,
    };
    is_suspicious
        .then(|| system_checks::cause(&session.toolchain))
        .flatten()
}

/// True if rust-analyzer knows anything: with a project it could not load, it does not.
fn can_infer_types(session: &mut EvcxrSession) -> bool {
    const PROBE: &str = "let probe = vec![1.0]; probe.";
    let context = session.context.as_mut();
    let found = context.and_then(|context| context.completions(PROBE, PROBE.len()).ok());
    found.is_some_and(|found| !found.completions.is_empty())
}

pub(crate) fn failure(error: Error, cell: &Cell, session: &EvcxrSession) -> Failure {
    if let Error::CompilationErrors(_) | Error::Message(_) = error
        && let Some(sentence) = invisible_characters::complaint(&cell.code)
    {
        return diagnostics::plain("InvisibleCharacter", &sentence);
    }
    if let Error::CompilationErrors(_) = error
        && let Some(end) = completeness::break_off(&cell.code)
    {
        return diagnostics::unfinished(&end, &cell.code, cell.number);
    }
    match error {
        Error::CompilationErrors(errors) => diagnostics::compilation_failed(
            &errors,
            &BadCell {
                code: &cell.code,
                number: cell.number,
                others: &session.cells,
                added: session.added,
                gone: &|name| session.departures.notice(name),
            },
        ),
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

/// True if a cell failed before anything of it ran.
pub(crate) fn does_not_compile(outcome: &Result<(), Failure>) -> bool {
    const NAMES: [&str; 2] = [
        diagnostics::COMPILATION_ERROR,
        diagnostics::DEFINITION_REFUSED,
    ];
    matches!(outcome, Err(failure) if NAMES.contains(&failure.name.as_str()))
}

/// How a failed cell is shown.
pub(crate) fn cell_failure(session: &EvcxrSession, failure: &CellFailure) -> Failure {
    match failure {
        CellFailure::Returned(failure) => {
            diagnostics::returned(failure, &origins(session, failure))
        }
        CellFailure::Panicked(failure) => {
            diagnostics::panicked(failure, &origins(session, failure))
        }
    }
}

/// The lines of cells a panic came from and was called from.
fn origins(session: &EvcxrSession, failure: &hx_port::Failure) -> Vec<source_map::SourceMap> {
    let source = session
        .context
        .as_ref()
        .and_then(|context| context.last_source().ok());
    let Some(source) = source else {
        return Vec::new();
    };
    let places = failure.location.iter().chain(&failure.calls);
    let in_cells = places.filter(|place| place.file.ends_with("src/lib.rs"));
    let mut origins: Vec<source_map::SourceMap> = in_cells
        .filter_map(|place| {
            source_map::find(
                &source,
                place.line as usize,
                place.column as usize,
                &session.cells,
            )
        })
        .collect();
    // The panic's own line is also the innermost call.
    origins.dedup_by(|later, earlier| (later.number, later.line) == (earlier.number, earlier.line));
    origins
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
