//! Every error a user can reach: its name, and what its sentence must mention.

use pynn::cells::{HXNeuron, SpikeSourceArray, SpikeSourcePoisson, SpikeSourcePoissonOnChip};
use pynn::prelude::*;
use pynn::synapses::StaticSynapse;
use pynn::{AllToAllConnector, Error, Population, Projection, Setup};

type Attempt = fn() -> Result<(), Error>;

fn neurons(size: usize) -> Result<Population, Error> {
    Population::new(size, HXNeuron::new())
}

fn sources(size: usize) -> Result<Population, Error> {
    Population::new(size, SpikeSourceArray::new([0.01]))
}

fn random(rate: f64) -> Result<Population, Error> {
    Population::new(2, SpikeSourcePoisson::new(rate))
}

fn on_chip(size: usize, rate: impl Into<pynn::ParameterValue>) -> Result<Population, Error> {
    Population::new(size, SpikeSourcePoissonOnChip::new(rate))
}

fn connect(sources_: usize, synapse: StaticSynapse, receptor: &str) -> Result<Projection, Error> {
    let connector = AllToAllConnector::new();
    Projection::new(
        &sources(sources_)?,
        &neurons(2)?,
        connector,
        synapse,
        receptor,
    )
}

#[rustfmt::skip]
const ATTEMPTS: &[(Attempt, &str, &[&str])] = &[
    (|| Population::new(1, HXNeuron::new().leak_v_leak(1023)).map(drop),
        "ParameterOutOfRange", &["leak_v_leak", "1023", "0 to 1022"]),
    (|| neurons(2)?.set("membrane_capacitance_capacitance", [63, 64]),
        "ParameterOutOfRange", &["membrane_capacitance_capacitance", "64", "0 to 63"]),
    (|| neurons(1)?.set("threshold_enable", 2),
        "ParameterOutOfRange", &["threshold_enable", "2", "true or false"]),
    (|| neurons(1)?.set("leak_i_bias", f64::NAN),
        "ParameterOutOfRange", &["leak_i_bias", "NaN"]),
    (|| HXNeuron::from_params([("leak_v_leek", 400)]).map(drop),
        "UnknownParameter", &["HXNeuron", "leak_v_leek", "did you mean", "leak_v_leak"]),
    (|| neurons(1)?.get("tau_m").map(drop),
        "UnknownParameter", &["tau_m", "get_parameter_names"]),
    (|| sources(1)?.set("spike_time", [0.1]),
        "UnknownParameter", &["SpikeSourceArray", "spike_times"]),
    (|| neurons(1)?.set("bayesian_enable_master", true),
        "NotEmulatedYet", &["bayesian_enable_master", "not model"]),
    (|| { pynn::setup(Setup::new().chip(pynn::Chip::ideal()))?; neurons(1)?.record("adaptation") },
        "NotEmulatedYet", &["adaptation", "ideal"]),
    (|| { neurons(1)?.record("v")?; let pop = neurons(1)?; pop.record("exc_synin")?; pop.record("v") },
        "OneAnalogVariable", &["'exc_synin' of neuron 0 of population 'population1'", "MADC", "Device::Cadc"]),
    (|| neurons(2)?.record_on(["v", "inh_synin"], pynn::Device::Cadc),
        "OneAnalogVariable", &["'v' of population 'population0'", "'inh_synin'", "CADC", "Device::Madc"]),
    (|| Population::new(3, HXNeuron::new().leak_i_bias([100, 200])).map(drop),
        "WrongNumberOfValues", &["leak_i_bias", "a list of 2", "3 cells"]),
    (|| Population::new(3, SpikeSourceArray::new(vec![vec![0.1]])).map(drop),
        "WrongNumberOfValues", &["spike_times", "a list of 1", "3 cells"]),
    (|| neurons(1)?.set("leak_v_leak", vec![vec![1.0]]),
        "WrongKindOfValue", &["leak_v_leak"]),
    (|| neurons(1)?.record("w"),
        "UnknownRecordable", &["HXNeuron", "'w'", "'spikes', 'v', 'exc_synin', 'inh_synin' or 'adaptation'"]),
    (|| { let pop = neurons(1)?; pop.record("spikes")?; pynn::run(0.01)?; pop.signal("spikes").map(drop) },
        "UnknownRecordable", &["signal()", "'v', 'exc_synin'"]),
    (|| sources(1)?.record("v"),
        "UnknownRecordable", &["SpikeSourceArray", "'v'", "'spikes'"]),
    (|| neurons(3)?.record("v"),
        "MadcColumnConflict", &["neuron 0 of population 'population0'", "neuron 2", "even", "view", "MADC", "Device::Cadc"]),
    (|| { neurons(1)?.record("exc_synin")?; neurons(1)?; neurons(1)?.record("v") },
        "MadcColumnConflict", &["'population0'", "'population2'", "even"]),
    (|| { neurons(2)?.record("v")?; neurons(1)?.record("v") },
        "MadcColumnConflict", &["'population0'", "'population1'", "record_nothing"]),
    (|| connect(1, StaticSynapse::new(1), "exitatory").map(drop),
        "UnknownReceptor", &["exitatory", "inhibitory"]),
    (|| connect(1, StaticSynapse::new(-3), "excitatory").map(drop),
        "WeightSign", &["-3", "excitatory", "at least 0"]),
    (|| connect(1, StaticSynapse::new(-3), "inhibitory")?.set("weight", 4),
        "WeightSign", &["4", "inhibitory", "at most 0"]),
    (|| connect(1, StaticSynapse::new(f64::INFINITY), "excitatory").map(drop),
        "WeightNotFinite", &["inf"]),
    (|| connect(1, StaticSynapse::new(1).delay(0.5), "excitatory").map(drop),
        "DelayNotZero", &["0.5 ms"]),
    (|| connect(1, StaticSynapse::new(1), "excitatory")?.set("delay", 1),
        "DelayNotZero", &["1 ms"]),
    (|| connect(1, StaticSynapse::new(1), "excitatory")?.get("weights").map(drop),
        "UnknownConnectionParameter", &["'weights'", "\"weight\""]),
    (|| connect(1, StaticSynapse::new(1), "excitatory")?.set("weight", [[1, 2, 3]]),
        "WrongShape", &["1 × 3", "1 × 2"]),
    (|| Population::new(1, SpikeSourceArray::new([0.1, -0.2])).map(drop),
        "SpikeTimeInvalid", &["-0.2 ms"]),
    (|| sources(2)?.set("spike_times", vec![vec![0.1], vec![f64::NAN]]),
        "SpikeTimeInvalid", &["NaN"]),
    (|| sources(16_000)?.set("spike_times", vec![0.1; 2_000]),
        "TooManySpikes", &["32000000", "20000000"]),
    (|| random(-1.0).map(drop), "NumberOutOfRange", &["rate", "-1", "Hz"]),
    (|| random(1e3)?.set("start", f64::INFINITY), "NumberOutOfRange", &["start", "inf", "ms"]),
    (|| random(1e3)?.set("duration", f64::NAN), "NumberOutOfRange", &["duration", "NaN"]),
    (|| random(1e3)?.set("rate", [1, 2, 3]), "WrongNumberOfValues", &["rate", "a list of 3", "2 cells"]),
    (|| random(1e3)?.get("rates").map(drop), "UnknownParameter", &["SpikeSourcePoisson", "did you mean 'rate'"]),
    (|| { random(1e300)?; pynn::run(1e-300) }, "TooManySpikes", &["20000000"]),
    (|| { random(1e8)?; pynn::run(1000) }, "TooManySpikes", &["200000000", "20000000"]),
    (|| random(1e3)?.record("v"), "UnknownRecordable", &["SpikeSourcePoisson", "'spikes'"]),
    (|| on_chip(2, 7e7).map(drop), "GeneratorRate", &["2 sources of 70000000 Hz", "140000000 Hz in all", "7.45 to 125000000 Hz"]),
    (|| on_chip(2, 1.0).map(drop), "GeneratorRate", &["2 sources of 1 Hz", "2 Hz in all"]),
    (|| on_chip(2, f64::NAN).map(drop), "GeneratorRate", &["NaN"]),
    (|| on_chip(2, [1e4, 2e4]).map(drop), "NotShared", &["rate", "another population"]),
    (|| on_chip(2, 1e4)?.view(0)?.set("seed", 4), "NotShared", &["seed"]),
    (|| on_chip(2, 1e4)?.set("seed", 0.5), "NumberOutOfRange", &["seed", "0.5", "4294967295"]),
    (|| on_chip(2, 1e4)?.set("realised_rate", 5), "UnknownParameter", &["realised_rate"]),
    (|| on_chip(257, 1e3).map(drop), "GeneratorTooLarge", &["257", "256"]),
    (|| { for _ in 0..5 { on_chip(1, 1e3)?; } Ok(()) }, "TooManyGenerators", &["4 populations", "SpikeSourcePoisson"]),
    (|| { on_chip(1, 1e8)?.record("spikes")?; pynn::run(5000) },
        "RecordingTooLarge", &["spikes of population 'population0' take 16016 MB"]),
    (|| Projection::new(&neurons(1)?, &on_chip(1, 1e4)?, AllToAllConnector::new(), StaticSynapse::new(1), "excitatory").map(drop),
        "NotNeurons", &["'population1'", "target"]),
    (|| pynn::run(-1), "DurationInvalid", &["-1 ms"]),
    (|| pynn::append(f64::INFINITY), "DurationInvalid", &["inf"]),
    (|| { neurons(1)?.record("v")?; pynn::run(5000) },
        "RecordingTooLarge", &["5000 ms", "2353 MB", "1000 MB", "signals of population 'population0' by the MADC (1 neuron) take 2353 MB", "fewer neurons"]),
    (|| { let pop = neurons(512)?; pop.record_on("v", pynn::Device::Cadc)?; pop.view(0)?.record("v")?; pynn::append(200)?; pynn::append(300) },
        "RecordingTooLarge", &["500 ms", "1443 MB", "signals of population 'population0' by the CADC (512 neurons) take 1208 MB", "by the MADC (1 neuron) take 236 MB"]),
    (|| { let pop = neurons(1)?; pop.record("v")?; pynn::run(5)?; pynn::reset()?; pynn::run(3000) },
        "RecordingTooLarge", &["3000 ms", "1412 MB", "earlier runs hold 3 MB", "take_data"]),
    (|| pynn::run(1e12), "RunTooLong", &["100000 ms"]),
    (|| { neurons(500)?; neurons(13).map(drop) },
        "TooManyNeurons", &["512", "500", "13"]),
    (|| sources(20_000).map(drop), "TooManySources", &["16384", "20000"]),
    (|| connect(257, StaticSynapse::new(1), "excitatory").map(drop),
        "TooManySynapses", &["neuron 0 of population 'population1'", "257", "256"]),
    (|| connect(200, StaticSynapse::new(1), "excitatory")?.set("weight", 64),
        "TooManySynapses", &["400", "256"]),
    (|| connect(1, StaticSynapse::new(1e300), "excitatory").map(drop),
        "TooManySynapses", &["millions of synapses", "256"]),
    (|| { let pop = neurons(160)?;
          Projection::new(&pop, &pop, AllToAllConnector::new(), StaticSynapse::new(64), "excitatory").map(drop) },
        "TooManySynapses", &["neuron 0 of population 'population0'", "320", "256"]),
    (|| { let pop = neurons(160)?; let last = neurons(1)?;
          for pre in [pop.view(0..32)?, pop.view(128..160)?] {
              Projection::new(&pre, &last, AllToAllConnector::new(), StaticSynapse::new(63), "excitatory")?;
          }
          Projection::new(&pop.view(5..6)?, &last, AllToAllConnector::new(), StaticSynapse::new(-1), "inhibitory").map(drop) },
        "TooManySynapsesOnBus", &["neuron 0 of population 'population1'", "65 synapses", "PADI bus 0", "have 64",
        "columns 0 to 31 and 128 to 159", "neuron_permutation"]),
    (|| { let pop = neurons(1)?;
          let pre = Population::new(65, SpikeSourcePoissonOnChip::new(1000))?;
          Projection::new(&pre, &pop, AllToAllConnector::new(), StaticSynapse::new(1), "excitatory").map(drop) },
        "TooManySynapsesOnBus", &["65 synapses", "PADI bus 0", "have 64", "first population of SpikeSourcePoissonOnChip"]),
    (|| { let pop = neurons(320)?;
          // Neurons 0 to 31 of both rows, 20 more of them on the bus: a row for each.
          for pre in [pop.view(0..32)?, pop.view(256..288)?] {
              Projection::new(&pre, &pop.view(0..2)?, AllToAllConnector::new(), StaticSynapse::new(1), "excitatory")?;
          }
          Projection::new(&pop.view(0..1)?, &pop.view(3..4)?, AllToAllConnector::new(), StaticSynapse::new(-1), "inhibitory")?;
          pynn::run(0.01) },
        "TooManySynapseDrivers", &["upper half", "33 synapse drivers", "PADI bus 0", "has 32", "columns 0 to 31"]),
    (|| { let pop = neurons(258)?;
          for (pre, target, weight, receptor) in [(200, 256, 1, "excitatory"), (100, 257, -1, "inhibitory")] {
              let pre = sources(pre)?;
              let post = pop.view(target..=target)?;
              Projection::new(&pre, &post, AllToAllConnector::new(), StaticSynapse::new(weight), receptor)?;
          }
          pynn::append(0.01) },
        "TooManySynapseDrivers", &["lower half", "150", "128", "fewer sources"]),
    (|| pynn::setup(Setup::new().neuron_permutation([3, 512])),
        "PositionOutside", &["position 512", "0 to 511"]),
    (|| pynn::setup(Setup::new().neuron_permutation([-1])), "PositionOutside", &["position -1"]),
    (|| pynn::setup(Setup::new().neuron_permutation([3, 5, 3])), "PositionTwice", &["position 3"]),
    (|| pynn::setup(Setup::new().background_permutation([0, 4])), "BusOutside", &["bus 4", "0 to 3"]),
    (|| pynn::setup(Setup::new().background_permutation([1, 1])), "BusTwice", &["bus 1"]),
    (|| { pynn::setup(Setup::new().background_permutation([2]))?; for _ in 0..2 { on_chip(1, 1e3)?; } Ok(()) },
        "TooManyGenerators", &["room for 1 population"]),
    (|| { pynn::setup(Setup::new().neuron_permutation([7, 8]))?; neurons(3).map(drop) },
        "TooManyNeurons", &["neuron_permutation names 2 positions", "3 more"]),
    (|| { pynn::setup(Setup::new().neuron_permutation([6, 300]))?; neurons(2)?.record("v") },
        "MadcColumnConflict", &["neuron 1", "even"]),
    (|| { pynn::run(0.01)?; pynn::run(0.01) }, "RunWithoutReset", &["pynn::reset()", "pynn::append("]),
    (|| { pynn::run(0.01)?; pynn::append(0.01) }, "RunWithoutReset", &["pynn::reset()"]),
    (|| { pynn::setup(Setup::new().chip(pynn::Chip::ideal()))?;
          Population::new(1, HXNeuron::new().exponential_enable(true))?; pynn::run(0.1) },
        "NotOnIdealChip", &["exponential_enable", "Chip::nominal()"]),
    (pynn::execute, "NothingAppended", &["pynn::append"]),
    (|| neurons(3)?.view(1..5).map(drop),
        "IndexOutside", &["neuron 4", "population 'population0'", "3 neurons", "0 to 2"]),
    (|| neurons(3)?.view([0, 7]).map(drop), "IndexOutside", &["neuron 7"]),
    (|| neurons(1)?.spiketrain(1).map(drop), "IndexOutside", &["neuron 1"]),
    (|| neurons(3)?.view(-1).map(drop), "IndexOutside", &["neuron -1"]),
    (|| neurons(3)?.view(-2..2).map(drop), "IndexOutside", &["neuron -2"]),
    (|| neurons(3)?.view(0..=u64::MAX).map(drop), "IndexOutside", &["neuron 18446744073709551615"]),
    (|| neurons(0).map(drop), "EmptyPopulation", &["at least one neuron"]),
    (|| Population::new(-5, HXNeuron::new()).map(drop), "EmptyPopulation", &["at least one neuron"]),
    (|| neurons(3)?.view(2..2).map(drop), "EmptyView", &["population 'population0'"]),
    (|| neurons(1)?.get_data("all").map(drop), "NoDataYet", &["'population0'", "run"]),
    (|| { let pop = neurons(1)?; pop.record("spikes")?; pynn::run(0.01)?; pop.signal("v").map(drop) },
        "NotRecorded", &["'v'", "'population0'", "record(\"v\")"]),
    (|| { let pop = neurons(1)?; pop.record("v")?; pynn::run(0.01)?; pop.signal_on("v", pynn::Device::Cadc).map(drop) },
        "NotRecorded", &["'v'", "by the CADC", "record_on(\"v\", pynn::Device::Cadc)"]),
    (|| { let pop = neurons(1)?; pynn::run(0.01)?; pop.get_data("all").map(drop) },
        "NotRecorded", &["'population0'"]),
    (|| { let pop = neurons(1)?; pynn::end()?; pop.record("v") },
        "NetworkGone", &["'population0'", "pynn::setup"]),
    (|| { let pre = neurons(1)?; pynn::setup(Setup::new())?;
          Projection::new(&pre, &neurons(1)?, AllToAllConnector::new(), StaticSynapse::new(1), "excitatory").map(drop) },
        "NetworkGone", &["'population0'"]),
    (|| Projection::new(&neurons(1)?, &sources(1)?, AllToAllConnector::new(), StaticSynapse::new(1), "excitatory").map(drop),
        "NotNeurons", &["'population1'", "target"]),
    (|| sources(1)?.physical().map(drop), "NotNeurons", &["'population0'", "physical"]),
    (|| { plt::scatter([1, 2], [3]); plt::show() },
        "LengthMismatch", &["scatter", "2 values", "1 value"]),
    (|| { plt::plot([1], [3]).color("blurple"); plt::show() }, "Drawing", &["color", "blurple"]),
    (|| { plt::imshow(vec![vec![1.0], vec![]]); plt::show() }, "Drawing", &["row"]),
    (|| plt::subplots(0, 1).map(drop), "Drawing", &["subplots", "0 x 1"]),
    (|| plt::format("gif"), "UnknownFormat", &["gif", "\"png\""]),
    (|| plt::savefig("figure.pdf"), "UnknownFormat", &["figure.pdf"]),
    (|| plt::savefig("/no/such/place/x.svg"), "FileNotWritten", &["/no/such/place/x.svg"]),
];

#[test]
fn every_error_names_what_was_wrong() {
    for (number, (attempt, name, words)) in ATTEMPTS.iter().enumerate() {
        pynn::setup(Setup::new()).expect("a new network");
        plt::close();
        let error = attempt().expect_err(&format!("attempt {number} ({name})"));
        assert_eq!(error.name(), *name, "attempt {number}: {error}");
        let sentence = error.to_string();
        for word in *words {
            assert!(sentence.contains(word), "{word:?} is not in: {sentence}");
        }
        assert_eq!(format!("{error:?}"), sentence);
        assert_eq!(sentence.lines().count(), 1);
        println!("{name}: {sentence}");
    }
}
