//! rustc's messages on their way to evcxr.
//!
//! evcxr takes a message whose suggestion lies in the user's code, while its place does
//! not, for one about the suggestion. That happens whenever the last expression of a
//! cell lacks an import: rustc suggests a `use` among the session's own. The place, and
//! the message itself, are lost. So suggestions that lie elsewhere become words. The same
//! goes for what rustc says of names that `:undo` has taken away: nothing of it is said.

use crate::definitions::UNDEFINED;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

/// A message, in the compiler's format, about the compiler's own death by a signal.
pub(super) fn death(status: ExitStatus) -> Option<Value> {
    use nix::sys::signal::Signal;
    let signal = Signal::try_from(status.signal()?).ok()?;
    // That is the stop button.
    (signal != Signal::SIGKILL).then(|| {
        let message = format!(
            "the compiler itself died of this cell ({signal}): it may be nested too deeply, or \
             need more memory than there is; divide it into smaller parts"
        );
        json!({ "message": message, "level": "error", "code": null, "spans": [], "children": [] })
    })
}

/// One line of the compiler's (or cargo's) JSON output, adapted.
pub(super) fn adapt(line: &str) -> Cow<'_, str> {
    let names_the_undone = line.contains(UNDEFINED);
    if !names_the_undone && !line.contains("\"suggested_replacement\":\"") {
        return line.into();
    }
    let Ok(mut message) = serde_json::from_str::<Value>(line) else {
        return line.into();
    };
    // Cargo wraps the compiler's message.
    let diagnostic = match message["message"].is_object() {
        true => &mut message["message"],
        false => &mut message,
    };
    let places: Vec<u64> = spans(diagnostic).filter_map(line_of).collect();
    let Some(children) = diagnostic["children"].as_array_mut() else {
        return line.into();
    };
    let count = children.len();
    if names_the_undone {
        children.retain(|child| !spans(child).any(is_of_the_undone));
    }
    let mut has_changed = children.len() != count;
    for child in children {
        let elsewhere = |span: &Value| line_of(span).is_some_and(|line| !places.contains(&line));
        if !spans(child).any(elsewhere) {
            continue;
        }
        let mut words = child["message"].as_str().unwrap_or_default().to_owned();
        if let Some(line) = corrected_line(child) {
            child["message"] = format!("{words}\n\n{line}").into();
            child["spans"] = Value::Array(Vec::new());
            has_changed = true;
            continue;
        }
        for span in spans(child) {
            if let Some(replacement) = span["suggested_replacement"].as_str() {
                words.push_str("\n\n");
                words.push_str(replacement.trim_end());
            }
        }
        child["message"] = words.into();
        child["spans"] = Value::Array(Vec::new());
        has_changed = true;
    }
    match has_changed {
        true => message.to_string().into(),
        false => line.into(),
    }
}

/// The line with the suggestion in it; nothing if it is not about one line.
pub(crate) fn corrected_line(help: &Value) -> Option<String> {
    let spans = help["spans"].as_array()?;
    let mut changes: Vec<(usize, usize, &str)> = Vec::new();
    let mut line: Option<(u64, &str)> = None;
    for span in spans {
        let replacement = span["suggested_replacement"].as_str()?;
        let number = span["line_start"].as_u64()?;
        let text = span["text"][0]["text"].as_str()?;
        let is_other = line.is_some_and(|(of, _)| of != number);
        if is_other || span["line_end"].as_u64() != Some(number) || replacement.contains('\n') {
            return None;
        }
        line = Some((number, text));
        let column = |name: &str| span[name].as_u64().and_then(|it| usize::try_from(it).ok());
        changes.push((column("column_start")?, column("column_end")?, replacement));
    }
    let (_, text) = line?;
    let offset = |column: usize| {
        let found = text.char_indices().nth(column.saturating_sub(1));
        found.map_or(text.len(), |(at, _)| at)
    };
    // From the end, so that columns stay.
    changes.sort_by_key(|(start, ..)| *start);
    let mut corrected = text.to_owned();
    for (start, end, replacement) in changes.into_iter().rev() {
        let (start, end) = (offset(start), offset(end));
        if start > end {
            return None;
        }
        corrected.replace_range(start..end, replacement);
    }
    Some(corrected.trim().to_owned())
}

fn spans(diagnostic: &Value) -> impl Iterator<Item = &Value> {
    diagnostic["spans"].as_array().into_iter().flatten()
}

fn is_of_the_undone(span: &Value) -> bool {
    let lines = span["text"].as_array().into_iter().flatten();
    let mut texts = lines.filter_map(|line| line["text"].as_str());
    texts.any(|text| text.starts_with(UNDEFINED))
}

fn line_of(span: &Value) -> Option<u64> {
    span["line_start"].as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_of_the_compiler_is_told_but_not_that_it_was_stopped() {
        let told = death(ExitStatus::from_raw(11)).unwrap();
        assert!(told["message"].as_str().unwrap().contains("SIGSEGV"));
        assert_eq!(death(ExitStatus::from_raw(9)), None);
        assert_eq!(death(ExitStatus::from_raw(1 << 8)), None);
    }

    fn message(suggested_at: u64) -> Value {
        json!({
            "message": "cannot find type `Duration`",
            "spans": [{ "line_start": 106 }],
            "children": [{
                "message": "consider importing this struct",
                "spans": [{
                    "line_start": suggested_at,
                    "suggested_replacement": "use std::time::Duration;\n",
                }],
            }],
        })
    }

    #[test]
    fn suggestions_elsewhere_become_words() {
        for wrap in [
            |it| it,
            |it| json!({ "reason": "compiler-message", "message": it }),
        ] {
            let line = wrap(message(2)).to_string();
            let adapted: Value = serde_json::from_str(&adapt(&line)).unwrap();
            let child = adapted
                .pointer("/children/0")
                .or(adapted.pointer("/message/children/0"));
            assert_eq!(
                child.unwrap(),
                &json!({
                    "message": "consider importing this struct\n\nuse std::time::Duration;",
                    "spans": [],
                })
            );
        }
    }

    #[test]
    fn suggestions_at_the_place_stay() {
        let line = message(106).to_string();
        assert_eq!(adapt(&line), line);
        assert_eq!(adapt("   Compiling"), "   Compiling");
    }
}
