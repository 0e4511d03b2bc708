//! Finding room in one half of the chip, origin by origin, the greedy way.

use crate::demand::Demand;
use crate::half::Half;
use crate::set::{Columns, Profile, Set, Signed};
use crate::shortage::Shortage;
use hx_geometry::{BUSES, DRIVERS, DRIVERS_PER_BUS, LABELS, ROWS_PER_DRIVER, SynapseCircuit};

/// Where the outcome goes.
pub(crate) struct Outcome {
    /// The circuit of every synapse, in the order of the connections.
    pub circuits: Vec<u32>,
    /// How many events each spike of each external source becomes.
    pub events: Vec<u32>,
}

/// Places everything that ends on one half.
pub(crate) fn pack(
    demand: &Demand<'_>,
    number: usize,
    outcome: &mut Outcome,
) -> Result<Half, Shortage> {
    let mut half = Half::new();
    pack_bound(demand, number, &mut half, outcome)?;
    let (bound, events) = (half.clone(), outcome.events.clone());
    if pack_external(demand, number, &mut half, outcome) {
        return Ok(half);
    }
    let mut needed = usize::MAX;
    for singly in [false, true] {
        half = bound.clone();
        outcome.events.copy_from_slice(&events);
        spread_external(demand, number, &mut half, outcome, singly);
        if !half.is_overfull() {
            return Ok(half);
        }
        needed = needed.min(half.drivers());
    }
    Err(Shortage::Drivers {
        half: number,
        needed,
        available: DRIVERS,
    })
}

/// Places neurons and background cells, each of which reaches one bus only.
fn pack_bound(
    demand: &Demand<'_>,
    number: usize,
    half: &mut Half,
    outcome: &mut Outcome,
) -> Result<(), Shortage> {
    let there = || {
        let bound = demand.bound();
        bound.filter(|&(origin, _)| !demand.of(number, origin).is_empty())
    };
    // All sets at once: then no origin has to go into the last one.
    let mut origins = [0_usize; BUSES];
    for (_, bus) in there() {
        origins[bus] += 1;
    }
    for (bus, &origins) in half.buses.iter_mut().zip(&origins) {
        for _ in 0..origins.div_ceil(LABELS) {
            bus.add_set();
        }
    }
    let mut profile = Profile::new();
    for (origin, bus) in there() {
        let own = demand.of(number, origin);
        describe(demand, own, &mut profile);
        let bus = &mut half.buses[bus];
        let cost = |&set: &usize| {
            let rows = bus.sets[set].missing(&profile);
            (rows[0] + rows[1], bus.sets[set].labels)
        };
        let set = bus.open().min_by_key(cost);
        let set = set.expect("as many sets as the origins need");
        let rows = bus.sets[set].missing(&profile);
        bus.grow(set, rows);
        assign(demand, number, own, &mut bus.sets[set], outcome);
    }
    for (bus, state) in half.buses.iter().enumerate() {
        if state.drivers > DRIVERS_PER_BUS {
            return Err(Shortage::DriversOnBus {
                half: number,
                bus,
                needed: state.drivers,
                available: DRIVERS_PER_BUS,
            });
        }
    }
    Ok(())
}

/// Places every external source in one set, where it needs the fewest new rows and,
/// among those, where most drivers are left. `false` if one does not fit as a whole.
fn pack_external(
    demand: &Demand<'_>,
    number: usize,
    half: &mut Half,
    outcome: &mut Outcome,
) -> bool {
    let mut profile = Profile::new();
    let nothing = Set::new();
    for (origin, source) in demand.external() {
        let own = demand.of(number, origin);
        if own.is_empty() {
            continue;
        }
        describe(demand, own, &mut profile);
        let mut best: Option<Choice> = None;
        for (bus, state) in half.buses[..BUSES].iter().enumerate() {
            let mut consider = |number: Option<usize>, set: &Set| {
                let rows = set.missing(&profile);
                let drivers = set.drivers(rows);
                if drivers <= state.free() {
                    let cost = (rows[0] + rows[1], state.drivers + drivers, bus);
                    if best.is_none_or(|(least, ..)| cost < least) {
                        best = Some((cost, number, rows));
                    }
                }
            };
            let mut open = state.open().peekable();
            if open.peek().is_none() {
                consider(None, &nothing);
            }
            for set in open {
                consider(Some(set), &state.sets[set]);
            }
        }
        let Some(((.., bus), set, rows)) = best else {
            return false;
        };
        let bus = &mut half.buses[bus];
        let set = set.unwrap_or_else(|| bus.add_set());
        bus.grow(set, rows);
        assign(demand, number, own, &mut bus.sets[set], outcome);
        outcome.events[source] += 1;
    }
    true
}

