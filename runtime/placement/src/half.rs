//! One half of the chip while it fills: its buses, and the sets of origins on them.

use crate::set::{Set, Signed};
use hx_geometry::{BUSES, DRIVERS_PER_BUS, LABELS, ROWS_PER_DRIVER};

/// The buses of a half.
#[derive(Clone)]
pub(crate) struct Half {
    /// Four that exist, and one without limits that counts what finds no room on them.
    pub buses: Vec<Bus>,
}

/// A bus, the drivers that listen to it, and the sets of origins that use them.
#[derive(Clone)]
pub(crate) struct Bus {
    number: usize,
    /// Drivers in use.
    pub drivers: usize,
    pub sets: Vec<Set>,
}

impl Half {
    pub fn new() -> Half {
        let bus = |number| Bus {
            number,
            drivers: 0,
            sets: Vec::new(),
        };
        Half {
            buses: (0..=BUSES).map(bus).collect(),
        }
    }

    /// Drivers in use and drivers that would be, were there more.
    pub fn drivers(&self) -> usize {
        self.buses.iter().map(|bus| bus.drivers).sum()
    }

    /// Whether something did not fit.
    pub fn is_overfull(&self) -> bool {
        self.buses[BUSES].drivers > 0
    }
}

impl Bus {
    /// Drivers that are left.
    pub fn free(&self) -> usize {
        if self.number == BUSES {
            usize::MAX / 4
        } else {
            DRIVERS_PER_BUS.saturating_sub(self.drivers)
        }
    }

    /// Sets that another origin can join.
    pub fn open(&self) -> impl Iterator<Item = usize> {
        let sets = self.sets.iter().enumerate();
        sets.filter(|(_, set)| set.labels < LABELS)
            .map(|(number, _)| number)
    }

    pub fn add_set(&mut self) -> usize {
        self.sets.push(Set::new());
        self.sets.len() - 1
    }

    /// Gives a set more rows.
    pub fn grow(&mut self, set: usize, rows: Signed<usize>) {
        for (sign, &count) in rows.iter().enumerate() {
            for _ in 0..count {
                if self.sets[set].spare.is_empty() {
                    self.add_driver(set);
                }
                let set = &mut self.sets[set];
                let row = set.spare.pop().expect("the driver's first row");
                set.add_row(sign, row);
            }
        }
    }

    /// Gives a set another driver, whose rows have no sign yet.
    pub fn add_driver(&mut self, set: usize) {
        // Neighbouring drivers listen to different buses.
        let driver = (self.drivers * BUSES + self.number) as u32;
        self.drivers += 1;
        let first = driver * ROWS_PER_DRIVER as u32;
        self.sets[set].spare.extend([first + 1, first]);
    }
}
