//! A run can be stopped at any moment: it asks often, measured by what it does and not
//! by the time that passes on the chip, and what was seen until then is as in a whole run.

mod network;

use std::sync::atomic::{AtomicUsize, Ordering};

use hx_emulator::{
    Chip, Experiment, Generator, NeuronConfig, Observation, PreSource, Snippet, Synapse, run,
};
use network::{experiment, external, internal, membrane, over_threshold, silent, snippet};

/// Moments at which each run is stopped.
const MOMENTS: usize = 6;
/// Most spikes, samples and events that there can be between two questions: what some
/// milliseconds bring about.
const MOST_BETWEEN_QUESTIONS: usize = 20_000;

/// Runs an experiment and stops it at a question; what was seen and how often it asked.
fn stopped_at(experiment: &Experiment, moment: usize) -> (Vec<Observation>, usize) {
    let questions = AtomicUsize::new(0);
    let seen = run(experiment, &|| {
        questions.fetch_add(1, Ordering::Relaxed) >= moment
    });
    (seen, questions.into_inner())
}

/// How much has been seen.
fn amount(seen: &[Observation]) -> usize {
    let of = |one: &Observation| {
        let spikes: usize = one.spikes.iter().map(Vec::len).sum();
        let generated: usize = one.generated.iter().flatten().map(Vec::len).sum();
        spikes + generated + one.traces.iter().map(|it| it.values.len()).sum::<usize>()
    };
    seen.iter().map(of).sum()
}

fn assert_begins(part: &Observation, whole: &Observation, what: &str) {
    let before = |train: &[f64]| {
        let times = train.iter().copied();
        times.filter(|time| *time < part.end).collect::<Vec<f64>>()
    };
    for (part, whole) in part.spikes.iter().zip(&whole.spikes) {
        assert_eq!(before(part), before(whole), "{what}");
    }
    for (part, whole) in part.traces.iter().zip(&whole.traces) {
        let count = part.values.len();
        assert_eq!(part.values, whole.values[..count], "{what}");
        assert_eq!(part.times[..], whole.times[..count], "{what}");
    }
}

/// Checks all of it; how often a whole run asks.
fn holds(what: &str, experiment: &Experiment) -> usize {
    let (whole, questions) = stopped_at(experiment, usize::MAX);
    let mut ends = Vec::new();
    for moment in 0..MOMENTS.min(questions) {
        let moment = moment * questions / MOMENTS.min(questions);
        let (part, asked) = stopped_at(experiment, moment);
        assert_eq!(asked, moment + 1, "{what}: it asks once more after a yes");
        let (last, earlier) = part.split_last().expect("the snippet it was in");
        assert_eq!(*earlier, whole[..earlier.len()], "{what}");
        assert_begins(last, &whole[earlier.len()], what);
        ends.push(last.end);
        let (next, _) = stopped_at(experiment, moment + 1);
        let between = amount(&next).abs_diff(amount(&part));
        assert!(between <= MOST_BETWEEN_QUESTIONS, "{what}: {between}");
    }
    assert!(ends.is_sorted(), "{what}: {ends:?}");
    assert_eq!(ends[0], 0.0, "{what}: it asks before anything else");
    questions
}

/// Neurons that fire as fast as they can, each of which hears all of them.
fn storm(neurons: usize, config: NeuronConfig) -> Snippet {
    let pairs = (0..neurons * neurons).map(|pair| (pair / neurons, pair % neurons));
    Snippet {
        duration: 60.0,
        neurons: vec![config; neurons],
        synapses: pairs.map(|(from, to)| internal(from, to, 63)).collect(),
        ..Snippet::default()
    }
}

#[test]
fn storms_of_events_ask_often() {
    for (name, chip) in [
        ("nominal", Chip::nominal()),
        ("fabricated", Chip::new(7)),
        ("ideal", Chip::ideal()),
    ] {
        let stretch = storm(96, over_threshold());
        let questions = holds(name, &experiment(chip, vec![stretch.clone(), stretch]));
        assert!(questions > 5, "{name}: {questions}");
    }
}

#[test]
fn a_flood_from_without_asks_often() {
    let times: Vec<f64> = (0..20_000).map(|spike| f64::from(spike) * 0.002).collect();
    for (name, chip) in [("nominal", Chip::nominal()), ("ideal", Chip::ideal())] {
        let synapses: Vec<Synapse> = (0..64).map(|it| external(it % 8, it, 20)).collect();
        let neurons = vec![over_threshold(); 64];
        let stretch = snippet(40.0, neurons, synapses, vec![times.clone(); 8]);
        let questions = holds(name, &experiment(chip, vec![stretch]));
        assert!(questions > 20, "{name}: {questions}");
    }
}

#[test]
fn quiet_neurons_that_are_looked_at_ask_too() {
    for (name, chip) in [("nominal", Chip::nominal()), ("ideal", Chip::ideal())] {
        let stretch = snippet(20_000.0, vec![silent()], vec![], vec![]);
        let questions = holds(name, &experiment(chip, vec![stretch]));
        assert!(questions > 4, "{name}: {questions}");
    }
}

#[test]
fn connected_circuits_and_passed_on_events_ask_often() {
    let connected = NeuronConfig {
        multicompartment_connect_right: true,
        ..over_threshold()
    };
    let mut circuits = snippet(300.0, vec![connected; 16], vec![], vec![]);
    circuits.probes.push(membrane(1));
    let questions = holds("circuits", &experiment(Chip::nominal(), vec![circuits]));
    assert!(questions > 10, "{questions}");
    let passing = NeuronConfig {
        event_routing_enable_bypass_excitatory: true,
        ..over_threshold()
    };
    let mut stretch = storm(64, passing);
    stretch.sources = vec![vec![1.0]];
    stretch.synapses.push(external(0, 0, 63));
    holds("bypass", &experiment(Chip::nominal(), vec![stretch]));
}

#[test]
fn many_short_snippets_ask_between_them() {
    let stretch = Snippet {
        duration: 1.0,
        neurons: vec![silent(); 4],
        ..Snippet::default()
    };
    for chip in [Chip::nominal(), Chip::ideal()] {
        let questions = holds("snippets", &experiment(chip, vec![stretch.clone(); 50]));
        assert!(questions >= 50, "{questions}");
    }
}

#[test]
fn what_generators_sent_is_kept_until_the_end() {
    let generator = Generator {
        recorded: true,
        ..Generator::closest(20.0, 3, 4)
    };
    let heard = Synapse {
        source: PreSource::Background {
            generator: 0,
            cell: 0,
        },
        ..external(0, 0, 10)
    };
    let stretch = Snippet {
        generators: vec![generator],
        synapses: vec![heard],
        ..snippet(5_000.0, vec![silent()], vec![], vec![])
    };
    let experiment = experiment(Chip::nominal(), vec![stretch]);
    let (whole, questions) = stopped_at(&experiment, usize::MAX);
    let (part, _) = stopped_at(&experiment, questions / 2);
    for (part_train, whole) in part[0].generated[0].iter().zip(&whole[0].generated[0]) {
        let count = whole.partition_point(|time| *time < part[0].end);
        assert!(count > 0 && count < whole.len());
        assert_eq!(*part_train, whole[..count]);
    }
}
