//! Contents of replies, for those that several files make.

use crate::requests::AtCursor;
use crate::types::{Completions, Failure, MimeBundle};
use serde_json::{Value, json};

/// Makes the content of an error reply.
pub(crate) fn error(failure: &Failure) -> Value {
    json!({
        "status": "error",
        "ename": failure.name,
        "evalue": failure.message,
        "traceback": failure.traceback,
    })
}

/// Makes the content of a reply to a request with unusable content.
pub(crate) fn malformed(message_type: &str, error: &serde_json::Error) -> Value {
    malformed_request(format!(
        "the content of this {message_type} is not of its shape: {error}"
    ))
}

/// Makes the content of a reply to a request with a fault.
pub(crate) fn faulty(message_type: &str, fault: &str) -> Value {
    malformed_request(format!("this {message_type} cannot be answered: {fault}"))
}

fn malformed_request(message: String) -> Value {
    error(&Failure {
        name: "MalformedRequest".into(),
        message,
        traceback: vec![],
    })
}

/// Makes the content of a reply to a request of an unknown type.
pub(crate) fn not_supported(message_type: &str) -> Value {
    error(&Failure {
        name: "NotSupported".into(),
        message: format!("this kernel does not know {message_type}"),
        traceback: vec![],
    })
}

/// Adds the fields that every `execute_reply` has.
pub(crate) fn executed(mut outcome: Value, number: u32, expressions: Value) -> Value {
    outcome["execution_count"] = json!(number);
    outcome["user_expressions"] = expressions;
    outcome["payload"] = json!([]);
    outcome
}

impl AtCursor {
    /// Returns the cursor as a byte offset.
    pub(crate) fn offset(&self) -> usize {
        self.cursor_pos
            .map_or(self.code.len(), |points| byte_offset(&self.code, points))
    }
}

/// Makes the content of a `complete_reply`.
pub(crate) fn completions(code: &str, found: &Completions) -> Value {
    let start = code_points(code, found.range.start);
    let end = code_points(code, found.range.end);
    let matches: Vec<&str> = found
        .candidates
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    let typed: Vec<Value> = found
        .candidates
        .iter()
        .map(|one| {
            json!({ "start": start, "end": end, "text": one.text, "type": one.kind,
                    "signature": one.signature })
        })
        .collect();
    json!({
        "status": "ok",
        "matches": matches,
        "cursor_start": start,
        "cursor_end": end,
        "metadata": { "_jupyter_types_experimental": typed },
    })
}

/// Makes the content of an `inspect_reply`.
pub(crate) fn inspection(found: Option<MimeBundle>) -> Value {
    json!({
        "status": "ok",
        "found": found.is_some(),
        "data": found.unwrap_or_default(),
        "metadata": {},
    })
}

/// Converts Jupyter's count of Unicode code points to a byte offset.
fn byte_offset(text: &str, code_points: usize) -> usize {
    text.char_indices()
        .nth(code_points)
        .map_or(text.len(), |(offset, _)| offset)
}

fn code_points(text: &str, byte_offset: usize) -> usize {
    text.char_indices()
        .take_while(|(offset, _)| *offset < byte_offset)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_characters_beyond_the_basic_plane() {
        let text = "let 🦀 = \"ä\";";
        for (points, (offset, _)) in text.char_indices().enumerate() {
            assert_eq!(byte_offset(text, points), offset);
            assert_eq!(code_points(text, offset), points);
        }
        assert_eq!(byte_offset(text, 1000), text.len());
        assert_eq!(code_points(text, text.len()), text.chars().count());
    }
}
