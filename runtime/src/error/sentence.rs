//! The sentences: what was wrong, where, and what to do.

use super::Error;
use crate::Device;
use crate::cells::SHARED;
use crate::number::Short;
use std::fmt;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::cell::introduce(self.name());
        match self {
            Error::ParameterOutOfRange {
                parameter,
                value,
                range,
            } => write!(
                f,
                "{parameter} cannot be {}: the chip stores {range} there",
                Short(*value)
            ),
            Error::NumberOutOfRange {
                parameter,
                value,
                range,
            } => write!(f, "{parameter} cannot be {}; give {range}", Short(*value)),
            Error::NotShared { parameter } => write!(
                f,
                "all sources of a population of SpikeSourcePoissonOnChip come from one generator and \
                 share their {parameter}; give one number for the whole population, and make another \
                 population for another {parameter}"
            ),
            Error::TooManyGenerators { available } => write!(
                f,
                "the chip has room for {} of SpikeSourcePoissonOnChip, and all \
                 are in use; put their sources into fewer populations, or use SpikeSourcePoisson",
                counted(*available, "population")
            ),
            Error::GeneratorTooLarge { size, most } => write!(
                f,
                "a population of SpikeSourcePoissonOnChip has at most {most} sources, so {size} do not \
                 fit; make several populations, or use SpikeSourcePoisson"
            ),
            Error::GeneratorRate {
                rate,
                size,
                slowest,
                fastest,
            } => write!(
                f,
                "{} of {} Hz are {} Hz in all, but a generator of the chip sends from {slowest:.2} \
                 to {fastest} Hz; choose another rate or another number of sources, or use \
                 SpikeSourcePoisson",
                counted(*size, "source"),
                Short(*rate),
                Short(rate * *size as f64)
            ),
            Error::UnknownParameter {
                parameter,
                cell_type,
                nearest,
            } => {
                write!(f, "{cell_type} has no parameter '{parameter}'; ")?;
                if nearest.is_empty() {
                    write!(
                        f,
                        "cells::{cell_type}::get_parameter_names() lists those it has"
                    )
                } else {
                    write!(f, "did you mean {}?", one_of(nearest))
                }
            }
            Error::NotEmulatedYet { what } => write!(
                f,
                "the chip has {what}, but this emulator does not model it yet; leave it out"
            ),
            Error::TargetOutOfRange {
                target,
                value,
                range: (smallest, largest),
                unit,
            } => write!(
                f,
                "{target} cannot be {}: the calibration reaches {smallest} to {largest} {unit}",
                Short(*value)
            ),
            Error::TargetNotShared {
                target,
                values: (value, other_value),
                other,
            } => {
                let others: Vec<&str> = SHARED.into_iter().filter(|it| it != target).collect();
                write!(
                    f,
                    "{target} cannot be {} here and {} in {other}: all calibrated neurons of a \
                 chip share it, as they do {}; the two cell types differ in all of them unless they \
                 are told, so give all the same, or start anew with pynn::setup",
                    Short(*value),
                    Short(*other_value),
                    others.join(" and ")
                )
            }
            Error::WrongNumberOfValues {
                parameter,
                values,
                cells,
            } => write!(
                f,
                "{parameter} got a list of {values} for {}; give one for all or one for each",
                counted(*cells, "cell")
            ),
            Error::WrongKindOfValue {
                parameter,
                expected,
            } => write!(f, "{parameter} takes {expected}"),
            Error::UnknownRecordable {
                variable,
                cell_type,
                recordable,
            } => write!(
                f,
                "{cell_type} cannot record '{variable}', only {}",
                one_of(recordable)
            ),
            Error::OneAnalogVariable {
                neuron,
                recorded,
                requested,
                device,
            } => write!(
                f,
                "'{recorded}' of {neuron} is recorded by the {device}, which digitises one variable of \
                 a neuron; record '{requested}' with the other device, record_on(\"{requested}\", \
                 pynn::Device::{})?, or clear with record_nothing()? first",
                match device {
                    Device::Madc => "Cadc",
                    Device::Cadc => "Madc",
                }
            ),
            Error::MadcColumnConflict {
                recorded,
                requested,
                parity,
            } => write!(
                f,
                "{recorded} and {requested} cannot be recorded by the MADC together: both are in \
                 {parity} columns of the chip, and it digitises one neuron in an even and one in an \
                 odd column; record fewer, for example pop.view(0..1)?.record(\"v\")?, take the \
                 CADC, which digitises all, record_on(\"v\", pynn::Device::Cadc)?, or free the one \
                 recorded before with record_nothing()? (a population of an earlier run of a cell \
                 stays on the chip until pynn::setup(…)?)"
            ),
            Error::UnknownReceptor { receptor } => write!(
                f,
                "there is no receptor '{receptor}'; synapses are \"excitatory\" or \"inhibitory\""
            ),
            Error::WeightSign { weight, receptor } => {
                // Those of conductances are at least 0, whatever the receptor.
                let rule = match (*weight < 0.0, receptor) {
                    (true, &"inhibitory") => "at least 0 where synapses are conductances",
                    (true, _) => "at least 0",
                    (false, _) => "at most 0",
                };
                write!(
                    f,
                    "a weight of {} does not fit the receptor \"{receptor}\", whose weights are {rule}",
                    Short(*weight)
                )
            }
            Error::WeightNotFinite { weight } => write!(
                f,
                "a weight cannot be {weight}; give a finite number, it is rounded to a whole one"
            ),
            Error::DelayNotZero { delay } => write!(
                f,
                "a delay of {} ms is not possible: the chip's synapses have none; leave it at 0",
                Short(*delay)
            ),
            Error::UnknownConnectionParameter { parameter } => write!(
                f,
                "a projection has no '{parameter}'; it has \"weight\" and \"delay\" (always 0)"
            ),
            Error::WrongShape { given, needed } => write!(
                f,
                "weights of shape {} × {} do not fit a projection of {} × {}; give one row per source \
                 neuron and one column per target neuron, or one number for all",
                given.0, given.1, needed.0, needed.1
            ),
            Error::TooManySpikes { spikes, most } => write!(
                f,
                "{} spikes are too many for one population of sources, {most} is the most; send \
                 fewer, or make it smaller",
                // More than can be counted is as much as can be.
                match *spikes {
                    usize::MAX => "so many".to_owned(),
                    spikes => spikes.to_string(),
                }
            ),
            Error::SpikeTimeInvalid { time } => write!(
                f,
                "a spike cannot happen at {} ms; spike times are finite and at least 0",
                Short(*time)
            ),
            Error::DurationInvalid { duration } => write!(
                f,
                "the chip cannot run for {} ms; give a positive, finite time in milliseconds",
                Short(*duration)
            ),
            Error::RunTooLong { duration, longest } => write!(
                f,
                "a run of {} ms is too long, {longest} ms is the most; run less",
                Short(*duration)
            ),
            Error::RecordingTooLarge {
                duration,
                megabytes,
                most,
                held,
                shares,
            } => {
                write!(
                    f,
                    "a run of {} ms would record {megabytes} MB, and there is room for {most} \
                     MB: {}",
                    Short(*duration),
                    shares[..shares.len().min(3)].join(", ")
                )?;
                if *held > 0.0 {
                    write!(
                        f,
                        ", earlier runs hold {held} MB (take_data(\"all\")? instead of get_data makes \
                         room)"
                    )?;
                }
                write!(f, "; run less, or record fewer neurons")
            }
            Error::TooManyNeurons {
                requested,
                in_use,
                available: available @ ..hx_geometry::NEURONS,
            } => write!(
                f,
                "Setup::neuron_permutation names {available} positions and {in_use} are in use, so \
                 {requested} more neurons do not fit; name more positions, or make the population \
                 smaller"
            ),
            Error::TooManyNeurons {
                requested,
                in_use,
                available,
            } => write!(
                f,
                "the chip has {available} neurons and {in_use} are in use, so {requested} more do not \
                 fit; make the population smaller, or start anew with pynn::setup"
            ),
            Error::TooManySources {
                requested,
                in_use,
                available,
            } => write!(
                f,
                "the chip tells {available} sources apart and {in_use} are in use, so {requested} more \
                 do not fit; make the population smaller, or start anew with pynn::setup"
            ),
            Error::TooManySynapses {
                neuron,
                needed,
                available,
            } => {
                let needed = match needed {
                    0..1_000_000 => needed.to_string(),
                    _ => "millions of".to_owned(),
                };
                write!(
                    f,
                    "{neuron} would need {needed} synapses and has {available} (a weight above 63 takes \
                     several); use fewer sources or smaller weights"
                )
            }
            Error::TooManySynapsesOnBus {
                neuron,
                bus,
                needed,
                available,
            } => write!(
                f,
                "{neuron} would need {needed} synapses for spikes that come on PADI bus {bus}, and can \
                 have {available}: the spikes of {} take that bus; use fewer of these or smaller \
                 weights, or place the neurons elsewhere with Setup::neuron_permutation",
                senders_on_bus(*bus)
            ),
            Error::TooManySynapseDrivers {
                half,
                bus: Some(bus),
                needed,
                available,
            } => write!(
                f,
                "the connections onto neurons in the {half} half of the chip need {needed} synapse \
                 drivers on PADI bus {bus}, which has {available} (each drives two rows of synapses, \
                 excitatory or inhibitory): the spikes of {} take that bus; connect fewer of these, or \
                 place the neurons elsewhere with Setup::neuron_permutation",
                senders_on_bus(*bus)
            ),
            Error::TooManySynapseDrivers {
                half,
                bus: None,
                needed,
                available,
            } => write!(
                f,
                "the connections onto neurons in the {half} half of the chip need about {needed} \
                 synapse drivers, and it has {available} (each drives two rows of synapses, excitatory \
                 or inhibitory, for up to 64 sources); use fewer sources or smaller weights, or spread \
                 the targets over both halves with Setup::neuron_permutation"
            ),
            Error::NoRoom { reason } => {
                write!(f, "the chip has no room for this network: {reason}")
            }
            Error::PositionOutside {
                position,
                available,
            } => write!(
                f,
                "no neuron can be at position {position}: the chip has the positions 0 to {} (row * 256 \
                 + column)",
                available.saturating_sub(1)
            ),
            Error::PositionTwice { position } => write!(
                f,
                "position {position} is given to two neurons; name each position once"
            ),
            Error::BusOutside { bus, available } => write!(
                f,
                "bus {bus} is not on the chip; the buses that generators send on are 0 to {}",
                available.saturating_sub(1)
            ),
            Error::BusTwice { bus } => write!(
                f,
                "bus {bus} is given to two populations of SpikeSourcePoissonOnChip; name each bus once"
            ),
            Error::NotOnIdealChip { parameter } => {
                let whence = if parameter.ends_with("coba_mode") {
                    " (which CalibHXNeuronCoba does)"
                } else {
                    ""
                };
                write!(
                    f,
                    "Chip::ideal() is the linear neuron of the textbook and has nothing that \
                     {parameter} could switch on{whence}; leave it off, or use Chip::nominal()"
                )
            }
            Error::RunWithoutReset => write!(
                f,
                "this network has run already, in an earlier run of this cell or in another cell; \
                 call pynn::reset()? before the next run, which begins anew, or pynn::setup(…)? at \
                 the top of the notebook to build another network. What is to change within one run \
                 is changed between two pynn::append(duration)?, before pynn::execute()?"
            ),
            Error::RunUnderWay => write!(
                f,
                "another thread runs the network on this chip; wait until that run has ended \
                 (join the thread), for the chip does one thing at a time"
            ),
            Error::NothingAppended => write!(
                f,
                "there is nothing to execute; schedule it with pynn::append(duration)? first"
            ),
            Error::IndexOutside { index, size, of } => write!(
                f,
                "there is no neuron {index} in {of}, which has {} (0 to {})",
                counted(*size, "neuron"),
                size.saturating_sub(1)
            ),
            Error::EmptyPopulation => {
                write!(f, "a population needs at least one neuron")
            }
            Error::EmptyView { of } => write!(
                f,
                "this selects no neuron of {of}; a view needs at least one"
            ),
            Error::NoDataYet { population } => write!(
                f,
                "{population} has no data yet; call record(…)? and then pynn::run(duration)? first"
            ),
            Error::NotRecorded {
                variable,
                population,
                device: Some(device),
            } => write!(
                f,
                "'{variable}' of {population} was not recorded by the {device}; call \
                 record_on(\"{variable}\", pynn::Device::{device:?})? before pynn::run"
            ),
            Error::NotRecorded {
                variable,
                population,
                device: None,
            } => write!(
                f,
                "'{variable}' of {population} was not recorded; call record(\"{variable}\")? before \
                 pynn::run"
            ),
            Error::NetworkGone { what } => write!(
                f,
                "{what} belongs to a network that a later pynn::setup or pynn::end took off the chip; \
                 create it again"
            ),
            Error::NotNeurons {
                population,
                needed_for,
            } => write!(
                f,
                "{population} consists of spike sources, but {needed_for} needs neurons (HXNeuron)"
            ),
            Error::LengthMismatch { function, x, y } => write!(
                f,
                "plt::{function} got {} for x and {} for y; both need the same number",
                counted(*x, "value"),
                counted(*y, "value")
            ),
            Error::Drawing { function, reason } => write!(f, "plt::{function}: {reason}"),
            Error::UnknownFormat { format } => write!(
                f,
                "'{format}' is no picture format this crate writes; use \"png\" or \"svg\""
            ),
            Error::FileNotWritten { path, reason } => {
                write!(f, "the file {path} could not be written: {reason}")
            }
            Error::Interrupted => write!(
                f,
                "the run was interrupted; what was recorded until then can be read"
            ),
            Error::NoJsonForm { reason } => {
                write!(
                    f,
                    "this cannot be said on a comm, since it has no JSON form: {reason}"
                )
            }
            Error::CommClosed => write!(f, "this comm is closed; open another one"),
            Error::NotFromAThread { what } => write!(
                f,
                "{what} can only be set by a cell itself, not by a thread it started"
            ),
            Error::NoInput { reason } => write!(f, "there is no answer to read: {reason}"),
        }
    }
}

/// Whose spikes come on a bus.
fn senders_on_bus(bus: usize) -> String {
    let first = 32 * bus;
    let which = ["first", "second", "third", "fourth"].get(bus);
    format!(
        "all neurons in columns {first} to {} and {} to {}, and of the {} population of \
         SpikeSourcePoissonOnChip,",
        first + 31,
        first + 128,
        first + 159,
        which.unwrap_or(&"last")
    )
}

/// `a`, `a or b`, `a, b or c`.
fn one_of(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("'{only}'"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|name| format!("'{name}'")).collect();
            format!("{} or '{last}'", first.join(", "))
        }
    }
}

/// `1 neuron`, `2 neurons`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
