//! One half of the chip while it fills: its buses, and the groups of origins on them.

use crate::driver_group::{DriverGroup, PerPolarity};
use hx_geometry::{BUSES, DRIVERS_PER_BUS, LABELS, ROWS_PER_DRIVER};

/// The buses of a half.
#[derive(Clone)]
pub(crate) struct Hemisphere {
    /// Four that exist, and one without limits that counts what finds no room on them.
    pub buses: Vec<Bus>,
}

/// A bus, the drivers on it, and the groups of origins that use them.
#[derive(Clone)]
pub(crate) struct Bus {
    number: usize,
    /// Drivers in use.
    pub drivers: usize,
    pub groups: Vec<DriverGroup>,
}

impl Hemisphere {
    pub fn new() -> Hemisphere {
        let bus = |number| Bus {
            number,
            drivers: 0,
            groups: Vec::new(),
        };
        Hemisphere {
            buses: (0..=BUSES).map(bus).collect(),
        }
    }

    /// Drivers in use and drivers that would be, were there more.
    pub fn drivers(&self) -> usize {
        self.buses.iter().map(|bus| bus.drivers).sum()
    }

    /// Tells whether something did not fit.
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

    /// Groups that another origin can join.
    pub fn open(&self) -> impl Iterator<Item = usize> {
        let groups = self.groups.iter().enumerate();
        groups
            .filter(|(_, group)| group.labels < LABELS)
            .map(|(number, _)| number)
    }

    pub fn add_group(&mut self) -> usize {
        self.groups.push(DriverGroup::new());
        self.groups.len() - 1
    }

    /// Gives a group more rows.
    pub fn grow(&mut self, group: usize, rows: PerPolarity<usize>) {
        for (polarity, &count) in rows.iter().enumerate() {
            for _ in 0..count {
                if self.groups[group].spare.is_empty() {
                    self.add_driver(group);
                }
                let group = &mut self.groups[group];
                let row = group.spare.pop().expect("the driver's first row");
                group.add_row(polarity, row);
            }
        }
    }

    /// Gives a group another driver, whose rows have no polarity yet.
    pub fn add_driver(&mut self, group: usize) {
        // Neighbouring drivers are on different buses.
        let driver = (self.drivers * BUSES + self.number) as u32;
        self.drivers += 1;
        let first = driver * ROWS_PER_DRIVER as u32;
        self.groups[group].spare.extend([first + 1, first]);
    }
}
