//! Where events come from.

/// The presynaptic end of a synapse: where its events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreSource {
    /// The external source with this index, whose spikes the FPGA sends.
    External(u32),
    /// The neuron with this index.
    Neuron(u32),
    /// One of the cells of a background generator of the chip.
    Background {
        /// Index of the generator.
        generator: u16,
        /// Index of the cell within it, 0 to 255.
        cell: u32,
    },
}
