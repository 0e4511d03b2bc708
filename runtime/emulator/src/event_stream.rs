//! External and background spikes, merged into one stream ordered by arrival time. Nothing
//! of it is held but the next event of each source.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::background::Events;
use crate::connectivity::ConnectionTable;
use crate::experiment::Snippet;
use hx_geometry::PreSource;

/// Latencies of the ways onto the chip, and the clock that spikes are sent with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InputLatencies {
    /// Cycles per µs of the clock that external spikes are sent with; without one
    /// they are sent when they are due.
    pub frequency: Option<f64>,
    /// From an external source's spike to the onset of its current, µs.
    pub external: f64,
    /// From a generator's event to the onset of its current, µs.
    pub generated: f64,
}

impl InputLatencies {
    /// Latencies of the textbook: everything arrives at once.
    pub const IDEAL: InputLatencies = InputLatencies {
        frequency: None,
        external: 0.0,
        generated: 0.0,
    };

    /// Time at which a spike that an external source is to send at `time` arrives.
    fn arrival(&self, time: f64) -> f64 {
        let sent = match self.frequency {
            // Whole cycles, cut off; the small addition keeps a time that is a whole
            // cycle from falling short.
            Some(frequency) => (time * frequency + 1e-6).floor() / frequency,
            None => time,
        };
        sent + self.external
    }
}

/// Remaining events of one source.
enum Stream<'a> {
    /// An external source: its spikes, ascending, and how many have been sent.
    External(Cow<'a, [f64]>, usize),
    Generated(Events),
}

/// The next event of a stream.
#[derive(Debug, Clone, Copy)]
struct Due {
    arrival: f64,
    /// The stream's number; of two events at one time that of the lesser comes first.
    stream: usize,
    origin: usize,
}

impl Ord for Due {
    fn cmp(&self, other: &Due) -> Ordering {
        let by_time = self.arrival.total_cmp(&other.arrival);
        by_time.then(self.stream.cmp(&other.stream))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

/// Events sent during a snippet, as `(arrival, number of the origin in the connections)` in
/// order of arrival. It includes what arrives only after the snippet's end, and leaves
/// out what reaches no neuron.
pub(crate) struct EventStream<'a> {
    connections: &'a ConnectionTable,
    latencies: InputLatencies,
    end: f64,
    streams: Vec<Stream<'a>>,
    due: BinaryHeap<Reverse<Due>>,
    /// Number of the first origin of each stream.
    origins: Vec<usize>,
}

impl<'a> EventStream<'a> {
    /// The stream of a snippet that runs from `begin` to `end`, µs.
    pub fn new(
        snippet: &'a Snippet,
        connections: &'a ConnectionTable,
        (begin, end): (f64, f64),
        latencies: InputLatencies,
    ) -> EventStream<'a> {
        let mut merged = EventStream {
            connections,
            latencies,
            end,
            streams: Vec::new(),
            due: BinaryHeap::new(),
            origins: Vec::new(),
        };
        let connected = |origin: usize| connections.is_connected(origin);
        for (source, times) in snippet.sources.iter().enumerate() {
            if !connected(source) {
                continue;
            }
            // NaN is in no order.
            let times = if times.is_sorted() {
                let first = times.partition_point(|&time| time < begin);
                Cow::Borrowed(&times[first..])
            } else {
                let within = times.iter().filter(|time| (begin..end).contains(*time));
                let mut within: Vec<f64> = within.copied().collect();
                within.sort_by(f64::total_cmp);
                Cow::Owned(within)
            };
            merged.streams.push(Stream::External(times, 0));
            merged.origins.push(source);
        }
        for (number, generator) in snippet.generators.iter().enumerate() {
            let first = PreSource::Background {
                generator: number as u16,
                cell: 0,
            };
            let Some(first) = connections.index(first) else {
                continue;
            };
            if (first..first + generator.members).any(connected) {
                let events = Events::new(generator, begin, end);
                merged.streams.push(Stream::Generated(events));
                merged.origins.push(first);
            }
        }
        for stream in 0..merged.streams.len() {
            let next = merged.next_of(stream);
            merged.due.extend(next.map(Reverse));
        }
        merged
    }

