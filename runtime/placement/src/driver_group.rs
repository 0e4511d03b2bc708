//! Origins that share synapse drivers, and with them rows of synapses.

use hx_geometry::{COLUMNS, ROWS_PER_DRIVER};

/// One for each [`Polarity`](hx_geometry::Polarity), in the order of its indices.
pub(crate) type PerPolarity<T> = [T; 2];

/// Up to 64 origins and the drivers that receive their events. Any origin of the group can use
/// any synapse in its rows, so in a column the synapses are handed out row by row.
#[derive(Clone)]
pub(crate) struct DriverGroup {
    /// Number of origins.
    pub labels: usize,
    /// Rows of each polarity, by their number within the half.
    pub rows: PerPolarity<Vec<u32>>,
    /// Number of rows of each polarity taken in each column.
    taken: PerPolarity<Vec<u16>>,
    /// The columns in which all are.
    full: PerPolarity<Columns>,
    /// Rows of the group's drivers that have no polarity yet, the next one last.
    pub spare: Vec<u32>,
}

/// A group of columns, one bit each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Columns([u64; COLUMNS / 64]);

impl Columns {
    pub const NONE: Columns = Columns([0; COLUMNS / 64]);
    const ALL: Columns = Columns([u64::MAX; COLUMNS / 64]);

    pub fn insert(&mut self, column: usize) {
        self.0[column / 64] |= 1 << (column % 64);
    }

    fn count_outside(&self, other: &Columns) -> usize {
        let words = self.0.iter().zip(&other.0);
        words
            .map(|(own, other)| (own & !other).count_ones() as usize)
            .sum()
    }
}

impl DriverGroup {
    pub fn new() -> DriverGroup {
        DriverGroup {
            labels: 0,
            rows: [Vec::new(), Vec::new()],
            taken: [vec![0; COLUMNS], vec![0; COLUMNS]],
            full: [Columns::ALL; 2],
            spare: Vec::new(),
        }
    }

    /// Gives a row that has no polarity yet to one.
    pub fn add_row(&mut self, polarity: usize, row: u32) {
        self.rows[polarity].push(row);
        self.full[polarity] = Columns::NONE;
    }

    /// In how many of these columns there is room for one synapse or more.
    pub fn room(&self, columns: &PerPolarity<Columns>) -> usize {
        let room = |polarity: usize| {
            let full = if self.spare.is_empty() {
                &self.full[polarity]
            } else {
                &Columns::NONE
            };
            columns[polarity].count_outside(full)
        };
        room(0) + room(1)
    }

    /// Number of rows of each polarity that an origin of this profile needs in addition.
    pub fn missing(&self, profile: &Profile) -> PerPolarity<usize> {
        let mut most = [0_usize; 2];
        for &(polarity, column) in &profile.cells {
            let needed = self.taken[polarity][column] + profile.counts[polarity][column];
            most[polarity] = most[polarity].max(usize::from(needed));
        }
        [0, 1].map(|polarity| most[polarity].saturating_sub(self.rows[polarity].len()))
    }

    /// Number of new drivers that so many rows take.
    pub fn drivers(&self, rows: PerPolarity<usize>) -> usize {
        (rows[0] + rows[1])
            .saturating_sub(self.spare.len())
            .div_ceil(ROWS_PER_DRIVER)
    }

    /// The row of a synapse of its own in a column, if one is left.
    pub fn take(&mut self, polarity: usize, column: usize) -> Option<u32> {
        let taken = &mut self.taken[polarity][column];
        let row = self.rows[polarity].get(usize::from(*taken))?;
        *taken += 1;
        if usize::from(*taken) == self.rows[polarity].len() {
            self.full[polarity].insert(column);
        }
        Some(*row)
    }
}

/// Needs of one origin in a hemisphere: synapses of each polarity in each column.
pub(crate) struct Profile {
    counts: PerPolarity<Vec<u16>>,
    /// Sign and column of every count that is not 0.
    cells: Vec<(usize, usize)>,
}

impl Profile {
    pub fn new() -> Profile {
        Profile {
            counts: [vec![0; COLUMNS], vec![0; COLUMNS]],
            cells: Vec::new(),
        }
    }

    /// Makes it that of another origin.
    pub fn clear(&mut self) {
        for (polarity, column) in self.cells.drain(..) {
            self.counts[polarity][column] = 0;
        }
    }

    pub fn add(&mut self, polarity: usize, column: usize, synapses: usize) {
        let count = &mut self.counts[polarity][column];
        if *count == 0 {
            self.cells.push((polarity, column));
        }
        // No column has more than 256, that has been checked.
        *count += synapses as u16;
    }
}
