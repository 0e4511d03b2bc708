//! Which circuits are connected with which: the switches and resistors between
//! neighbours, as a few nodes and the conductances between them.
//!
//! Membranes and shared lines that switches connect are one node. A shared line that
//! only resistors lead to has hardly any capacitance; its star of resistors is taken
//! as the mesh it amounts to. What is connected with a circuit that holds no neuron is
//! connected with nothing (the capacitance of its wires is neglected).

use hx_geometry::{COLUMNS, COLUMNS_PER_SIDE, NEURONS, column};

use crate::chip::Chip;
use crate::circuit_block::CircuitBlock;
use crate::configuration::NeuronConfig;

/// Resistors weaker than this part of all on a line are as good as open.
const LEAST_CONDUCTANCE: f64 = 1e-12;

/// Circuits that are connected, directly or through others.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cluster {
    /// The neurons, by their index in the experiment.
    pub neurons: Vec<usize>,
    /// The node of each neuron's membrane.
    pub nodes: Vec<usize>,
    /// Capacitance of each neuron's membrane, as a part of a full one.
    pub capacitances: Vec<f64>,
    /// Capacitance of each node.
    pub node_capacitances: Vec<f64>,
    /// Conductances between two nodes, each listed once: what they make of a full membrane, 1/µs.
    pub links: Vec<(usize, usize, f64)>,
}

/// Sets of things that have been joined.
struct Sets(Vec<usize>);

impl Sets {
    fn new(count: usize) -> Sets {
        Sets((0..count).collect())
    }

