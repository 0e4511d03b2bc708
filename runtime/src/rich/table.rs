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

/// The same as HTML; the first cell of each line says what the line is about.
/// Columns of numbers are set to the right, all others to the left.
pub(crate) fn html_table(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let alignment = |column: usize| {
        let mut cells = lines.iter().skip(1).filter_map(|line| line.get(column));
        if cells.all(|cell| is_number(cell)) {
            "right"
        } else {
            "left"
        }
    };
    let alignments: Vec<&str> = (0..columns).map(alignment).collect();
    let mut html = String::from("<table><thead>");
    for (number, line) in lines.iter().enumerate() {
        html.push_str("<tr>");
        for (column, (cell, alignment)) in line.iter().zip(&alignments).enumerate() {
            let tag = if number == 0 || column == 0 {
                "th"
            } else {
                "td"
            };
            // Front ends differ in what they do without being told. Only a header may
            // be broken into lines, a number at its sign may not.
            let space = if number == 0 { "" } else { ";white-space:pre" };
            let _ = write!(
                html,
                "<{tag} style=\"text-align:{alignment}{space}\">{}</{tag}>",
                escaped(cell)
            );
        }
        html.push_str("</tr>");
        if number == 0 {
            html.push_str("</thead><tbody>");
        }
    }
    html.push_str("</tbody></table>");
    html
}

/// Whether a cell reads as a number, or stands for one or among them.
fn is_number(cell: &str) -> bool {
    matches!(cell, "…" | "?" | "∞" | "−∞" | "true" | "false") || cell.parse::<f64>().is_ok()
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
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
