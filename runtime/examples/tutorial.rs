//! The introductory tutorial of BrainScaleS-2 (`shared/seed`), line for line.
//!
//! Runs without Jupyter: `cargo run -p pynn --example tutorial -- tutorial.svg`
//! prints what the tutorial prints and writes its plot to the file.

#![deny(unused_must_use)]

use pynn::prelude::*;

fn main() -> Result<(), pynn::Error> {
    // define the neuron parameters of the population
    let n_neurons = 1;
    let neuron_type = pynn::cells::HXNeuron::new() // range
        .leak_v_leak(400) // (300-1000)
        .leak_i_bias(200) // (0-1022)
        .threshold_v_threshold(400) // (0-600)
        .threshold_enable(true)
        .refractory_period_refractory_time(100) // (0-255)
        .reset_v_reset(300) // (300-1000)
        .reset_i_bias(1000) // (0-1022)
        .membrane_capacitance_capacitance(63); // (0-63)

    // save the configured neuron in the population 'pop'
    let pop = pynn::Population::new(n_neurons, neuron_type)?;

    // record spikes and membrane potential 'v' of the neuron in the
    // population 'pop'
    pop.record(["spikes", "v"])?;

    // create a source population that generates spikes at given times
    let spike_times = [0.01, 0.03, 0.05, 0.07, 0.09];
    let src = pynn::Population::new(5, pynn::cells::SpikeSourceArray::new(spike_times))?;

    // define a synapse and its weight
    let synapse_weight = 63;
    let synapse = pynn::synapses::StaticSynapse::new(synapse_weight);

    // connect the pre-synaptic population 'src' to the post-synaptic
    // neuron in 'pop'
    pynn::Projection::new(
        &src,
        &pop,
        pynn::AllToAllConnector::new(),
        synapse,
        "excitatory",
    )?;

    // the duration is given in ms,
    // this is in the hardware domain, not in the biological
    // (the hardware is faster by a factor of approx. 1000
    // compared to biology)
    let duration = 0.1;
    pynn::run(duration)?;

    // read out the spikes of the neuron in 'pop'
    let spiketrain = pop.get_data("spikes")?.segments[0].spiketrains[0].clone();
    println!("The neuron spiked {} times.", spiketrain.len());
    println!("The spike times were: {spiketrain}");

    // plot its membrane potential
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
