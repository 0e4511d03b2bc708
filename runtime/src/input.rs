//! Questions to the user.

use crate::Error;
use crate::display::{attached, send};
use hx_port::CellEvent;
use std::io::Write as _;

/// Asks the user for a line of text and waits for it.
///
/// In a notebook the question appears beside a box under the cell, in a program it is
/// printed. `std::io::stdin` works as well, without the question.
///
/// # Errors
/// [`Error::NoInput`] if the front end cannot ask, the user has interrupted, or stdin has ended.
pub fn input(prompt: &str) -> Result<String, Error> {
    ask(prompt, false)
}

/// As [`input`], for what should not be seen while it is typed nor kept in the notebook.
///
/// # Errors
/// As [`input`]; and outside a notebook, where the terminal would show it.
pub fn password(prompt: &str) -> Result<String, Error> {
    if !attached() {
        return Err(Error::NoInput {
            reason: "only a notebook can ask for a password".into(),
        });
    }
    ask(prompt, true)
}

fn ask(prompt: &str, password: bool) -> Result<String, Error> {
    if attached() {
        send(&CellEvent::Question {
            prompt: prompt.to_owned(),
            password,
        });
    } else {
        print!("{prompt}");
        let _ = std::io::stdout().flush();
    }
    let mut line = String::new();
    let length = std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| Error::NoInput {
            reason: reason(&error),
        })?;
    if length == 0 {
        return Err(Error::NoInput {
            reason: "stdin has ended".into(),
        });
    }
    let text = line.strip_suffix('\n').unwrap_or(&line);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

/// In words, the errors by which the kernel says that a line will not come.
fn reason(error: &std::io::Error) -> String {
    match error.raw_os_error() {
        Some(EOPNOTSUPP) => "this front end does not support input".into(),
        Some(ECANCELED) => "the cell was interrupted".into(),
        Some(ENOTCONN) => "the front end does not answer".into(),
        _ => error.to_string(),
    }
}

const EOPNOTSUPP: i32 = 95;
const ENOTCONN: i32 = 107;
const ECANCELED: i32 = 125;
