//! Every way in which the dialect says no.
//!
//! A variant holds what its sentence needs; the sentences are in [`sentence`],
//! the search for names that were meant in [`nearest`](mod@nearest).

mod nearest;
mod sentence;

pub(crate) use nearest::nearest;
pub(crate) use sentence::counted;

use crate::Device;
use std::fmt;

/// What went wrong, in a sentence a person can act on.
///
/// ```
/// use pynn::prelude::*;
/// let neuron = pynn::cells::HXNeuron::new().leak_v_leak(1500);
/// let error = pynn::Population::new(1, neuron).unwrap_err();
/// assert_eq!(error.name(), "ParameterOutOfRange");
/// assert!(error.to_string().contains("leak_v_leak"));
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A parameter was given a value the chip cannot store.
    ParameterOutOfRange {
        /// The parameter.
        parameter: String,
        /// The value it was given.
        value: f64,
        /// The values it can have, as text.
        range: String,
    },
    /// A number that a parameter of a spike source cannot be.
    NumberOutOfRange {
        /// The parameter.
        parameter: String,
        /// The value it was given.
        value: f64,
        /// What it can be, as text.
        range: &'static str,
    },
    /// Different values for the sources of one generator of the chip.
    NotShared {
        /// The parameter.
        parameter: &'static str,
    },
    /// More populations of on-chip sources than the chip has generators.
    TooManyGenerators {
        /// How many there can be.
        available: usize,
    },
    /// More sources than one generator of the chip tells apart.
    GeneratorTooLarge {
        /// How many were asked for.
        size: usize,
        /// The most there can be.
        most: usize,
    },
    /// A rate that a generator of the chip cannot have.
    GeneratorRate {
        /// The rate of one source, Hz.
        rate: f64,
        /// How many sources there are.
        size: usize,
        /// The least that all of them can send together, Hz.
        slowest: f64,
        /// The most, Hz.
        fastest: f64,
    },
    /// A parameter the cell type does not have.
    UnknownParameter {
        /// The name that was asked for.
        parameter: String,
        /// The cell type.
        cell_type: &'static str,
        /// The names that come closest.
        nearest: Vec<String>,
    },
    /// Something the chip has and this emulator does not model yet.
    NotEmulatedYet {
        /// What was asked for, such as "the parameter adaptation_enable".
        what: String,
    },
    /// A calibrated neuron was told to do what no calibration reaches.
    TargetOutOfRange {
        /// The target.
        target: String,
        /// The value it was given.
        value: f64,
        /// The smallest and the largest value it can have.
        range: (f64, f64),
        /// The unit of these.
        unit: &'static str,
    },
    /// Calibrated neurons differ in what all of a chip must share.
    TargetNotShared {
        /// The target.
        target: &'static str,
        /// The value that was given, and one it differs from.
        values: (f64, f64),
        /// The population that has the other one, as text.
        other: String,
    },
    /// A list whose length is not the number of cells.
    WrongNumberOfValues {
        /// The parameter.
        parameter: String,
        /// How many values (or trains) there were.
        values: usize,
        /// How many cells there are.
        cells: usize,
    },
    /// A value of a kind the parameter cannot take, such as a list of lists for a voltage.
    WrongKindOfValue {
        /// The parameter.
        parameter: String,
        /// What it takes, as text.
        expected: &'static str,
    },
    /// A variable that cells of this type cannot record.
    UnknownRecordable {
        /// The name that was asked for.
        variable: String,
        /// The cell type.
        cell_type: &'static str,
        /// What cells of this type can record.
        recordable: Vec<String>,
    },
    /// A second analog variable of a neuron by the same device.
    OneAnalogVariable {
        /// The neuron or neurons, as text.
        neuron: String,
        /// The variable that is recorded already.
        recorded: &'static str,
        /// The variable that was asked for as well.
        requested: &'static str,
        /// The device.
        device: Device,
    },
    /// Two neurons that the one MADC cannot digitise together.
    MadcColumnConflict {
        /// The neuron that is recorded already, as text.
        recorded: String,
        /// The neuron that was asked for as well, as text.
        requested: String,
        /// "even" or "odd": what the columns of both are.
        parity: &'static str,
    },
    /// A receptor type synapses do not have.
    UnknownReceptor {
        /// The name that was asked for.
        receptor: String,
    },
    /// A weight whose sign does not fit its receptor.
    WeightSign {
        /// The weight.
        weight: f64,
        /// The receptor.
        receptor: &'static str,
    },
    /// A weight that is not a finite number.
    WeightNotFinite {
        /// The weight.
        weight: f64,
    },
    /// A synaptic delay, which the chip does not have.
    DelayNotZero {
        /// The delay, ms.
        delay: f64,
    },
    /// Something other than a weight or a delay was asked of a projection.
    UnknownConnectionParameter {
        /// The name that was asked for.
        parameter: String,
    },
    /// A matrix of weights whose shape is not that of the projection.
    WrongShape {
        /// Rows and columns the matrix had.
        given: (usize, usize),
        /// Rows (sources) and columns (targets) of the projection.
        needed: (usize, usize),
    },
    /// More spikes than can be held for a population of sources.
    TooManySpikes {
        /// How many spikes all its sources have together.
        spikes: usize,
        /// The most there can be.
        most: usize,
    },
    /// A spike time that is negative or not finite.
    SpikeTimeInvalid {
        /// The time, ms.
        time: f64,
    },
    /// A duration that is not a positive, finite number.
    DurationInvalid {
        /// The duration, ms.
        duration: f64,
    },
    /// A run longer than any.
    RunTooLong {
        /// The duration of the whole run, ms.
        duration: f64,
        /// The longest possible, ms.
        longest: f64,
    },
    /// A run whose recordings would not fit into memory.
    RecordingTooLarge {
        /// The duration of the whole run, ms.
        duration: f64,
        /// What it would record, MB.
        megabytes: f64,
        /// The most there can be, MB, earlier runs included.
        most: f64,
        /// What earlier runs recorded, MB.
        held: f64,
        /// What each recording takes, as text, the largest first.
        shares: Vec<String>,
    },
    /// More neurons than the chip has circuits.
    TooManyNeurons {
        /// How many were asked for.
        requested: usize,
        /// How many circuits are in use already.
        in_use: usize,
        /// How many circuits the chip has.
        available: usize,
    },
    /// More spike sources than the chip has event labels.
    TooManySources {
        /// How many were asked for.
        requested: usize,
        /// How many labels are in use already.
        in_use: usize,
        /// How many labels there are.
        available: usize,
    },
    /// More synapses onto one neuron than its column has rows.
    TooManySynapses {
        /// The neuron, as text.
        neuron: String,
        /// How many synapses it would need.
        needed: usize,
        /// How many rows there are.
        available: usize,
    },
    /// More synapses onto one neuron from neurons, or sources on the chip, whose spikes come
    /// on one bus.
    TooManySynapsesOnBus {
        /// The neuron, as text.
        neuron: String,
        /// The bus, 0 to 3.
        bus: usize,
        /// How many synapses it would need.
        needed: usize,
        /// How many rows can be reached on one bus.
        available: usize,
    },
    /// More rows of synapses, and so synapse drivers, than there are.
    TooManySynapseDrivers {
        /// "upper" or "lower" half of the chip.
        half: &'static str,
        /// The bus, if the origins reach only that.
        bus: Option<usize>,
        /// How many drivers it would take, about.
        needed: usize,
        /// How many there are.
        available: usize,
    },
    /// Something else of which the network needs more than the chip has.
    NoRoom {
        /// What, how much is needed and how much there is.
        reason: String,
    },
    /// A position on the chip that it does not have.
    PositionOutside {
        /// The position.
        position: i128,
        /// How many there are.
        available: usize,
    },
    /// A position on the chip given to two neurons.
    PositionTwice {
        /// The position.
        position: usize,
    },
    /// A PADI bus the chip does not have.
    BusOutside {
        /// The bus.
        bus: i128,
        /// How many there are.
        available: usize,
    },
    /// A PADI bus given to two populations of on-chip sources.
    BusTwice {
        /// The bus.
        bus: usize,
    },
    /// A parameter that switches on what the textbook's chip does not have.
    NotOnIdealChip {
        /// The parameter.
        parameter: &'static str,
    },
    /// A second run without a reset in between.
    RunWithoutReset,
    /// A run, or something that would change what it stores, while another thread runs.
    RunUnderWay,
    /// [`execute`](crate::execute) without an [`append`](crate::append) before it.
    NothingAppended,
    /// An index beyond the ends of a population or view.
    IndexOutside {
        /// The index.
        index: i128,
        /// How many neurons there are.
        size: usize,
        /// The population or view, as text.
        of: String,
    },
    /// A population without neurons.
    EmptyPopulation,
    /// A view without neurons.
    EmptyView {
        /// The population it was to look at, as text.
        of: String,
    },
    /// Data asked for before there are any.
    NoDataYet {
        /// The population, as text.
        population: String,
    },
    /// Data asked for of something that was not recorded.
    NotRecorded {
        /// The variable.
        variable: String,
        /// The population or view, as text.
        population: String,
        /// The device that did not record it, if one was asked for.
        device: Option<Device>,
    },
    /// A population or projection of a network that is gone.
    NetworkGone {
        /// The population or projection, as text.
        what: String,
    },
    /// Spike sources where only neurons will do.
    NotNeurons {
        /// The population, as text.
        population: String,
        /// What neurons are needed for.
        needed_for: &'static str,
    },
    /// Two lists that are to be drawn against each other and differ in length.
    LengthMismatch {
        /// The function, such as "plot".
        function: &'static str,
        /// Length of the first list.
        x: usize,
        /// Length of the second list.
        y: usize,
    },
    /// A picture that cannot be drawn as asked for.
    Drawing {
        /// The function, such as "imshow".
        function: &'static str,
        /// Why not.
        reason: String,
    },
    /// A picture format that is neither PNG nor SVG.
    UnknownFormat {
        /// The format or file name.
        format: String,
    },
    /// A file that could not be written.
    FileNotWritten {
        /// The file.
        path: String,
        /// What the operating system says.
        reason: String,
    },
    /// The user interrupted a run.
    Interrupted,
    /// Something without a JSON form was to be said on a comm.
    NoJsonForm {
        /// Why it has none.
        reason: String,
    },
    /// A comm that one of its ends has closed.
    CommClosed,
    /// Something that can only be asked for by a cell itself, not by a thread it started.
    NotFromAThread {
        /// What was asked for.
        what: &'static str,
    },
    /// A question to the user without an answer.
    NoInput {
        /// Why not.
        reason: String,
    },
}

