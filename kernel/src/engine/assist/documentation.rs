//! Documentation as a front end shows it: plain text for a terminal or a tooltip,
//! and something with headings and code for everyone else.
//!
//! rust-analyzer writes Markdown, evcxr makes HTML of it; its own plain text runs
//! headings and examples together, so that is made from the HTML here.

use crate::engine::assist::symbols::item::Item;
use hx_jupyter::MimeBundle;

/// Of something this kernel knows itself.
pub(crate) fn of_known(item: &Item) -> MimeBundle {
    let text = tidy_markdown(&item.documentation);
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("```"));
    let plain: Vec<&str> = lines.map(|line| line.trim_start_matches("#### ")).collect();
    let plain = plain.join("\n");
    if item.signature.is_empty() || item.signature == text {
        return bundle(plain, "text/markdown", text);
    }
    let signature = &item.signature;
    bundle(
        format!("{signature}\n\n{plain}").trim_end().to_owned(),
        "text/markdown",
        format!("```rust\n{signature}\n```\n\n{text}")
            .trim_end()
            .to_owned(),
    )
}

/// Of what evcxr says, in HTML. `public_path` gives the path by which a cell
/// names what rust-analyzer calls by the path of its file.
pub(crate) fn of_hover(html: &str, public_path: impl Fn(&str) -> String) -> MimeBundle {
    let html = tidy_html(html, public_path);
    bundle(plain(&html), "text/html", html)
}

fn bundle(plain: String, mime_type: &str, rich: String) -> MimeBundle {
    MimeBundle::from_iter([
        ("text/plain".to_owned(), plain.into()),
        (mime_type.to_owned(), rich.into()),
    ])
}

const BLOCK: &str = "<pre><code class=\"language-rust\">";
const BLOCK_END: &str = "</code></pre>";
/// Where rust-analyzer believes the runtime's documentation to be.
const NOWHERE: [&str; 2] = [
    "<a href=\"https://docs.rs/pynn/",
    "<a href=\"https://docs.rs/hx-",
];

fn tidy_html(html: &str, public_path: impl Fn(&str) -> String) -> String {
    let mut rest = html.trim();
    let mut tidy = String::new();
    // The first of two blocks of code names the place of what is documented.
    if let Some(after) = rest.strip_prefix(BLOCK)
        && let Some((place, after)) = after.split_once(BLOCK_END)
        && after.trim_start().starts_with(BLOCK)
    {
        let place = place.trim();
        // That is the cells' crate.
        if place != "ctx" {
            let place = public_path(place.strip_prefix("ctx::").unwrap_or(place));
            tidy = format!("{BLOCK}{place}\n{BLOCK_END}\n");
        }
        rest = after.trim_start();
    }
    tidy.push_str(rest);
    for start in NOWHERE {
        tidy = without_links(&tidy, start);
    }
    // A tooltip is no page.
    for (heading, smaller) in [("h1>", "h4>"), ("h2>", "h5>")] {
        tidy = tidy.replace(heading, smaller);
    }
    without_hidden_lines(&tidy)
}

fn without_links(html: &str, start: &str) -> String {
    let mut parts = html.split(start);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let text = part.split_once('>').map_or("", |(_, text)| text);
        kept.push_str(&text.replacen("</a>", "", 1));
    }
    kept
}

/// rustdoc compiles lines that start with `# ` and does not show them.
fn without_hidden_lines(html: &str) -> String {
    let mut kept = String::new();
    let mut in_code = false;
    for line in html.split_inclusive('\n') {
        let opened = line.split_once("<pre><code");
        let code = opened.and_then(|(_, rest)| rest.split_once('>'));
        let code = code.map_or(line, |(_, code)| code);
        let opens = opened.is_some();
        in_code |= opens;
        let is_hidden = in_code && is_hidden(code);
        in_code &= !line.contains(BLOCK_END);
        match (is_hidden, opens) {
            (false, _) => kept.push_str(line),
            (true, true) => kept.push_str(line.strip_suffix(code).unwrap_or_default()),
            (true, false) => {}
        }
    }
    kept
}

fn is_hidden(line: &str) -> bool {
    let line = line.trim();
    line == "#" || line.starts_with("# ") || line.starts_with("#![")
}

