//! Writes `docs/transfer.md`: every number this emulator believes of the chip, with
//! where it is from, made of the tables the emulator computes with.
//!
//! `cargo run -p hx-emulator --example transfer_table`; a test checks that the
//! committed file is what this writes.

use std::fmt::Write as _;

use hx_emulator::{
    CONSTANTS, Calibration, Chip, Deviation, Kind, MISMATCH, Physical, SPREADS, TRANSFER_FUNCTIONS,
    Transfer, physical,
};

/// Where the document is, seen from this crate.
pub const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/transfer.md");

#[cfg_attr(test, expect(dead_code, reason = "a test has its own main"))]
fn main() -> std::io::Result<()> {
    std::fs::write(FILE, document())
}

/// The document.
pub fn document() -> String {
    let mut text = String::from(INTRODUCTION);
    text.push_str(&functions());
    text.push_str(CONSTANTS_TITLE);
    text.push_str(&constants());
    text.push_str(MISMATCH_TITLE);
    text.push_str(&mismatch());
    text.push_str(SPREADS_TITLE);
    text.push_str(&spreads());
    text.push_str(CALIBRATIONS_TITLE);
    text.push_str(&calibrations());
    text
}

const INTRODUCTION: &str = "\
# From codes to LSB and microseconds

Written by `cargo run -p hx-emulator --example transfer_table` from the tables the
emulator computes with; edit those. Potentials are LSB of the membrane ADC (MADC), times
are µs, slopes LSB/µs. A source is a section of the project's BrainScaleS-2 reference; an
*image* or a *text* number was read off a publication, a *fit* was made to published
traces or points, an *estimate* nobody published.

## Transfer functions

`x` is the code the chip stores. The values are those of a circuit without mismatch.

";

const CONSTANTS_TITLE: &str = "
## Constants

The uncertainty says how far another chip, or the truth, may be off; it is an estimate itself.

";

const MISMATCH_TITLE: &str = "
## Mismatch

What `Chip::new(seed)` draws for each of the 512 circuits: an offset is normal, a factor
log-normal with mean 1, both cut at four standard deviations. Chips differ by a deviation
common to all their circuits on top (estimates all of them).

";

const SPREADS_TITLE: &str = "
## Synapses, column ADCs, calibrations, trials

";

const CALIBRATIONS_TITLE: &str = "
## Calibrations

What `pop.physical()` says of a neuron with nothing set, on a circuit without mismatch.

";

fn functions() -> String {
    let mut table = Table::new(&[
        "parameter",
        "sets",
        "unit",
        "law",
        "codes",
        "a tenth",
        "half",
        "all",
        "kind",
        "source",
        "uncertainty",
    ]);
    for row in TRANSFER_FUNCTIONS {
        let at = |share: f64| {
            let code = (f64::from(row.largest) * share).round();
            number((row.law)(&Transfer::NOMINAL, code as u16))
        };
        table.row(&[
            &code(row.parameter),
            row.quantity,
            row.unit,
            row.formula,
            &format!("0 to {}", row.largest),
            &at(0.1),
            &at(0.5),
            &at(1.0),
            kind(row.kind),
            row.source,
            row.uncertainty,
        ]);
    }
    table.text
}

fn constants() -> String {
    let mut table = Table::new(&[
        "constant",
        "value",
        "±",
        "unit",
        "kind",
        "source",
        "what it is",
    ]);
    for row in CONSTANTS {
        table.row(&[
            &code(row.name),
            &row.value.to_string(),
            &row.uncertainty.to_string(),
            row.unit,
            kind(row.kind),
            row.source,
            row.meaning,
        ]);
    }
    table.text
}

fn mismatch() -> String {
    let mut table = Table::new(&[
        "part",
        "constants",
        "how",
        "circuits",
        "chips",
        "unit",
        "kind",
        "source",
        "what differs",
    ]);
    for row in MISMATCH {
        let how = match row.deviation {
            Deviation::Offset => "offset",
            Deviation::Factor => "factor",
        };
        table.row(&[
            &format!("{:?}", row.block),
            &row.names
                .iter()
                .map(|name| code(name))
                .collect::<Vec<_>>()
                .join(", "),
            how,
            &row.spread.to_string(),
            &row.common.to_string(),
            row.unit,
            kind(row.kind),
            row.source,
            row.meaning,
        ]);
    }
    table.text
}

fn spreads() -> String {
    let mut table = Table::new(&["name", "spread", "unit", "kind", "source", "what differs"]);
    for row in SPREADS {
        table.row(&[
            &code(row.name),
            &row.spread.to_string(),
            row.unit,
            kind(row.kind),
            row.source,
            row.meaning,
        ]);
    }
    table.text
}

/// The columns: name, unit, and how to read it.
type Column = (&'static str, fn(&Physical) -> f64);

fn calibrations() -> String {
    let columns: [Column; 8] = [
        ("v_leak [LSB]", |p| p.v_leak),
        ("v_threshold [LSB]", |p| p.v_threshold),
        ("v_reset [LSB]", |p| p.v_reset),
        ("tau_m [µs]", |p| p.tau_m),
        ("tau_syn_exc [µs]", |p| p.tau_syn_exc),
        ("tau_refrac [µs]", |p| p.tau_refrac),
        ("weight_exc [LSB/µs]", |p| p.weight_exc),
        ("weight_inh [LSB/µs]", |p| p.weight_inh),
    ];
    let names = columns.iter().map(|(name, _)| *name);
    let header: Vec<&str> = ["calibration"].into_iter().chain(names).collect();
    let mut table = Table::new(&header);
    for calibration in [Calibration::Tutorial, Calibration::Current] {
        let chip = Chip::nominal().backend(calibration.backend());
        let numbers = physical(&chip, 0, &calibration.neuron());
        let name = format!("{calibration:?}");
        let values = columns.iter().map(|(_, read)| number(read(&numbers)));
        let cells: Vec<String> = [name].into_iter().chain(values).collect();
        table.row(&cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    table.text
}

fn code(name: &str) -> String {
    format!("`{name}`")
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "image",
        Kind::Text => "text",
        Kind::Fit => "fit",
        Kind::Estimate => "estimate",
    }
}

/// Three digits or the whole part: nothing here is known better.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        0.0 => 0,
        size if size >= 100.0 => 0,
        size => (2 - size.log10().floor() as i32).max(0) as usize,
    };
    format!("{value:.digits$}")
}

/// A table in Markdown.
struct Table {
    text: String,
}

impl Table {
    fn new(header: &[&str]) -> Table {
        let mut table = Table {
            text: String::new(),
        };
        table.row(header);
        table.row(&vec!["---"; header.len()]);
        table
    }

    fn row(&mut self, cells: &[&str]) {
        for cell in cells {
            let _ = write!(self.text, "| {} ", cell.replace('|', "\\|"));
        }
        self.text.push_str("|\n");
    }
}
