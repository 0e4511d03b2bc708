//! The introductory tutorial of BrainScaleS-2 (`shared/seed`), line for line.
//!
//! Runs without Jupyter: `cargo run -p pynn --example tutorial -- tutorial.svg`
//! prints what the tutorial prints and writes its plot to the file.

#![deny(unused_must_use)]

use pynn::prelude::*;

fn main() -> Result<(), pynn::Error> {
    // the neuron's parameters, each with the range that is of use
    let n_neurons = 1;
    let neuron_type = pynn::cells::HXNeuron::new()
        .leak_v_leak(400) // (300-1000)
        .leak_i_bias(200) // (0-1022)
        .threshold_v_threshold(400) // (0-600)
        .threshold_enable(true)
        .refractory_period_refractory_time(100) // (0-255)
        .reset_v_reset(300) // (300-1000)
        .reset_i_bias(1000) // (0-1022)
        .membrane_capacitance_capacitance(63); // (0-63)

    // a population of one such neuron
    let pop = pynn::Population::new(n_neurons, neuron_type)?;

    // its spikes, and its membrane potential
    pop.record(["spikes", "v"])?;

    // five sources that all spike at these times, in ms
    let spike_times = [0.01, 0.03, 0.05, 0.07, 0.09];
    let src = pynn::Population::new(5, pynn::cells::SpikeSourceArray::new(spike_times))?;

    // what every synapse weighs
    let synapse_weight = 63;
    let synapse = pynn::synapses::StaticSynapse::new(synapse_weight);

    // from every source to the neuron
    pynn::Projection::new(
        &src,
        &pop,
        pynn::AllToAllConnector::new(),
        synapse,
        "excitatory",
    )?;

    // milliseconds on the chip, which lives about a thousand times
    // faster than a brain
    let duration = 0.1;
    pynn::run(duration)?;

    // when did the neuron spike?
    let spiketrain = pop.get_data("spikes")?.segments[0].spiketrains[0].clone();
    println!("The neuron spiked {} times.", spiketrain.len());
    println!("The spike times were: {spiketrain}");

    // and what did its membrane do?
    let mem_v = pop.get_data("v")?.segments[0].irregularlysampledsignals[0].clone();
    plt::figure();
    plt::plot(mem_v.times(), mem_v.values());
    plt::xlabel("time [ms]");
    plt::ylabel("membrane potential [LSB]");

    // a plain program has no notebook to show the plot in
    let path = std::env::args().nth(1);
    plt::savefig(path.as_deref().unwrap_or("tutorial.svg"))?;
    plt::show()?;
    Ok(())
}
