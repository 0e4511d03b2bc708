//! Populations, views, projections and physical numbers as tables.

use super::table::{html_properties, html_table};
use crate::display::{Bundle, Rich};
use crate::hardware;
use crate::physical::cells;
use crate::population::{parameters_set, with_population};
use crate::recording::{DEVICES, Device, Variable};
use crate::{
    Error, HardwareParameters, ParameterValue, PhysicalTable, Population, PopulationView,
    Projection,
};
use std::collections::BTreeMap;

impl Rich for PopulationView {
    fn bundle(&self) -> Bundle {
        let mut properties = vec![
            ("population", self.label().to_owned()),
            ("cells", self.len().to_string()),
            ("cell type", self.celltype().name().to_owned()),
        ];
        // Only the network knows the rest, and it may be gone.
        match (parameters_set(self), recorded(self)) {
            (Ok(parameters), Ok(recorded)) => {
                let parameters = parameters
                    .iter()
                    .map(|(name, value)| parameter(name, value));
                properties.push(("parameters", listed(parameters.collect(), "as calibrated")));
                properties.push(("recorded", listed(recorded, "nothing")));
            }
            _ => properties.push(("state", "not on the chip any more".to_owned())),
        }
        Bundle::text(self.to_string()).html(html_properties(&properties))
    }
}

/// What of these neurons is recorded now.
fn recorded(view: &PopulationView) -> Result<Vec<String>, Error> {
    with_population(view, |network, index| {
        let recorded = &network.populations[index].recorded;
        let mut counts: BTreeMap<(Option<Device>, Variable), usize> = BTreeMap::new();
        for neuron in view.indices() {
            if recorded.spikes.contains(neuron) {
                *counts.entry((None, Variable::Spikes)).or_default() += 1;
            }
            for device in DEVICES {
                if let Some(&variable) = recorded.analog(device).get(neuron) {
                    *counts.entry((Some(device), variable)).or_default() += 1;
                }
            }
        }
        let in_words = |((device, variable), count): ((Option<Device>, Variable), usize)| {
            let by = match device {
                Some(Device::Cadc) => " by the CADC",
                _ => "",
            };
            match count {
                count if count == view.len() => format!("{}{by}", variable.name()),
                count => format!("{} of {count}{by}", variable.name()),
            }
        };
        Ok(counts.into_iter().map(in_words).collect())
    })
}

/// A parameter with its value, if that is short.
fn parameter(name: &str, value: &ParameterValue) -> String {
    match value {
        ParameterValue::Rows(trains) => {
            let spikes: usize = trains.iter().map(Vec::len).sum();
            format!("{name}: {spikes} spikes in all")
        }
        value => match value.to_string() {
            long if long.len() > 40 => format!("{name}: one value each"),
            short => format!("{name}={short}"),
        },
    }
}

fn listed(words: Vec<String>, none: &str) -> String {
    if words.is_empty() {
        none.to_owned()
    } else {
        words.join(", ")
    }
}

impl Rich for Population {
    fn bundle(&self) -> Bundle {
        PopulationView::from(self).bundle()
    }
}

impl Rich for Projection {
    fn bundle(&self) -> Bundle {
        let mut properties = vec![
            ("from", self.pre().to_string()),
            ("to", self.post().to_string()),
            ("receptor", self.receptor_type().to_owned()),
            ("connections", self.len().to_string()),
        ];
        match self.get("weight") {
            Err(_) => properties.push(("state", "not on the chip any more".to_owned())),
            Ok(weights) => {
                let connected = || weights.values().iter().copied().filter(|w| !w.is_nan());
                let least = connected().fold(f64::INFINITY, f64::min);
                let most = connected().fold(f64::NEG_INFINITY, f64::max);
                let text = match least {
                    _ if self.is_empty() => "none".to_owned(),
                    least if least == most => least.to_string(),
                    least => format!("{least} to {most}"),
                };
                properties.push(("weight", text));
            }
        }
        Bundle::text(self.to_string()).html(html_properties(&properties))
    }
}

impl Rich for PhysicalTable {
    fn bundle(&self) -> Bundle {
        Bundle::text(self.to_string()).html(html_table(&cells(self)))
    }
}

impl Rich for HardwareParameters {
    fn bundle(&self) -> Bundle {
        Bundle::text(self.to_string()).html(html_table(&hardware::cells(self)))
    }
}
