//! Errors as a person reads them: what is wrong, drawn under their own code.

use crate::engine::code::completeness::BreakOff;
use crate::engine::code::leading_lines::AddedLines;
use crate::engine::report::evcxr_messages::{self, Reworded};
use crate::engine::report::source_map::SourceMap;
use crate::engine::report::{suggestions, text_places};
use annotate_snippets::renderer::{AnsiColor, Effects, Style};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use evcxr::CompilationError;
use hx_jupyter::Failure;
use std::ops::Range;

/// Name of the failure of a cell that does not compile.
pub(crate) const COMPILATION_ERROR: &str = "CompilationError";
/// Name of the failure of a cell whose definitions do not fit the session.
pub(crate) const DEFINITION_REFUSED: &str = "DefinitionRefused";

/// Width of a notebook's output area in characters, roughly.
const WIDTH: usize = 110;

/// Line numbers and labels in cyan, not in rustc's blue, which front ends show dark on
/// the dark red of an error.
const RENDERER: Renderer = Renderer::styled()
    .term_width(WIDTH)
    .line_num(CYAN)
    .context(CYAN);

const CYAN: Style = AnsiColor::BrightCyan.on_default().effects(Effects::BOLD);

/// A cell that breaks off.
pub(crate) fn unfinished(end: &BreakOff, code: &str, number: u32) -> Failure {
    let character = |at: usize| code[at..].chars().next().unwrap_or(' ');
    let (message, range, label) = match *end {
        BreakOff::Bracket(at) => (
            format!("this bracket `{}` is not closed", character(at)),
            at..at + 1,
            "is not closed",
        ),
        BreakOff::Text(at) => {
            let what = match code[at..].starts_with("/*") {
                true => "comment",
                false => "string",
            };
            let first = at..at + character(at).len_utf8();
            (format!("this {what} has no end"), first, "begins here")
        }
        BreakOff::Semicolon(at) => (
            "the last statement lacks its `;`".to_owned(),
            at..at,
            "`;` belongs here",
        ),
        BreakOff::Expression(at) => (
            "the cell ends in the middle of a statement".to_owned(),
            at..at,
            "something must follow",
        ),
    };
    let origin = cell_name(number);
    let snippet = Snippet::source(code)
        .path(origin.as_str())
        .fold(true)
        .annotation(AnnotationKind::Primary.span(range).label(label));
    let title = Level::ERROR.primary_title(message.as_str());
    let report = RENDERER.render(&[Group::with_title(title).element(snippet)]);
    Failure {
        name: COMPILATION_ERROR.into(),
        message,
        traceback: report.lines().map(str::to_owned).collect(),
    }
}

/// What became of a variable that is not there any more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) title: String,
    /// What to write instead.
    pub(crate) help: Option<String>,
}

/// Says of a name what became of the variable that had it, if there was one.
pub(crate) type Gone<'a> = dyn Fn(&str) -> Option<Notice> + 'a;

/// A cell that does not compile.
pub(crate) struct BadCell<'a> {
    pub(crate) code: &'a str,
    pub(crate) number: u32,
    /// The cells so far, by their numbers.
    pub(crate) others: &'a [(u32, String)],
    /// Lines of what was compiled that nobody has written.
    pub(crate) added: AddedLines,
    pub(crate) gone: &'a Gone<'a>,
}

