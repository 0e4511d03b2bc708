//! Small tables, as text and as HTML.

use std::fmt::Write as _;

/// Lines of cells, the first being the header, in columns.
pub(crate) fn plain_table(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |line: &Vec<String>| {
        let cells = line.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:>width$}"))
            .collect();
        cells.join("  ")
    };
    lines.iter().map(line).collect::<Vec<String>>().join("\n")
}

/// The same as HTML.
pub(super) fn html_table(lines: &[Vec<String>]) -> String {
    let mut html = String::from("<table>");
    for (number, line) in lines.iter().enumerate() {
        let tag = if number == 0 { "th" } else { "td" };
        html.push_str("<tr>");
        for cell in line {
            let _ = write!(html, "<{tag}>{}</{tag}>", escaped(cell));
        }
        html.push_str("</tr>");
    }
    html.push_str("</table>");
    html
}

/// What something is, one property per line, as HTML.
pub(super) fn html_properties(properties: &[(&str, String)]) -> String {
    let mut html = String::from("<table>");
    for (name, value) in properties {
        let _ = write!(
            html,
            "<tr><th style=\"text-align:left\">{}</th><td style=\"text-align:left\">{}</td></tr>",
            escaped(name),
            escaped(value)
        );
    }
    html.push_str("</table>");
    html
}

/// Text as HTML writes it: a label is the user's and may hold anything.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