/// What a choice costs (rows, drivers of the bus then, the bus), the set on that bus or a
/// new one, and the rows it needs.
type Choice = ((usize, usize, usize), Option<usize>, Signed<usize>);

/// Places external sources synapse by synapse, in as many sets as it takes, always where
/// there is room for most: what is scattered over the columns fills the rows up that way.
/// `singly` makes a set of each driver, of which more can be filled at the price of more
/// events per spike.
fn spread_external(
    demand: &Demand<'_>,
    number: usize,
    half: &mut Half,
    outcome: &mut Outcome,
    singly: bool,
) {
    if singly {
        for bus in &mut half.buses[..BUSES] {
            for _ in 0..bus.free() {
                let set = bus.add_set();
                bus.add_driver(set);
            }
        }
    }
    let mut rest: Vec<Rest> = Vec::new();
    for (origin, source) in demand.external() {
        rest.clear();
        rest.extend(demand.of(number, origin).iter().map(|&connection| {
            let slots = demand.slots(connection as usize);
            let connection = &demand.connections[connection as usize];
            Rest {
                sign: connection.polarity as usize,
                column: demand.column(connection),
                next: slots.start,
                end: slots.end,
            }
        }));
        while !rest.is_empty() {
            let (bus, set) = roomiest(half, &rest).unwrap_or_else(|| add_set_for(half, &rest));
            let set = &mut half.buses[bus].sets[set];
            assign_some(number, &mut rest, set, outcome);
            set.labels += 1;
            outcome.events[source] += 1;
        }
    }
}

/// The bus and the set there that have room for most of this, if any has.
fn roomiest(half: &Half, rest: &[Rest]) -> Option<(usize, usize)> {
    let mut columns = [Columns::NONE; 2];
    for rest in rest {
        columns[rest.sign].insert(rest.column);
    }
    let (mut best, mut most) = (None, 0);
    for (number, bus) in half.buses.iter().enumerate() {
        for set in bus.open() {
            let room = bus.sets[set].room(&columns);
            if room > most {
                (best, most) = (Some((number, set)), room);
            }
        }
    }
    best
}

/// A new set with rows for as much of this as the freest bus has drivers for.
fn add_set_for(half: &mut Half, rest: &[Rest]) -> (usize, usize) {
    let most = |sign: usize| {
        let these = rest.iter().filter(|rest| rest.sign == sign);
        these.map(|rest| rest.end - rest.next).max().unwrap_or(0)
    };
    let freest = (0..BUSES).max_by_key(|&bus| (half.buses[bus].free(), BUSES - bus));
    let freest = freest.filter(|&bus| half.buses[bus].free() > 0);
    let number = freest.unwrap_or(BUSES);
    let bus = &mut half.buses[number];
    let room = ROWS_PER_DRIVER * bus.free();
    let excitatory = most(0).min(room);
    let set = bus.add_set();
    bus.grow(set, [excitatory, most(1).min(room - excitatory)]);
    (number, set)
}

/// What is left to place of a connection.
struct Rest {
    sign: usize,
    column: usize,
    /// The next of its synapses, and the one after its last.
    next: usize,
    end: usize,
}

/// Places what there is room for in a set, in rows that have no sign yet too.
fn assign_some(half: usize, rest: &mut Vec<Rest>, set: &mut Set, outcome: &mut Outcome) {
    rest.retain_mut(|rest| {
        while rest.next < rest.end {
            let Rest { sign, column, .. } = *rest;
            let row = set.take(sign, column).or_else(|| {
                let row = set.spare.pop()?;
                set.add_row(sign, row);
                set.take(sign, column)
            });
            let Some(row) = row else {
                return true;
            };
            outcome.circuits[rest.next] = circuit(half, row, column);
            rest.next += 1;
        }
        false
    });
}

/// Places all connections of an origin in a set that has rows enough.
fn assign(demand: &Demand<'_>, half: usize, own: &[u32], set: &mut Set, outcome: &mut Outcome) {
    set.labels += 1;
    for &number in own {
        let connection = &demand.connections[number as usize];
        let (sign, column) = (connection.polarity as usize, demand.column(connection));
        for slot in demand.slots(number as usize) {
            let row = set.take(sign, column).expect("the set has been given rows");
            outcome.circuits[slot] = circuit(half, row, column);
        }
    }
}

/// What an origin with these connections needs.
fn describe(demand: &Demand<'_>, own: &[u32], profile: &mut Profile) {
    profile.clear();
    for &number in own {
        let connection = &demand.connections[number as usize];
        let synapses = demand.slots(number as usize).len();
        profile.add(
            connection.polarity as usize,
            demand.column(connection),
            synapses,
        );
    }
}

fn circuit(hemisphere: usize, row: u32, column: usize) -> u32 {
    let row = row as usize;
    SynapseCircuit {
        hemisphere,
        row,
        column,
    }
    .number()
}