/// All errors of one cell as one failure.
pub(crate) fn compilation_failed(errors: &[CompilationError], cell: &BadCell<'_>) -> Failure {
    // Warnings come along when something else is an error.
    let mut shown: Vec<&CompilationError> =
        errors.iter().filter(|it| it.level() == "error").collect();
    let only_warnings = shown.is_empty();
    if only_warnings {
        shown = errors.iter().collect();
    }
    let mut reports: Vec<String> = shown.iter().map(|error| report(error, cell)).collect();
    let first = shown
        .first()
        .map(|error| match missed(error, cell.gone) {
            Some(notice) => notice.title,
            None => title(error, cell.code),
        })
        .unwrap_or_default();
    let message = match shown.len() {
        // evcxr gave up on a type, and rustc only knows what looks odd around it.
        _ if only_warnings => "the type of a variable cannot be told from this cell".into(),
        0 | 1 => first,
        count => format!("{first} (and {} more)", count - 1),
    };
    if only_warnings {
        reports.insert(0, plain("error", &message).traceback.join("\n"));
    }
    Failure {
        name: COMPILATION_ERROR.into(),
        message,
        traceback: reports.join("\n\n").lines().map(str::to_owned).collect(),
    }
}

/// What evcxr says about a cell that it did not even compile.
pub(crate) fn not_compiled(message: &str, code: &str, number: u32) -> Failure {
    let Some(reworded) = evcxr_messages::reword(message, code) else {
        return plain("Error", &evcxr_messages::without_noise(message));
    };
    let report = draw(&reworded, code, number);
    Failure {
        name: COMPILATION_ERROR.into(),
        message: reworded.title,
        traceback: report.lines().map(str::to_owned).collect(),
    }
}

