//! Finding room in one half of the chip, origin by origin, the greedy way.

use crate::capacity_error::CapacityError;
use crate::demand::Demand;
use crate::driver_group::{Columns, DriverGroup, PerPolarity, Profile};
use crate::hemisphere::Hemisphere;
use hx_geometry::{BUSES, DRIVERS, DRIVERS_PER_BUS, LABELS, ROWS_PER_DRIVER, SynapseCircuit};

/// Outcome of placing, as far as it is known.
pub(crate) struct Outcome {
    /// The circuit of every synapse, in the order of the connections.
    pub circuits: Vec<u32>,
    /// Number of events that each spike of each external source becomes.
    pub events: Vec<u32>,
}

/// Places everything that ends on one half.
pub(crate) fn pack(
    demand: &Demand<'_>,
    number: usize,
    outcome: &mut Outcome,
) -> Result<Hemisphere, CapacityError> {
    let mut hemisphere = Hemisphere::new();
    pack_bound(demand, number, &mut hemisphere, outcome)?;
    let (bound, events) = (hemisphere.clone(), outcome.events.clone());
    if pack_external(demand, number, &mut hemisphere, outcome) {
        return Ok(hemisphere);
    }
    let mut needed = usize::MAX;
    for singly in [false, true] {
        hemisphere = bound.clone();
        outcome.events.copy_from_slice(&events);
        spread_external(demand, number, &mut hemisphere, outcome, singly);
        if !hemisphere.is_overfull() {
            return Ok(hemisphere);
        }
        needed = needed.min(hemisphere.drivers());
    }
    Err(CapacityError::Drivers {
        hemisphere: number,
        needed,
        available: DRIVERS,
    })
}

/// Places neurons and background cells, each of which reaches one bus only.
fn pack_bound(
    demand: &Demand<'_>,
    number: usize,
    hemisphere: &mut Hemisphere,
    outcome: &mut Outcome,
) -> Result<(), CapacityError> {
    let there = || {
        let bound = demand.bound();
        bound.filter(|&(origin, _)| !demand.of(number, origin).is_empty())
    };
    // All groups at once: then no origin has to go into the last one.
    let mut origins = [0_usize; BUSES];
    for (_, bus) in there() {
        origins[bus] += 1;
    }
    for (bus, &origins) in hemisphere.buses.iter_mut().zip(&origins) {
        for _ in 0..origins.div_ceil(LABELS) {
            bus.add_group();
        }
    }
    let mut profile = Profile::new();
    for (origin, bus) in there() {
        let own = demand.of(number, origin);
        describe(demand, own, &mut profile);
        let bus = &mut hemisphere.buses[bus];
        let cost = |&group: &usize| {
            let rows = bus.groups[group].missing(&profile);
            (rows[0] + rows[1], bus.groups[group].labels)
        };
        let group = bus.open().min_by_key(cost);
        let group = group.expect("as many groups as the origins need");
        let rows = bus.groups[group].missing(&profile);
        bus.grow(group, rows);
        assign(demand, number, own, &mut bus.groups[group], outcome);
    }
    for (bus, state) in hemisphere.buses.iter().enumerate() {
        if state.drivers > DRIVERS_PER_BUS {
            return Err(CapacityError::DriversOnBus {
                hemisphere: number,
                bus,
                needed: state.drivers,
                available: DRIVERS_PER_BUS,
            });
        }
    }
    Ok(())
}

