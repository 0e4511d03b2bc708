//! rustc's suggestions, as the line one would have after following them.

use crate::toolchain::compiler_messages::corrected_line;
use evcxr::CompilationError;
use serde_json::Value;

/// The helps of an error, each a sentence.
pub(crate) fn helps(error: &CompilationError) -> Vec<String> {
    let children = error.json["children"].as_array().into_iter().flatten();
    let helps = children.filter(|child| child["level"] == "help");
    let helps = helps.filter(|help| !is_list_of_implementations(help));
    let mut sentences: Vec<String> = helps.filter_map(sentence).collect();
    sentences.extend(mixed_numbers(error));
    sentences
}

fn sentence(help: &Value) -> Option<String> {
    let message = help["message"].as_str()?;
    // Words that were joined on their way (see `toolchain::compiler_messages`).
    if let Some((message, text)) = message.split_once("\n\n") {
        return Some(match text.contains('\n') {
            true => format!("{message}\n\n{text}"),
            false => format!("{message}: `{}`", text.trim()),
        });
    }
    // Else what is to be put in, if that is short.
    let replacement = || {
        let text = help["spans"][0]["suggested_replacement"].as_str()?.trim();
        (!text.is_empty() && !text.contains('\n')).then(|| text.to_owned())
    };
    match corrected_line(help).or_else(replacement) {
        Some(line) => Some(format!("{message}: `{line}`")),
        None => Some(message.to_owned()),
    }
}

/// True for a list of the types that have an operator: it tells nobody what to write.
fn is_list_of_implementations(help: &Value) -> bool {
    let message = help["message"].as_str().unwrap_or_default();
    message.contains("other types implement trait") && message.contains("f128")
        || message.contains("is not implemented for `{float}`")
        || message.contains("is not implemented for `{integer}`")
}

/// What to write where an operator has a whole number on one side and a fraction on the other.
fn mixed_numbers(error: &CompilationError) -> Option<String> {
    if error.code() != Some("E0277") {
        return None;
    }
    let message = error.message();
    let begins = [
        "cannot add",
        "cannot subtract",
        "cannot multiply",
        "cannot divide",
        "cannot calculate",
    ];
    if !begins.iter().any(|it| message.starts_with(it)) {
        return None;
    }
    let types: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let is_float = |of: &&str| matches!(*of, "{float}" | "f32" | "f64");
    let is_whole = |of: &&str| *of == "{integer}" || of.starts_with(['i', 'u']);
    if types.len() < 2 || !types.iter().any(is_float) || !types.iter().any(is_whole) {
        return None;
    }
    let spans = error.json["spans"].as_array()?;
    let text = spans.first()?["text"][0]["text"].as_str()?;
    let column = usize::try_from(spans.first()?["column_start"].as_u64()?).ok()?;
    let chars: Vec<char> = text.chars().collect();
    let (before, after) = chars.split_at(column.saturating_sub(1).min(chars.len()));
    let literal = types
        .contains(&"{integer}")
        .then(|| number_beside(before, after))
        .flatten();
    Some(match literal {
        Some(number) => {
            format!("Rust does not mix whole numbers with fractions: write `{number}.0`")
        }
        None => {
            "Rust does not mix whole numbers with fractions: convert one, `value as f64`".to_owned()
        }
    })
}

/// The literal of a whole number right before or behind an operator.
fn number_beside(before: &[char], after: &[char]) -> Option<String> {
    let is_part = |one: &&char| one.is_ascii_digit() || **one == '_';
    let behind = after
        .iter()
        .skip_while(|one| !one.is_alphanumeric() && **one != '(');
    let behind: Vec<&char> = behind.collect();
    let digits: String = behind.iter().copied().take_while(is_part).collect();
    if !digits.is_empty() && behind.get(digits.len()).is_none_or(|next| **next != '.') {
        return Some(digits);
    }
    let back = before.iter().rev().skip_while(|one| one.is_whitespace());
    let digits: String = back.take_while(is_part).collect();
    (!digits.is_empty()).then(|| digits.chars().rev().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_suggestion_is_shown_as_the_line_it_makes() {
        let span = |start: u64, end: u64, replacement: &str| {
            json!({ "line_start": 3, "line_end": 3, "column_start": start, "column_end": end,
                    "suggested_replacement": replacement, "text": [{ "text": "  f(ä, 2)" }] })
        };
        let help = |spans: Value| json!({ "message": "remove it", "spans": spans });
        assert_eq!(
            sentence(&help(json!([span(6, 9, "")]))).unwrap(),
            "remove it: `f(ä)`"
        );
        let two = json!([span(9, 9, "0"), span(3, 4, "g")]);
        assert_eq!(sentence(&help(two)).unwrap(), "remove it: `g(ä, 20)`");
        assert_eq!(
            sentence(&help(json!([span(1, 1, "use a;\n")]))).unwrap(),
            "remove it: `use a;`"
        );
        assert_eq!(sentence(&help(json!([]))).unwrap(), "remove it");
        let joined = json!({ "message": "consider importing\n\nuse a::B;", "spans": [] });
        assert_eq!(
            sentence(&joined).unwrap(),
            "consider importing: `use a::B;`"
        );
    }

    #[test]
    fn the_number_beside_an_operator_is_found() {
        let beside = |before: &str, after: &str| {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            number_beside(&chars(before), &chars(after))
        };
        assert_eq!(beside("1.0 ", "/ 2").as_deref(), Some("2"));
        assert_eq!(beside("12 ", "* 2.5").as_deref(), Some("12"));
        assert_eq!(beside("x ", "* y"), None);
    }
}