fn draw(reworded: &Reworded, code: &str, number: u32) -> String {
    let origin = cell_name(number);
    let title = Level::ERROR.primary_title(reworded.title.as_str());
    let mut group = Group::with_title(title);
    if let Some(range) = evcxr_messages::place_of(code, &reworded.variable) {
        let place = AnnotationKind::Primary.span(range).label(reworded.label);
        let snippet = Snippet::source(code).path(origin.as_str()).fold(true);
        group = group.element(snippet.annotation(place));
    }
    for help in &reworded.helps {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    RENDERER.render(&[group])
}

fn title(error: &CompilationError, code: &str) -> String {
    match evcxr_messages::reword(&error.message(), code) {
        Some(reworded) if error.code().is_none() => reworded.title,
        _ => evcxr_messages::without_noise(&error.message()),
    }
}

/// What became of a variable that rustc does not find.
fn missed(error: &CompilationError, gone: &Gone<'_>) -> Option<Notice> {
    if error.code() != Some("E0425") {
        return None;
    }
    gone(error.message().split('`').nth(1)?)
}

fn report(error: &CompilationError, cell: &BadCell<'_>) -> String {
    let (code, number) = (cell.code, cell.number);
    // rustc's own messages have a code, or no variable they are about.
    if error.code().is_none()
        && let Some(reworded) = evcxr_messages::reword(&error.message(), code)
    {
        return draw(&reworded, code, number);
    }
    let origin = cell_name(number);
    let level = match error.level() {
        "warning" => Level::WARNING,
        _ => Level::ERROR,
    };
    let missed = missed(error, cell.gone);
    let mut title = match &missed {
        Some(notice) => level.primary_title(notice.title.clone()),
        None => level.primary_title(evcxr_messages::without_noise(&error.message())),
    };
    if let Some(code) = error.code().filter(|code| code.starts_with('E'))
        && missed.is_none()
    {
        title = title.id(code.to_owned());
    }
    let mut snippet = Snippet::source(code).path(origin.as_str()).fold(true);
    let mut labels: Vec<(Range<usize>, String, bool)> = Vec::new();
    for spanned in error.spanned_messages() {
        if let Some(span) = spanned.span {
            let range = byte_range(
                code,
                (cell.added.written(span.start_line), span.start_column),
                (cell.added.written(span.end_line), span.end_column),
            );
            // Where rustc gives no label, evcxr repeats the message.
            let repeats = ["error: ", "warning: "];
            let label = if repeats.iter().any(|it| spanned.label.starts_with(it)) {
                String::new()
            } else {
                evcxr_messages::without_noise(&spanned.label)
            };
            labels.push((range, label, spanned.is_primary));
        }
    }
    // What evcxr has lost is found by its text, if need be in an earlier cell.
    let lost = match labels.is_empty() {
        true => text_places::find(error, (number, code), cell.others),
        false => Vec::new(),
    };
    let elsewhere = lost.first().filter(|found| found.number != number);
    let other = elsewhere.map(|found| (cell_name(found.number), found.code));
    if let Some((name, code)) = &other {
        snippet = Snippet::source(*code).path(name.as_str()).fold(true);
    }
    for found in lost.iter().filter(|found| found.number == lost[0].number) {
        let label = evcxr_messages::without_noise(&found.label);
        labels.push((found.range.clone(), label, true));
    }
    let has_place = !labels.is_empty();
    for (range, label, primary) in labels {
        let kind = if primary {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let annotation = kind.span(range);
        snippet = snippet.annotation(if label.is_empty() {
            annotation
        } else {
            annotation.label(label)
        });
    }
    let mut group = Group::with_title(title);
    if has_place {
        group = group.element(snippet);
    }
    let helps = match missed {
        Some(notice) => notice.help.into_iter().collect(),
        None => helps(error),
    };
    for help in helps {
        group = group.element(Level::HELP.message(help));
    }
    RENDERER.render(&[group])
}

/// rustc's own help, and what only this dialect knows.
fn helps(error: &CompilationError) -> Vec<String> {
    let mut helps = suggestions::helps(error);
    if let ("E0432" | "E0433", Some(name)) =
        (error.code().unwrap_or_default(), unknown_crate(error))
    {
        helps = vec![format!(
            "if `{name}` is a crate, begin the cell with the line `:dep {name}`"
        )];
    }
    if error.json["code"]["code"] == "unused_must_use" && error.message().contains("Result") {
        helps.insert(0, "this call can fail: put `?` after it".into());
        helps.retain(|help| !help.contains("let _ ="));
    }
    if error.evcxr_extra_hint().is_some() || error.code() == Some("E0716") {
        helps.push(evcxr_messages::REFERENCES.to_owned());
    }
    helps
        .iter()
        .map(|help| evcxr_messages::without_noise(help))
        .collect()
}

/// The first segment of a path that rustc knows neither as a module nor as a crate.
fn unknown_crate(error: &CompilationError) -> Option<String> {
    let spans = error.json["spans"].as_array()?;
    let label = spans.first()?["label"].as_str()?;
    let is_unknown = label.contains("unlinked crate") || label.contains("unresolved module");
    let name = label.split('`').nth(1)?;
    is_unknown.then(|| name.to_owned())
}

/// A panic: its message, the line of the cell it came from, and the lines of
/// cells that called there.
pub(crate) fn panicked(failure: &hx_port::Failure, origins: &[SourceMap]) -> Failure {
    in_cells("panic", failure, origins)
}

/// An error that left the cell, and where.
pub(crate) fn returned(failure: &hx_port::Failure, origins: &[SourceMap]) -> Failure {
    if origins.is_empty() {
        return plain(&failure.name, &failure.message);
    }
    in_cells(&failure.name, failure, origins)
}

fn in_cells(name: &str, failure: &hx_port::Failure, origins: &[SourceMap]) -> Failure {
    let title = Level::ERROR
        .with_name(name)
        .primary_title(failure.message.as_str());
    let mut panic = Group::with_title(title);
    let mut calls = Vec::new();
    let names: Vec<String> = origins
        .iter()
        .map(|origin| cell_name(origin.number))
        .collect();
    for (index, (origin, name)) in origins.iter().zip(&names).enumerate() {
        let snippet = Snippet::source(origin.code.as_str())
            .path(name.as_str())
            .fold(true)
            .annotation(AnnotationKind::Primary.span(rest_of_line(origin)));
        if index == 0 {
            panic = panic.element(snippet);
        } else {
            let title = Level::NOTE.secondary_title("called from here");
            calls.push(Group::with_title(title).element(snippet));
        }
    }
    if origins.is_empty()
        && let Some(place) = &failure.location
    {
        let place = format!("at {}:{}:{}", place.file, place.line, place.column);
        panic = panic.element(Level::NOTE.message(place));
    }
    let groups: Vec<Group<'_>> = std::iter::once(panic).chain(calls).collect();
    let report = RENDERER.render(&groups);
    Failure {
        name: failure.name.clone(),
        message: failure.message.clone(),
        traceback: report.lines().map(str::to_owned).collect(),
    }
}

/// From the place to the end of its line.
fn rest_of_line(origin: &SourceMap) -> Range<usize> {
    let line = origin.code.lines().nth(origin.line - 1).unwrap_or_default();
    let end = line.trim_end().chars().count() + 1;
    byte_range(
        &origin.code,
        (origin.line, origin.column),
        (origin.line, end),
    )
}

/// A failure of a cell that was taken back, and what has not come back with it.
pub(crate) fn without_effect(mut failure: Failure, losses: Option<String>) -> Failure {
    failure.traceback.push(
        "\u{1b}[2mThe cell has had no effect: variables and the chip are as they were before it.\u{1b}[0m".into(),
    );
    failure
        .traceback
        .extend(losses.map(|losses| format!("\u{1b}[2m{losses}.\u{1b}[0m")));
    failure
}

/// A failure of a cell that ended early and in good order.
pub(crate) fn with_effect(mut failure: Failure) -> Failure {
    failure.traceback.push(
        "\u{1b}[2mWhat the cell did until then stays; variables it declared do not exist.\u{1b}[0m"
            .into(),
    );
    failure
}

/// Definitions that fit neither the session's variables nor the code around every cell.
pub(crate) fn definition_refused(errors: &[CompilationError]) -> Failure {
    let why = errors.iter().find(|error| error.level() == "error");
    let why = why.map(|error| format!(" ({})", evcxr_messages::without_noise(&error.message())));
    let message = format!(
        "with these definitions no later cell would compile{}: they take a name that the \
         session needs. Nothing was changed; choose other names",
        why.unwrap_or_default()
    );
    plain(DEFINITION_REFUSED, &message)
}

/// A failure that has no place in the code.
pub(crate) fn plain(name: &str, message: &str) -> Failure {
    let title = Level::ERROR.with_name(name).primary_title(message);
    let report = RENDERER.render(&[Group::with_title(title)]);
    Failure {
        name: name.to_owned(),
        message: message.to_owned(),
        traceback: report.lines().map(str::to_owned).collect(),
    }
}

fn cell_name(number: u32) -> String {
    format!("In [{number}]")
}

/// From lines and columns, counted in characters from 1, to bytes.
fn byte_range(text: &str, start: (usize, usize), end: (usize, usize)) -> Range<usize> {
    let start = byte_offset(text, start);
    let end = byte_offset(text, end).max(start);
    start..end
}

fn byte_offset(text: &str, (line, column): (usize, usize)) -> usize {
    let mut line_start = 0;
    for _ in 1..line {
        match text[line_start..].find('\n') {
            Some(length) => line_start += length + 1,
            None => return text.len(),
        }
    }
    let line_end = text[line_start..]
        .find('\n')
        .map_or(text.len(), |length| line_start + length);
    let in_line = text[line_start..line_end]
        .char_indices()
        .nth(column.saturating_sub(1));
    in_line.map_or(line_end, |(offset, _)| line_start + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "let ä = 🦀;\nfoo(b)";
        assert_eq!(&text[byte_range(text, (1, 5), (1, 6))], "ä");
        assert_eq!(&text[byte_range(text, (1, 9), (1, 10))], "🦀");
        assert_eq!(&text[byte_range(text, (2, 5), (2, 6))], "b");
        assert_eq!(byte_range(text, (7, 1), (9, 3)), text.len()..text.len());
    }
}