/// Places every external source in one group, where it needs the fewest new rows and,
/// among those, where most drivers are left. `false` if one does not fit as a whole.
fn pack_external(
    demand: &Demand<'_>,
    number: usize,
    hemisphere: &mut Hemisphere,
    outcome: &mut Outcome,
) -> bool {
    let mut profile = Profile::new();
    let nothing = DriverGroup::new();
    for (origin, source) in demand.external() {
        let own = demand.of(number, origin);
        if own.is_empty() {
            continue;
        }
        describe(demand, own, &mut profile);
        let mut best: Option<Choice> = None;
        for (bus, state) in hemisphere.buses[..BUSES].iter().enumerate() {
            let mut consider = |number: Option<usize>, group: &DriverGroup| {
                let rows = group.missing(&profile);
                let drivers = group.drivers(rows);
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
            for group in open {
                consider(Some(group), &state.groups[group]);
            }
        }
        let Some(((.., bus), group, rows)) = best else {
            return false;
        };
        let bus = &mut hemisphere.buses[bus];
        let group = group.unwrap_or_else(|| bus.add_group());
        bus.grow(group, rows);
        assign(demand, number, own, &mut bus.groups[group], outcome);
        outcome.events[source] += 1;
    }
    true
}

/// Cost of a choice (rows, drivers of the bus then, the bus), the group on that bus or a
/// new one, and the rows it needs.
type Choice = ((usize, usize, usize), Option<usize>, PerPolarity<usize>);

/// Places external sources synapse by synapse, in as many groups as it takes, always where
/// there is room for most: what is scattered over the columns fills the rows up that way.
/// `singly` makes a group of each driver, of which more can be filled at the price of more
/// events per spike.
fn spread_external(
    demand: &Demand<'_>,
    number: usize,
    hemisphere: &mut Hemisphere,
    outcome: &mut Outcome,
    singly: bool,
) {
    if singly {
        for bus in &mut hemisphere.buses[..BUSES] {
            for _ in 0..bus.free() {
                let group = bus.add_group();
                bus.add_driver(group);
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
                polarity: connection.polarity as usize,
                column: demand.column(connection),
                next: slots.start,
                end: slots.end,
            }
        }));
        while !rest.is_empty() {
            let (bus, group) =
                roomiest(hemisphere, &rest).unwrap_or_else(|| add_group_for(hemisphere, &rest));
            let group = &mut hemisphere.buses[bus].groups[group];
            assign_some(number, &mut rest, group, outcome);
            group.labels += 1;
            outcome.events[source] += 1;
        }
    }
}

/// The bus and the group there that have room for most of this, if any has.
fn roomiest(hemisphere: &Hemisphere, rest: &[Rest]) -> Option<(usize, usize)> {
    let mut columns = [Columns::NONE; 2];
    for rest in rest {
        columns[rest.polarity].insert(rest.column);
    }
    let (mut best, mut most) = (None, 0);
    for (number, bus) in hemisphere.buses.iter().enumerate() {
        for group in bus.open() {
            let room = bus.groups[group].room(&columns);
            if room > most {
                (best, most) = (Some((number, group)), room);
            }
        }
    }
    best
}

/// A new group with rows for as much of this as the freest bus has drivers for.
fn add_group_for(hemisphere: &mut Hemisphere, rest: &[Rest]) -> (usize, usize) {
    let most = |polarity: usize| {
        let these = rest.iter().filter(|rest| rest.polarity == polarity);
        these.map(|rest| rest.end - rest.next).max().unwrap_or(0)
    };
    let freest = (0..BUSES).max_by_key(|&bus| (hemisphere.buses[bus].free(), BUSES - bus));
    let freest = freest.filter(|&bus| hemisphere.buses[bus].free() > 0);
    let number = freest.unwrap_or(BUSES);
    let bus = &mut hemisphere.buses[number];
    let room = ROWS_PER_DRIVER * bus.free();
    let excitatory = most(0).min(room);
    let group = bus.add_group();
    bus.grow(group, [excitatory, most(1).min(room - excitatory)]);
    (number, group)
}

/// Rest of a connection that has no place yet.
struct Rest {
    polarity: usize,
    column: usize,
    /// The next of its synapses, and the one after its last.
    next: usize,
    end: usize,
}

/// Places what there is room for in a group, in rows that have no polarity yet too.
fn assign_some(
    hemisphere: usize,
    rest: &mut Vec<Rest>,
    group: &mut DriverGroup,
    outcome: &mut Outcome,
) {
    rest.retain_mut(|rest| {
        while rest.next < rest.end {
            let Rest {
                polarity, column, ..
            } = *rest;
            let row = group.take(polarity, column).or_else(|| {
                let row = group.spare.pop()?;
                group.add_row(polarity, row);
                group.take(polarity, column)
            });
            let Some(row) = row else {
                return true;
            };
            outcome.circuits[rest.next] = circuit(hemisphere, row, column);
            rest.next += 1;
        }
        false
    });
}

/// Places all connections of an origin in a group that has rows enough.
fn assign(
    demand: &Demand<'_>,
    hemisphere: usize,
    own: &[u32],
    group: &mut DriverGroup,
    outcome: &mut Outcome,
) {
    group.labels += 1;
    for &number in own {
        let connection = &demand.connections[number as usize];
        let (polarity, column) = (connection.polarity as usize, demand.column(connection));
        for slot in demand.slots(number as usize) {
            let row = group
                .take(polarity, column)
                .expect("the group has been given rows");
            outcome.circuits[slot] = circuit(hemisphere, row, column);
        }
    }
}

/// Fills in the profile of an origin with these connections.
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