    /// The next event of a stream.
    fn next_of(&mut self, stream: usize) -> Option<Due> {
        let first = self.origins[stream];
        match &mut self.streams[stream] {
            Stream::External(times, sent) => {
                let time = *times.get(*sent)?;
                *sent += 1;
                (time < self.end).then(|| Due {
                    arrival: self.latencies.arrival(time),
                    stream,
                    origin: first,
                })
            }
            Stream::Generated(events) => {
                let connected = |member: usize| self.connections.is_connected(first + member);
                let (time, member) = events.find(|&(_, member)| connected(member))?;
                Some(Due {
                    arrival: time + self.latencies.generated,
                    stream,
                    origin: first + member,
                })
            }
        }
    }
}

impl Iterator for EventStream<'_> {
    type Item = (f64, usize);

    fn next(&mut self) -> Option<(f64, usize)> {
        let Reverse(due) = self.due.pop()?;
        let next = self.next_of(due.stream);
        self.due.extend(next.map(Reverse));
        Some((due.arrival, due.origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Generator, Synapse};
    use hx_geometry::Polarity;

    #[test]
    fn spikes_and_events_come_in_the_order_in_which_they_arrive() {
        let synapse = |source| Synapse {
            source,
            target: 0,
            polarity: Polarity::Excitatory,
            weight: 1,
            circuit: None,
        };
        let member = |generator, cell| PreSource::Background {
            generator: generator as u16,
            cell: cell as u32,
        };
        let snippet = Snippet {
            sources: vec![
                vec![1.0, 2.0, 300.0],
                vec![5.0, f64::NAN, 1.0, -1.0],
                vec![3.0],
            ],
            generators: vec![
                Generator::closest(1.0, 1, 2),
                Generator::closest(2.0, 2, 3),
                Generator::closest(2.0, 3, 3),
            ],
            synapses: vec![
                synapse(PreSource::External(0)),
                synapse(PreSource::External(1)),
                synapse(member(0, 1)),
                synapse(member(1, 0)),
            ],
            ..Snippet::default()
        };
        let connections = ConnectionTable::new(&snippet, 1, &crate::chip::Chip::nominal());
        let latencies = InputLatencies {
            frequency: Some(125.0),
            external: 0.5,
            generated: 0.25,
        };
        let fed: Vec<(f64, usize)> =
            EventStream::new(&snippet, &connections, (0.0, 200.0), latencies).collect();
        assert!(fed.is_sorted_by_key(|event| event.0));
        let of = |origin| {
            let number = connections.index(origin);
            let own = fed.iter().filter(|event| Some(event.1) == number);
            own.map(|event| event.0).collect::<Vec<f64>>()
        };
        assert_eq!(of(PreSource::External(0)), [1.5, 2.5]);
        assert_eq!(of(PreSource::External(1)), [1.5, 5.5]);
        // Events that reach no neuron are left out.
        assert!(of(PreSource::External(2)).is_empty() && of(member(0, 0)).is_empty());
        for (generator, index) in [(0, 1), (1, 0)] {
            let events = Events::new(&snippet.generators[generator], 0.0, 200.0);
            let own = events.filter(|event| event.1 == index);
            let arrivals: Vec<f64> = own.map(|event| event.0 + 0.25).collect();
            assert_eq!(of(member(generator, index)), arrivals);
            assert!(arrivals.len() > 50);
        }
        // Two that arrive at one time come in the order of their sources.
        let same: Vec<usize> = fed.iter().filter(|e| e.0 == 1.5).map(|e| e.1).collect();
        assert_eq!(same[..2], [0, 1]);
    }
}