/// The HTML as text.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut in_block = false;
    let mut parts = html.split('<');
    text.push_str(&unescape(parts.next().unwrap_or_default()));
    for part in parts {
        let (tag, after) = part.split_once('>').unwrap_or((part, ""));
        let name = tag.split([' ', '/']).find(|word| !word.is_empty());
        let closes = tag.starts_with('/');
        match (name.unwrap_or_default(), closes) {
            ("pre", _) => {
                in_block = !closes;
                new_paragraph(&mut text);
            }
            ("p" | "hr" | "ul" | "ol" | "table" | "blockquote", _)
            | ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", _) => new_paragraph(&mut text),
            ("li", false) => {
                if !text.ends_with("\n\n") {
                    text.truncate(text.trim_end().len());
                    text.push('\n');
                }
                text.push_str("- ");
            }
            ("tr", false) | ("br", _) => text.push('\n'),
            ("td" | "th", true) => text.push_str("  "),
            ("code", _) if !in_block => text.push('`'),
            _ => {}
        }
        if in_block || !after.trim().is_empty() {
            text.push_str(&unescape(after));
        } else if after.starts_with(' ') {
            text.push(' ');
        }
    }
    text.trim().to_owned()
}

fn new_paragraph(text: &mut String) {
    // The first paragraph of an item stands beside its dash.
    if text.ends_with("\n- ") || text.is_empty() {
        return;
    }
    text.truncate(text.trim_end().len());
    text.push_str("\n\n");
}

fn unescape(text: &str) -> String {
    let mut text = text.to_owned();
    for (escaped, one) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        text = text.replace(escaped, one);
    }
    text
}

/// Documentation comments without what only rustdoc understands.
fn tidy_markdown(text: &str) -> String {
    let mut tidy = String::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if in_code && is_hidden(line) {
            continue;
        }
        if in_code {
            tidy.push_str(line);
        } else {
            tidy.push_str(&without_paths(line).replacen(
                "# ",
                "#### ",
                usize::from(line.starts_with("# ")),
            ));
        }
        tidy.push('\n');
    }
    tidy.trim().to_owned()
}

/// Makes `[run](crate::run)` plain `run`: a path leads nowhere in a notebook.
fn without_paths(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("](") {
        let target = &rest[at + 2..];
        let Some(end) = target.find(')') else { break };
        let open = rest[..at].rfind('[');
        match open {
            Some(open) if !target[..end].contains("://") => {
                kept.push_str(&rest[..open]);
                kept.push_str(&rest[open + 1..at]);
            }
            _ => kept.push_str(&rest[..at + 2 + end + 1]),
        }
        rest = &target[end + 1..];
    }
    kept.push_str(rest);
    kept.replace("[`", "`").replace("`]", "`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_evcxr_says_becomes_text_a_person_can_read() {
        let html = "<pre><code class=\"language-rust\">pynn::population::view::PopulationView\n</code></pre>\n<pre><code class=\"language-rust\">pub fn record(&amp;self) -&gt; Result&lt;(), Error&gt;\n</code></pre>\n<hr />\n<p>Records <code>&quot;v&quot;</code>, as <a href=\"https://docs.rs/pynn/0.1.0/x\"><code>other</code></a> does,\nor <a href=\"https://rust-lang.org\">not</a>.</p>\n<h1>Errors</h1>\n<ul>\n<li>One.</li>\n<li>Two.</li>\n</ul>\n<pre><code class=\"language-rust\"># fn main() {\nrun();\n# }\n</code></pre>\n";
        let shown = of_hover(html, |path| path.replace("population::view::", ""));
        assert_eq!(
            shown["text/plain"],
            "pynn::PopulationView\n\npub fn record(&self) -> Result<(), Error>\n\nRecords `\"v\"`, as `other` does,\nor not.\n\nErrors\n\n- One.\n- Two.\n\nrun();"
        );
        let html = shown["text/html"].as_str().unwrap();
        assert!(!html.contains("docs.rs") && html.contains("rust-lang.org"));
        assert!(
            html.contains("<h4>Errors</h4>")
                && html.contains("<pre><code class=\"language-rust\">run();\n")
        );
    }

    #[test]
    fn the_cells_crate_is_not_named() {
        let html = "<pre><code class=\"language-rust\">ctx\n</code></pre>\n<pre><code class=\"language-rust\">fn f()\n</code></pre>\n";
        assert_eq!(of_hover(html, str::to_owned)["text/plain"], "fn f()");
    }

    #[test]
    fn documentation_comments_lose_what_only_rustdoc_understands() {
        let text = "As [`append`](crate::append) and [`Error`] ([docs](https://a.b)).\n\n```\n# hidden\nshown\n```\n# Errors\nNone.";
        assert_eq!(
            tidy_markdown(text),
            "As `append` and `Error` ([docs](https://a.b)).\n\n```\nshown\n```\n#### Errors\nNone."
        );
    }
}