    fn find(&mut self, item: usize) -> usize {
        let mut root = item;
        while self.0[root] != root {
            root = self.0[root];
        }
        self.0[item] = root;
        root
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// The clusters that the switches of these neurons make, and which neurons are in one.
/// A neuron that is connected with no other is in none.
pub(crate) fn clusters(chip: &Chip, positions: &[usize], configs: &[NeuronConfig]) -> Vec<Cluster> {
    let count = configs.len();
    if !configs.iter().any(has_connection) {
        return Vec::new();
    }
    let mut at = vec![None; NEURONS];
    for (neuron, &position) in positions.iter().take(count).enumerate() {
        if let Some(place) = at.get_mut(position) {
            *place = Some(neuron);
        }
    }
    let right_of = |position: usize| {
        // No line crosses the middle.
        let crosses = (column(position) + 1).is_multiple_of(COLUMNS_PER_SIDE);
        if crosses {
            None
        } else {
            at.get(position + 1).copied().flatten()
        }
    };
    let opposite_of = |position: usize| at.get((position + COLUMNS) % NEURONS).copied().flatten();

    // Membranes come first, then the shared lines.
    let (mut nodes, mut connected) = (Sets::new(2 * count), Sets::new(2 * count));
    for (neuron, config) in configs.iter().enumerate() {
        let line = count + neuron;
        let position = positions.get(neuron).copied().unwrap_or(neuron);
        let mut close = |a: usize, b: usize| {
            nodes.join(a, b);
            connected.join(a, b);
        };
        if config.multicompartment_connect_soma {
            close(neuron, line);
        }
        if let (true, Some(right)) = (
            config.multicompartment_connect_soma_right,
            right_of(position),
        ) {
            close(line, count + right);
        }
        if let (true, Some(right)) = (config.multicompartment_connect_right, right_of(position)) {
            close(neuron, right);
        }
        if let (true, Some(other)) = (
            config.multicompartment_connect_vertical,
            opposite_of(position),
        ) {
            close(neuron, other);
        }
        if config.multicompartment_enable_conductance {
            connected.join(neuron, line);
        }
    }

    let mut clusters = Vec::new();
    for first in 0..count {
        let root = connected.find(first);
        let neurons: Vec<usize> = (first..count)
            .filter(|&neuron| connected.find(neuron) == root)
            .collect();
        // Each cluster once, by its first neuron.
        let seen = (0..first).any(|earlier| connected.find(earlier) == root);
        if neurons.len() > 1 && !seen {
            clusters.push(cluster(chip, positions, configs, neurons, &mut nodes));
        }
    }
    clusters
}

fn has_connection(config: &NeuronConfig) -> bool {
    config.multicompartment_connect_soma
        || config.multicompartment_connect_soma_right
        || config.multicompartment_connect_right
        || config.multicompartment_connect_vertical
        || config.multicompartment_enable_conductance
}

/// The cluster of these neurons, whose membranes and lines are joined in `sets`.
fn cluster(
    chip: &Chip,
    positions: &[usize],
    configs: &[NeuronConfig],
    neurons: Vec<usize>,
    sets: &mut Sets,
) -> Cluster {
    let count = configs.len();
    let design = chip.transfer();
    let mut roots: Vec<usize> = neurons.iter().map(|&neuron| sets.find(neuron)).collect();
    let of_neurons = roots.clone();
    roots.sort_unstable();
    roots.dedup();
    let number = |root: usize| roots.binary_search(&root).ok();
    let nodes: Vec<usize> = of_neurons.iter().filter_map(|&root| number(root)).collect();
    let capacitances: Vec<f64> = neurons
        .iter()
        .map(|&neuron| {
            1.0 / design.capacitance_gain(configs[neuron].membrane_capacitance_capacitance)
        })
        .collect();
    let mut node_capacitances = vec![0.0; roots.len()];
    for (&node, capacitance) in nodes.iter().zip(&capacitances) {
        node_capacitances[node] += capacitance;
    }
    // What leads to each line that is no membrane's, and what leads from node to node.
    let mut stars: Vec<(usize, Vec<(usize, f64)>)> = Vec::new();
    let mut links = Vec::new();
    for (&neuron, &node) in neurons.iter().zip(&nodes) {
        let config = &configs[neuron];
        if !config.multicompartment_enable_conductance {
            continue;
        }
        let position = positions.get(neuron).copied().unwrap_or(neuron);
        let conductance = chip
            .block(position, CircuitBlock::Resistor)
            .compartment_conductance(
                config.multicompartment_i_bias_nmda,
                config.multicompartment_enable_conductance_division,
                config.multicompartment_enable_conductance_multiplication,
            );
        let line = sets.find(count + neuron);
        match number(line) {
            Some(other) if other != node => links.push((node, other, conductance)),
            Some(_) => {}
            None => match stars.iter_mut().find(|(root, _)| *root == line) {
                Some((_, star)) => star.push((node, conductance)),
                None => stars.push((line, vec![(node, conductance)])),
            },
        }
    }
    for (_, star) in stars {
        let sum: f64 = star.iter().map(|(_, conductance)| conductance).sum();
        for (index, &(a, to_a)) in star.iter().enumerate() {
            for &(b, to_b) in &star[index + 1..] {
                if a != b && to_a * to_b > LEAST_CONDUCTANCE * sum * sum {
                    links.push((a, b, to_a * to_b / sum));
                }
            }
        }
    }
    Cluster {
        neurons,
        nodes,
        capacitances,
        node_capacitances,
        links,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circuit() -> NeuronConfig {
        NeuronConfig {
            membrane_capacitance_capacitance: 63,
            ..NeuronConfig::default()
        }
    }

    fn of(configs: &[NeuronConfig]) -> Vec<Cluster> {
        let positions: Vec<usize> = (0..configs.len()).collect();
        clusters(&Chip::nominal(), &positions, configs)
    }

    #[test]
    fn unconnected_circuits_are_in_no_cluster() {
        assert!(of(&[circuit(), circuit()]).is_empty());
        // A line of one's own connects nothing, and no line crosses the middle.
        let soma = NeuronConfig {
            multicompartment_connect_soma: true,
            ..circuit()
        };
        let right = NeuronConfig {
            multicompartment_connect_right: true,
            ..circuit()
        };
        assert!(of(&[soma, circuit()]).is_empty());
        let across = clusters(&Chip::nominal(), &[127, 128], &[right.clone(), circuit()]);
        assert!(across.is_empty());
        assert_eq!(of(&[right, circuit()])[0].nodes, [0, 0]);
    }

    #[test]
    fn switches_make_nodes_and_resistors_link_them() {
        // Two circuits on one membrane, and a third behind a resistor on their line.
        let line = NeuronConfig {
            multicompartment_connect_soma: true,
            multicompartment_connect_soma_right: true,
            multicompartment_connect_vertical: true,
            ..circuit()
        };
        let behind = NeuronConfig {
            multicompartment_enable_conductance: true,
            multicompartment_i_bias_nmda: 500,
            ..circuit()
        };
        let rate = Chip::nominal().transfer().compartment_rate;
        let found = clusters(&Chip::nominal(), &[0, 1, 256], &[line, behind, circuit()]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].nodes, [0, 1, 0]);
        assert_eq!(found[0].node_capacitances, [2.0, 1.0]);
        assert_eq!(found[0].links, [(1, 0, rate)]);
    }

    #[test]
    fn a_line_without_a_membrane_is_the_mesh_its_star_amounts_to() {
        let through = |last: bool| NeuronConfig {
            multicompartment_enable_conductance: true,
            multicompartment_i_bias_nmda: 500,
            multicompartment_connect_soma_right: !last,
            ..circuit()
        };
        let rate = Chip::nominal().transfer().compartment_rate;
        let found = of(&[through(false), through(false), through(true)]);
        let third = rate / 3.0;
        let links: Vec<(usize, usize)> = found[0].links.iter().map(|l| (l.0, l.1)).collect();
        assert_eq!(links, [(0, 1), (0, 2), (1, 2)]);
        assert!(
            found[0]
                .links
                .iter()
                .all(|link| (link.2 - third).abs() < 1e-12)
        );
    }
}
