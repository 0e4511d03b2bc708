//! Arrivals of a step: external events and spikes of neurons, in order of time.

use super::events::Incoming;
use super::lane_stepper::LaneStepper;

/// Finds what arrives in the step.
pub(super) fn collect(run: &mut LaneStepper) {
    let (to, connections) = (run.to, run.context.connections);
    let arriving = &mut run.active.arriving;
    arriving.clear();
    while let Some((time, origin)) = run.context.events.next_if(|&(time, _)| time < to) {
        arriving.push(Incoming { time, origin });
    }
    run.machine.in_flight.retain(|event| {
        let due = event.time < to;
        if due && let Some(origin) = connections.index(event.source) {
            arriving.push(Incoming {
                time: event.time,
                origin,
            });
        }
        !due
    });
    arriving.sort_unstable_by(|a, b| a.time.total_cmp(&b.time));
    if connections.has_bypasses() || !run.machine.passing.is_empty() {
        bypass(run);
    }
}

/// Makes spikes of the events that go past a membrane.
fn bypass(run: &mut LaneStepper) {
    let (to, machine) = (run.to, &mut *run.machine);
    // So long before a cycle an event surely belongs to it.
    let within = 0.999 / machine.clock.frequency;
    for event in &run.active.arriving {
        for neuron in run.context.connections.bypassed(event.origin) {
            let time = event.time + machine.neurons[neuron].comparator_delay;
            // A circuit sends one of these in a cycle of the clock: without this, circuits
            // that excite each other would send twice as many in each round, without end.
            // Most events of such circuits come in the cycle of the last.
            let since = machine.passed[neuron] - time;
            if (0.0..within).contains(&since) {
                continue;
            }
            let cycle = machine.clock.next_cycle(time);
            if machine.passed[neuron] != cycle {
                machine.passed[neuron] = cycle;
                machine.passing.push((cycle, neuron));
            }
        }
    }
    let mut passing = std::mem::take(&mut machine.passing);
    passing.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // Where events came late, and so out of order.
    passing.dedup();
    let due = passing.partition_point(|&(time, _)| time < to);
    for (time, neuron) in passing.drain(..due) {
        run.spike(neuron, time);
    }
    run.machine.passing = passing;
}