impl Error {
    /// The variant's name, which a notebook shows as the error's name.
    pub fn name(&self) -> &'static str {
        match self {
            Error::ParameterOutOfRange { .. } => "ParameterOutOfRange",
            Error::NumberOutOfRange { .. } => "NumberOutOfRange",
            Error::NotShared { .. } => "NotShared",
            Error::TooManyGenerators { .. } => "TooManyGenerators",
            Error::GeneratorTooLarge { .. } => "GeneratorTooLarge",
            Error::GeneratorRate { .. } => "GeneratorRate",
            Error::UnknownParameter { .. } => "UnknownParameter",
            Error::NotEmulatedYet { .. } => "NotEmulatedYet",
            Error::TargetOutOfRange { .. } => "TargetOutOfRange",
            Error::TargetNotShared { .. } => "TargetNotShared",
            Error::WrongNumberOfValues { .. } => "WrongNumberOfValues",
            Error::WrongKindOfValue { .. } => "WrongKindOfValue",
            Error::UnknownRecordable { .. } => "UnknownRecordable",
            Error::OneAnalogVariable { .. } => "OneAnalogVariable",
            Error::MadcColumnConflict { .. } => "MadcColumnConflict",
            Error::UnknownReceptor { .. } => "UnknownReceptor",
            Error::WeightSign { .. } => "WeightSign",
            Error::WeightNotFinite { .. } => "WeightNotFinite",
            Error::DelayNotZero { .. } => "DelayNotZero",
            Error::UnknownConnectionParameter { .. } => "UnknownConnectionParameter",
            Error::WrongShape { .. } => "WrongShape",
            Error::TooManySpikes { .. } => "TooManySpikes",
            Error::SpikeTimeInvalid { .. } => "SpikeTimeInvalid",
            Error::DurationInvalid { .. } => "DurationInvalid",
            Error::RunTooLong { .. } => "RunTooLong",
            Error::RecordingTooLarge { .. } => "RecordingTooLarge",
            Error::TooManyNeurons { .. } => "TooManyNeurons",
            Error::TooManySources { .. } => "TooManySources",
            Error::TooManySynapses { .. } => "TooManySynapses",
            Error::TooManySynapsesOnBus { .. } => "TooManySynapsesOnBus",
            Error::TooManySynapseDrivers { .. } => "TooManySynapseDrivers",
            Error::NoRoom { .. } => "NoRoom",
            Error::PositionOutside { .. } => "PositionOutside",
            Error::PositionTwice { .. } => "PositionTwice",
            Error::BusOutside { .. } => "BusOutside",
            Error::BusTwice { .. } => "BusTwice",
            Error::NotOnIdealChip { .. } => "NotOnIdealChip",
            Error::RunWithoutReset => "RunWithoutReset",
            Error::RunUnderWay => "RunUnderWay",
            Error::NothingAppended => "NothingAppended",
            Error::IndexOutside { .. } => "IndexOutside",
            Error::EmptyPopulation => "EmptyPopulation",
            Error::EmptyView { .. } => "EmptyView",
            Error::NoDataYet { .. } => "NoDataYet",
            Error::NotRecorded { .. } => "NotRecorded",
            Error::NetworkGone { .. } => "NetworkGone",
            Error::NotNeurons { .. } => "NotNeurons",
            Error::LengthMismatch { .. } => "LengthMismatch",
            Error::Drawing { .. } => "Drawing",
            Error::UnknownFormat { .. } => "UnknownFormat",
            Error::FileNotWritten { .. } => "FileNotWritten",
            Error::Interrupted => "Interrupted",
            Error::NoJsonForm { .. } => "NoJsonForm",
            Error::CommClosed => "CommClosed",
            Error::NotFromAThread { .. } => "NotFromAThread",
            Error::NoInput { .. } => "NoInput",
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An error that ends a cell or fails an `unwrap` is read by a person.
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
