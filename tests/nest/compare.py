"""The ideal chip against NEST: random feed-forward networks, spike by spike.

NEST's ``iaf_psc_exp_ps`` is the same neuron, solved exactly by other people. It has
no connection without a delay, the ideal chip none with one. In a network of layers
in which a connection over ``k`` layers takes ``k * DELAY``, everything in layer ``k``
happens ``k * DELAY`` later in NEST than on the chip, and nothing else differs.

A microsecond and an LSB here are a ms and a mV there, and with 1 pF a slope of
1 LSB/us is 1 pA.

    python compare.py PROGRAM

where PROGRAM is the example ``ideal_networks`` of ``hx-emulator``.
"""

import json
import random
import subprocess
import sys

import nest
import numpy

NETWORKS = 20
LAYERS = 3
DURATION = 200.0
# The chip's refractory times are whole cycles of this, and NEST's whole steps.
STEP = 0.008
# The chip samples every 17/500 us: every fourth sample is 17 of NEST's steps.
SAMPLED = 4 * 0.034
DELAY = SAMPLED
# What differs is rounding, and where NEST stops to look for a crossing: when the
# membrane is within 1e-14 of the threshold, by its own account.
SPIKE_TOLERANCE = 1e-8
MEMBRANE_TOLERANCE = 1e-8
# A membrane this close below its threshold may cross it in one program and not in
# the other.
FEWEST_SPIKES = 300


def random_network(number):
    """Sources, then layers of neurons; every layer hears all that come before it."""
    draw = random.Random(number)
    sizes = [draw.randint(2, 6) for _ in range(LAYERS)]
    layers = [layer for layer, size in enumerate(sizes, 1) for _ in range(size)]
    neurons = [
        {
            "leak_v_leak": draw.randint(400, 680),
            "leak_i_bias": draw.randint(80, 500),
            "reset_v_reset": draw.randint(350, 560),
            "threshold_v_threshold": draw.randint(320, 400),
            "excitatory_input_i_bias_tau": draw.randint(30, 300),
            "inhibitory_input_i_bias_tau": draw.randint(30, 300),
            "refractory_period_refractory_time": draw.randint(20, 255),
        }
        for _ in layers
    ]
    sources = []
    for _ in range(draw.randint(3, 8)):
        time, times = 0.0, []
        while (time := time + draw.expovariate(1 / 8.0)) < DURATION:
            times.append(time)
        sources.append(times)

    def weight():
        return draw.choice([1, 1, -1]) * draw.randint(60, 700)

    synapses = []
    for target, layer in enumerate(layers):
        for source in range(len(sources)):
            if draw.random() < (0.7 if layer == 1 else 0.2):
                synapses.append({"from_source": source, "to": target, "weight": weight()})
        for origin, before in enumerate(layers):
            if before < layer and draw.random() < 0.6:
                synapses.append({"from_neuron": origin, "to": target, "weight": weight()})
    return {
        "duration": DURATION,
        "neurons": neurons,
        "sources": sources,
        "synapses": synapses,
        "record": draw.randrange(len(neurons)),
    }, layers


def in_nest(network, layers, physical):
    """Spike times of all neurons, and times and values of the recorded membrane."""
    nest.ResetKernel()
    nest.resolution = STEP
    neurons = nest.Create("iaf_psc_exp_ps", len(layers))
    for neuron, numbers in zip(neurons, physical):
        neuron.set(
            E_L=numbers["v_leak"],
            V_m=numbers["v_leak"],
            V_th=numbers["v_threshold"],
            V_reset=numbers["v_reset"],
            C_m=1.0,
            tau_m=numbers["tau_m"],
            tau_syn_ex=numbers["tau_syn_exc"],
            tau_syn_in=numbers["tau_syn_inh"],
            t_ref=numbers["tau_refrac"],
        )
    generators = [
        nest.Create("spike_generator", {"spike_times": times, "precise_times": True})
        for times in network["sources"]
    ]
    for synapse in network["synapses"]:
        target, weight = synapse["to"], synapse["weight"]
        if "from_source" in synapse:
            origin, depth = generators[synapse["from_source"]], 0
        else:
            origin, depth = neurons[synapse["from_neuron"]], layers[synapse["from_neuron"]]
        numbers = physical[target]
        unit = numbers["weight_exc"] if weight > 0 else numbers["weight_inh"]
        delay = (layers[target] - depth) * DELAY
        nest.Connect(origin, neurons[target], syn_spec={"weight": weight * unit, "delay": delay})
    spikes, membrane = nest.Create("spike_recorder"), nest.Create(
        "multimeter", {"record_from": ["V_m"], "interval": SAMPLED}
    )
    nest.Connect(neurons, spikes)
    nest.Connect(membrane, neurons[network["record"]])
    # Long enough for the last layer, in whole steps.
    nest.Simulate(SAMPLED * (int(DURATION / SAMPLED) + LAYERS + 2))
    senders, times = spikes.events["senders"], spikes.events["times"]
    first = neurons[0].global_id
    trains = [
        numpy.sort(times[senders == first + index]) - layer * DELAY
        for index, layer in enumerate(layers)
    ]
    late = layers[network["record"]] * DELAY
    return trains, membrane.events["times"] - late, membrane.events["V_m"]


def main():
    nest.verbosity = nest.VerbosityLevel.WARNING
    networks = [random_network(number) for number in range(NETWORKS)]
    run = subprocess.run(
        [sys.argv[1]],
        input=json.dumps([network for network, _ in networks]),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    total, worst_spike, worst_sample = 0, 0.0, 0.0
    for number, ((network, layers), seen) in enumerate(zip(networks, json.loads(run.stdout))):
        trains, times, values = in_nest(network, layers, seen["physical"])
        for neuron, (ours, theirs) in enumerate(zip(seen["spikes"], trains)):
            theirs = theirs[theirs < DURATION]
            if len(ours) != len(theirs):
                sys.exit(
                    f"network {number}, neuron {neuron}: {len(ours)} spikes here, "
                    f"{len(theirs)} in NEST"
                )
            total += len(ours)
            if len(ours):
                worst_spike = max(worst_spike, numpy.abs(numpy.array(ours) - theirs).max())
        # Samples at the same times; our first is at 0, where nothing has happened.
        ours = numpy.array(seen["values"])[::4]
        places = numpy.rint(times / SAMPLED).astype(int)
        inside = (places >= 0) & (places < len(ours))
        error = numpy.abs(ours[places[inside]] - values[inside]).max()
        worst_sample = max(worst_sample, error)
    print(
        f"{NETWORKS} networks, {total} spikes: times within {worst_spike:.1e} us of NEST's, "
        f"membranes within {worst_sample:.1e} LSB"
    )
    if total < FEWEST_SPIKES or worst_spike > SPIKE_TOLERANCE:
        sys.exit("too few spikes, or too far from NEST's")
    if worst_sample > MEMBRANE_TOLERANCE:
        sys.exit("membranes too far from NEST's")


if __name__ == "__main__":
    main()
