//! What hardware numbers amount to, as a table.

use hx_emulator::Physical;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// One [`Physical`] per neuron; can be used like a slice of them, and is shown as a
/// table, with columns for the exponential current, the adaptation and
/// conductance-based inputs only if a neuron uses them.
///
/// ```
/// use pynn::prelude::*;
/// # fn main() -> Result<(), pynn::Error> {
/// let pop = pynn::Population::new(1, pynn::cells::HXNeuron::new())?;
/// let physical = pop.physical()?;
/// assert!(physical[0].tau_m > 0.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct PhysicalTable {
    neurons: Arc<[usize]>,
    rows: Arc<[Physical]>,
}

/// A column: name and unit, how to read it, and whether it says anything of a neuron.
type Column = (
    &'static str,
    &'static str,
    fn(&Physical) -> f64,
    fn(&Physical) -> bool,
);

const ALWAYS: fn(&Physical) -> bool = |_| true;
const EXPONENTIAL: fn(&Physical) -> bool = |p| p.v_exp.is_finite();
const ADAPTATION: fn(&Physical) -> bool = |p| p.tau_w.is_finite();
const COBA: fn(&Physical) -> bool = |p| p.e_rev_exc.is_finite() || p.e_rev_inh.is_finite();

const COLUMNS: [Column; 20] = [
    ("v_leak", "LSB", |p| p.v_leak, ALWAYS),
    ("v_threshold", "LSB", |p| p.v_threshold, ALWAYS),
    ("v_reset", "LSB", |p| p.v_reset, ALWAYS),
    ("tau_m", "µs", |p| p.tau_m, ALWAYS),
    ("tau_syn_exc", "µs", |p| p.tau_syn_exc, ALWAYS),
    ("tau_syn_inh", "µs", |p| p.tau_syn_inh, ALWAYS),
    ("tau_refrac", "µs", |p| p.tau_refrac, ALWAYS),
    ("delay", "µs", |p| p.delay, ALWAYS),
    ("weight_exc", "LSB/µs", |p| p.weight_exc, ALWAYS),
    ("weight_inh", "LSB/µs", |p| p.weight_inh, ALWAYS),
    ("v_exp", "LSB", |p| p.v_exp, EXPONENTIAL),
    ("delta_exp", "LSB", |p| p.delta_exp, EXPONENTIAL),
    ("tau_w", "µs", |p| p.tau_w, ADAPTATION),
    ("a", "LSB/LSB", |p| p.a, ADAPTATION),
    ("b", "LSB", |p| p.b, ADAPTATION),
    ("v_w", "LSB", |p| p.v_w, ADAPTATION),
    ("e_rev_exc", "LSB", |p| p.e_rev_exc, COBA),
    ("e_rev_inh", "LSB", |p| p.e_rev_inh, COBA),
    ("coba_exc", "LSB", |p| p.coba_exc, COBA),
    ("coba_inh", "LSB", |p| p.coba_inh, COBA),
];

impl PhysicalTable {
    pub(crate) fn new(neurons: Vec<usize>, rows: Vec<Physical>) -> PhysicalTable {
        PhysicalTable {
            neurons: neurons.into(),
            rows: rows.into(),
        }
    }
}

/// The header and the lines of the table, as text.
pub(crate) fn cells(table: &PhysicalTable) -> Vec<Vec<String>> {
    let said = |column: &&Column| table.rows.iter().any(column.3);
    let columns: Vec<&Column> = COLUMNS.iter().filter(said).collect();
    let mut header = vec!["neuron".to_owned()];
    let names = columns.iter();
    header.extend(names.map(|(name, unit, ..)| format!("{name} [{unit}]")));
    let line = |(neuron, physical): (&usize, &Physical)| {
        let mut line = vec![neuron.to_string()];
        let reads = columns.iter().map(|(_, _, read, _)| read);
        line.extend(reads.map(|read| number(read(physical))));
        line
    };
    let lines = table.neurons.iter().zip(table.rows.iter()).map(line);
    std::iter::once(header).chain(lines).collect()
}

/// Four digits say all there is to say about an analog number.
fn number(value: f64) -> String {
    if !value.is_finite() {
        let sign = if value < 0.0 { "−∞" } else { "∞" };
        return if value.is_nan() { "?" } else { sign }.into();
    }
    let digits = if value.abs() >= 100.0 {
        1
    } else if value.abs() >= 1.0 {
        2
    } else {
        3
    };
    let text = format!("{value:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Deref for PhysicalTable {
    type Target = [Physical];
    fn deref(&self) -> &[Physical] {
        &self.rows
    }
}

impl<'a> IntoIterator for &'a PhysicalTable {
    type Item = &'a Physical;
    type IntoIter = std::slice::Iter<'a, Physical>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for PhysicalTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", crate::rich::plain_table(&cells(self)))
    }
}

impl fmt::Debug for PhysicalTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
