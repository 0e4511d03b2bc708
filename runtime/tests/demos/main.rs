//! The published demonstrations of BrainScaleS-2, run in the dialect and held against
//! what their notebooks show.
//!
//! One module per demonstration builds its network as published and says what came out,
//! as rows of a table: what was measured, what the notebook shows, within which bound,
//! and why that one. `cargo test --release -p pynn --test demos -- --nocapture` prints
//! the table; with `HX_DEMOS=write` it becomes `docs/demos.md`, which is held against
//! the rows otherwise.
//!
//! Where the emulator is off, the row says so and pins what it does instead: such a
//! row fails too when the emulator becomes right.

mod adaptation;
mod calibration;
mod dynamic_range;
mod exponential;
mod first_steps;
mod logic_gates;
mod membrane;
mod reconfiguration;
mod single_neuron;
mod sudoku;
mod synaptic_input;
mod synfire_chain;
mod table;
mod tools;
mod variations;

use table::{Row, Verdict, document, rows_of, same};

/// A demonstration: how the project's reference calls it, and what comes out.
type Demo = (&'static str, fn() -> Result<Vec<Row>, pynn::Error>);

/// Every row of a demonstration holds, or is off as it says.
fn hold(name: &'static str) {
    let broken: Vec<String> = rows_of(name)
        .into_iter()
        .filter_map(|row| match row.verdict {
            Verdict::Broken(why) => Some(format!(
                "{}: expected {}, but {why}",
                row.what, row.expected
            )),
            Verdict::Right | Verdict::Off(_) => None,
        })
        .collect();
    assert!(broken.is_empty(), "{name}\n{}", broken.join("\n"));
}

macro_rules! demonstrations {
    ($($test:ident, $name:literal, $run:path;)*) => {
        const DEMOS: &[Demo] = &[$(($name, $run)),*];

        $(#[test]
        fn $test() {
            hold($name);
        })*
    };
}

demonstrations! {
    gs_02, "gs_02", first_steps::gs_02;
    gs_03_parameters, "gs_03, part 1", first_steps::gs_03_parameters;
    gs_03_stimulation, "gs_03, part 2", first_steps::gs_03_stimulation;
    ts_00, "ts_00", variations::ts_00;
    gs_06, "gs_06", logic_gates::gs_06;
    gs_04_1, "gs_04-1", synfire_chain::gs_04_1;
    fp_synfire_chain, "fp_synfireChain", synfire_chain::fp_synfire_chain;
    fp_single_neuron, "fp_singleNeuron", single_neuron::fp_single_neuron;
    fp_synaptic_input, "fp_synapticInput", synaptic_input::fp_synaptic_input;
    ts_06, "ts_06", dynamic_range::ts_06;
    ts_10, "ts_10", reconfiguration::ts_10;
    fp_calibration, "fp_calibration", calibration::fp_calibration;
    gs_04_2, "gs_04-2, fp_sudoku", sudoku::gs_04_2;
    cns_01_and_02, "cns_01, cns_02", membrane::cns_01_and_02;
    cns_03, "cns_03", exponential::cns_03;
    ts_08, "ts_08, fp_adex", adaptation::ts_08;
}

/// With `HX_DEMOS=write` the document is written, without it is held against the rows.
#[test]
fn the_document_is_up_to_date() {
    let all: Vec<_> = DEMOS
        .iter()
        .map(|&(name, _)| (name, rows_of(name)))
        .collect();
    let document = document(&all);
    if std::env::var("HX_DEMOS").is_ok_and(|what| what == "write") {
        std::fs::write(table::FILE, &document).expect("the document can be written");
    }
    let committed = std::fs::read_to_string(table::FILE).unwrap_or_default();
    assert!(
        same(&committed, &document),
        "docs/demos.md is not what the demonstrations do; \
         run `HX_DEMOS=write cargo test --release -p pynn --test demos`"
    );
}
