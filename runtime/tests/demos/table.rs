//! The table: rows that hold or do not, and the document made of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

/// Where the table is committed.
pub const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/demos.md");

/// One thing a demonstration shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What was looked at.
    pub what: String,
    /// What the notebook shows, and within which bound it counts as that.
    pub expected: String,
    /// What the emulator does.
    pub seen: Vec<f64>,
    /// Where the bound comes from.
    pub source: &'static str,
    /// What holds.
    pub verdict: Verdict,
}

/// How a row came out.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// As the notebook shows.
    Right,
    /// Not so, for the reason given; what it does instead is pinned.
    Off(&'static str),
    /// Neither so nor as pinned, in words.
    Broken(String),
}

/// A number that should be within a range.
pub fn number(
    what: impl Into<String>,
    shown: impl std::fmt::Display,
    bound: RangeInclusive<f64>,
    source: &'static str,
    seen: f64,
) -> Row {
    numbers(what, shown, bound, source, vec![seen])
}

/// Numbers that should all be within a range.
pub fn numbers(
    what: impl Into<String>,
    shown: impl std::fmt::Display,
    bound: RangeInclusive<f64>,
    source: &'static str,
    seen: Vec<f64>,
) -> Row {
    let holds = !seen.is_empty() && seen.iter().all(|seen| bound.contains(seen));
    let limits = match (bound.start().is_finite(), bound.end().is_finite()) {
        (true, true) if bound.start() == bound.end() => String::new(),
        (true, true) => format!(" ({} to {})", short(*bound.start()), short(*bound.end())),
        (true, false) => format!(" (at least {})", short(*bound.start())),
        (false, _) => format!(" (at most {})", short(*bound.end())),
    };
    Row {
        what: what.into(),
        expected: format!("{shown}{limits}"),
        verdict: if holds {
            Verdict::Right
        } else {
            Verdict::Broken(format!("{seen:?} is not within {bound:?}"))
        },
        seen,
        source,
    }
}

/// Something that is so or not; `seen` are the numbers that say so.
pub fn fact(
    what: impl Into<String>,
    expected: impl Into<String>,
    source: &'static str,
    seen: Vec<f64>,
    holds: bool,
) -> Row {
    let verdict = if holds {
        Verdict::Right
    } else {
        Verdict::Broken(format!("{seen:?}"))
    };
    Row {
        what: what.into(),
        expected: expected.into(),
        seen,
        source,
        verdict,
    }
}

impl Row {
    /// Says that the emulator is known to be off here, and between which numbers it is
    /// instead.
    pub fn off(mut self, pinned: RangeInclusive<f64>, reason: &'static str) -> Row {
        self.verdict = match self.verdict {
            Verdict::Right => Verdict::Broken("it is right now: say so".into()),
            _ if self.seen.iter().all(|seen| pinned.contains(seen)) => Verdict::Off(reason),
            _ => Verdict::Broken(format!("{:?} is not within {pinned:?} either", self.seen)),
        };
        self
    }

    /// The numbers, as the table shows them.
    fn seen(&self) -> String {
        let each: Vec<String> = self.seen.iter().map(|&number| short(number)).collect();
        each.join(", ")
    }

    fn verdict(&self) -> String {
        match &self.verdict {
            Verdict::Right => "yes".into(),
            Verdict::Off(reason) => format!("**off**: {reason}"),
            Verdict::Broken(why) => format!("BROKEN: {why}"),
        }
    }
}

/// Three digits, which is more than any figure shows.
fn short(number: f64) -> String {
    let digits = match number.abs() {
        size if size >= 100.0 || number == number.round() => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{number:.digits$}")
}

/// The rows of one demonstration: run once, and never two at a time, since there is one
/// chip per process.
pub fn rows_of(name: &'static str) -> Vec<Row> {
    static DONE: Mutex<BTreeMap<&str, Vec<Row>>> = Mutex::new(BTreeMap::new());
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(rows) = done.get(name) {
        return rows.clone();
    }
    let demos = super::DEMOS.iter();
    let (_, run) = demos
        .into_iter()
        .find(|(it, _)| *it == name)
        .expect("a demonstration");
    let rows = run().unwrap_or_else(|error| panic!("{name}: {error}"));
    for row in &rows {
        println!(
            "{name} | {} | {} | {} | {}",
            row.what,
            row.expected,
            row.seen(),
            row.verdict()
        );
    }
    done.insert(name, rows.clone());
    rows
}

const HEAD: &str = "\
# The published demonstrations, here and on the chip

Written by `HX_DEMOS=write cargo test --release -p pynn --test demos` from the rows that
the tests in `runtime/tests/demos` hold; edit those. A demonstration has the name of its
notebook. *Shown* is what the notebook's pictures and texts show, in brackets the bound
within which this counts as the same; *bound* is where that comes from, by sections of the
project's BrainScaleS-2 reference. Every row is on the nominal chip without noise unless
it says otherwise: other chips and trials are spread around it. Where the emulator is
**off**, the tests pin what it does instead.
";

/// The document made of all rows.
pub fn document(all: &[(&str, Vec<Row>)]) -> String {
    let mut text = HEAD.to_owned();
    let rows = || all.iter().flat_map(|(_, rows)| rows);
    let off = rows().filter(|row| row.verdict != Verdict::Right).count();
    let _ = writeln!(text, "\nOf {} rows, {off} are off.", rows().count());
    for (name, rows) in all {
        let _ = writeln!(text, "\n## {name}\n");
        text +=
            "| looked at | shown | here | the same? | bound |\n| --- | --- | --- | --- | --- |\n";
        for row in rows {
            let (what, expected, source) = (&row.what, &row.expected, row.source);
            let line = format!(
                "| {what} | {expected} | {} | {} | {source} |",
                row.seen(),
                row.verdict()
            );
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

/// Whether two documents say the same: in all words, and in numbers up to what another
/// processor's rounding makes of a network that amplifies it. What the numbers must be,
/// the rows themselves hold.
pub fn same(a: &str, b: &str) -> bool {
    let mut pairs = a.lines().zip(b.lines());
    a.lines().count() == b.lines().count() && pairs.all(|(a, b)| same_line(a, b))
}

fn same_line(a: &str, b: &str) -> bool {
    let split =
        |line: &str| -> Vec<String> { line.split([' ', ',', '|']).map(str::to_owned).collect() };
    let (a, b) = (split(a), split(b));
    let close = |(a, b): (&String, &String)| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 0.1 * a.abs().max(b.abs()) + 0.5,
        _ => a == b,
    };
    a.len() == b.len() && a.iter().zip(&b).all(close)
}
