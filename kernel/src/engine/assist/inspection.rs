//! Documentation of what stands at the cursor, with rust-analyzer's help.

use crate::engine::assist::cursor::{Cursor, Inside};
use crate::engine::assist::documentation;
use crate::engine::assist::symbols::SymbolIndex;
use crate::engine::assist::symbols::builtins::KEYWORDS;
use crate::engine::code::nesting;
use crate::engine::code::thinning;
use evcxr::CommandContext;
use hx_jupyter::MimeBundle;

/// What evcxr says when there is nothing to say.
const NOTHING: &str = "No documentation found";

/// Asks for the word the cursor touches or, if it touches none, for what is
/// called with the arguments it stands among.
pub(crate) fn inspect(
    context: &mut CommandContext,
    symbols: &SymbolIndex,
    cursor: &Cursor,
) -> Option<MimeBundle> {
    match cursor.inside {
        Inside::Command => return symbols.inspect(cursor),
        Inside::Nothing => return None,
        _ => {}
    }
    if let Some(parameter) = symbols.inspect_parameter(cursor) {
        return Some(parameter);
    }
    let word = match cursor.inside {
        Inside::Text => cursor.enclosing_call(),
        _ => cursor.word_at().or_else(|| cursor.enclosing_call()),
    };
    let token = &cursor.tokens[word?];
    let html = if KEYWORDS.contains(&token.text.as_str()) {
        // On its own a keyword is an error; in an open block it is the start of something.
        hover(context, &format!("{{{}", token.text))
    } else {
        hover(context, &cursor.rust[..token.range.end])
    };
    let html = html.map(|html| match symbols.type_of_variable(cursor) {
        Some(of) => html + &of_type(context, &of),
        None => html,
    });
    match html {
        Some(html) => Some(documentation::of_hover(&html, |path| {
            symbols.public_path(path)
        })),
        None => symbols.inspect(cursor),
    }
}

/// What a type is, in short, to stand below a variable of that type.
fn of_type(context: &mut CommandContext, path: &str) -> String {
    let html = hover(context, path).unwrap_or_default();
    let documentation = html.split_once("<hr />").map_or("", |(_, after)| after);
    // Whole chapters begin with a heading.
    let short = documentation.split("<h").next().unwrap_or_default().trim();
    if short.is_empty() {
        return String::new();
    }
    format!("<hr />\n{short}\n")
}

/// What evcxr says about the word that ends the code.
fn hover(context: &mut CommandContext, code: &str) -> Option<String> {
    let thinned = thinning::thin(code, 0, None);
    let code = thinned.as_ref().map_or(code, |thinned| &thinned.code);
    if nesting::of_cell(code).may_be_deep() {
        return None;
    }
    let (text, html) = context.hover_at(code, code.len()).ok()?;
    (text != NOTHING).then_some(html)
}
