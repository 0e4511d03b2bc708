//! The fixed pattern of the chip that was looked at last, kept: it never changes, and
//! drawing that of 131,072 synapses and 512 circuits takes longer than a run of them.

use hx_geometry::{NEURONS, SYNAPSES, SYNAPSES_PER_DRIVER};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::{COMMON, DRIVER, Deviation, MISMATCH, SYNAPSE, draw};
use crate::circuit_block::CircuitBlock;
use crate::transfer::Transfer;

/// Deviations of one chip from the design.
pub(crate) struct Pattern {
    seed: u64,
    /// Of each circuit: what each row of [`MISMATCH`] moves its constants by.
    circuits: Vec<OnceLock<Vec<f64>>>,
    synapses: OnceLock<Vec<f32>>,
}

static LATEST: Mutex<Option<Arc<Pattern>>> = Mutex::new(None);

impl Pattern {
    /// That of the chip of this seed.
    pub fn of(seed: u64) -> Arc<Pattern> {
        let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            Some(pattern) if pattern.seed == seed => Arc::clone(pattern),
            _ => {
                let pattern = Arc::new(Pattern {
                    seed,
                    circuits: (0..NEURONS).map(|_| OnceLock::new()).collect(),
                    synapses: OnceLock::new(),
                });
                *latest = Some(Arc::clone(&pattern));
                pattern
            }
        }
    }

    /// Deviation of a row of [`MISMATCH`] in the circuit at `position`.
    pub fn deviation(&self, row: usize, position: usize) -> f64 {
        let drawn = || {
            (0..MISMATCH.len())
                .map(|row| self.drawn(row, position))
                .collect()
        };
        match self.circuits.get(position) {
            Some(circuit) => circuit.get_or_init(drawn)[row],
            None => self.drawn(row, position),
        }
    }

    fn drawn(&self, row: usize, position: usize) -> f64 {
        let row = &MISMATCH[row];
        let key = |position| draw::key(row.names[0], &[self.seed, row.block as u64, position]);
        let (own, common) = (key(position as u64), key(COMMON));
        match row.deviation {
            Deviation::Offset => row.spread * draw::normal(own) + row.common * draw::normal(common),
            Deviation::Factor => draw::factor(own, row.spread) * draw::factor(common, row.common),
        }
    }

    /// Factor of a synapse circuit on its weight.
    pub fn synapse(&self, circuit: u32) -> f64 {
        let factor = self.synapses().get(circuit as usize);
        factor.map_or(1.0, |&factor| f64::from(factor))
    }

    /// Factor of each synapse circuit on its weight.
    pub fn synapses(&self) -> &[f32] {
        self.synapses.get_or_init(|| {
            // What all their keys have in common is hashed once.
            let stem = draw::key(SYNAPSE.name, &[self.seed]);
            let mut all = Vec::with_capacity(SYNAPSES);
            let mut own = [0.0; SYNAPSES_PER_DRIVER];
            for driver in 0..SYNAPSES / SYNAPSES_PER_DRIVER {
                let common = DRIVER.factor(&[self.seed, driver as u64]);
                let first = (driver * SYNAPSES_PER_DRIVER) as u64;
                draw::factors(stem, first, SYNAPSE.spread, &mut own);
                all.extend(own.iter().map(|own| (common * own) as f32));
            }
            all
        })
    }
}

/// Moves the constants of a part away from the design, as they are on the chip of
/// this seed in the circuit at this position.
pub(crate) fn apply(transfer: &mut Transfer, seed: u64, position: usize, block: CircuitBlock) {
    let pattern = Pattern::of(seed);
    for (number, row) in MISMATCH.iter().enumerate() {
        if row.block == block {
            (row.apply)(transfer, pattern.deviation(number, position));
        }
    }
}
