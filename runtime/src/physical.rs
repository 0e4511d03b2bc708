//! What hardware numbers amount to, as a table.

use hx_emulator::Physical;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// One [`Physical`] per neuron; can be used like a slice of them, and is shown as a table.
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

/// The columns: name and unit, and how to read it.
type Column = (&'static str, &'static str, fn(&Physical) -> f64);

pub(crate) const COLUMNS: [Column; 10] = [
    ("v_leak", "LSB", |p| p.v_leak),
    ("v_threshold", "LSB", |p| p.v_threshold),
    ("v_reset", "LSB", |p| p.v_reset),
    ("tau_m", "µs", |p| p.tau_m),
    ("tau_syn_exc", "µs", |p| p.tau_syn_exc),
    ("tau_syn_inh", "µs", |p| p.tau_syn_inh),
    ("tau_refrac", "µs", |p| p.tau_refrac),
    ("delay", "µs", |p| p.delay),
    ("weight_exc", "LSB/µs", |p| p.weight_exc),
    ("weight_inh", "LSB/µs", |p| p.weight_inh),
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
    let mut header = vec!["neuron".to_owned()];
    header.extend(
        COLUMNS
            .iter()
            .map(|(name, unit, _)| format!("{name} [{unit}]")),
    );
    let line = |(neuron, physical): (&usize, &Physical)| {
        let mut line = vec![neuron.to_string()];
        line.extend(COLUMNS.iter().map(|(.., read)| number(read(physical))));
        line
    };
    let lines = table.neurons.iter().zip(table.rows.iter()).map(line);
    std::iter::once(header).chain(lines).collect()
}

/// Four digits say all there is to say about an analog number.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "?" } else { "∞" }.into();
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
