//! Runs networks on the ideal chip for a program in another language: a JSON list of
//! them comes in on stdin, a list of what was seen goes out on stdout. With it
//! `tests/nest` holds the ideal chip against NEST.
//!
//! A network is `{"duration": µs, "neurons": [{parameter: code, …}], "sources": [[µs, …]],
//! "synapses": [{"from_neuron" or "from_source": index, "to": index, "weight": signed}],
//! "record": neuron}`; parameters are those of `NeuronConfig` that `neuron` below knows,
//! over the calibration. The answer has the neurons in physical units, as `physical`
//! says, their spikes, and the recorded membrane.

use std::error::Error;
use std::io::Read;

use hx_emulator::{
    Calibration, Chip, Converter, Experiment, NeuronConfig, Observable, Physical, Polarity,
    PreSource, Probe, Snippet, Synapse, physical, run,
};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let networks: Vec<Value> = serde_json::from_str(&text)?;
    let seen: Result<Vec<Value>, String> = networks.iter().map(observe).collect();
    println!("{}", Value::from(seen?));
    Ok(())
}

fn observe(network: &Value) -> Result<Value, String> {
    let neurons: Result<Vec<NeuronConfig>, String> =
        list(network, "neurons")?.iter().map(neuron).collect();
    let synapses: Result<Vec<Synapse>, String> =
        list(network, "synapses")?.iter().map(synapse).collect();
    let sources: Result<Vec<Vec<f64>>, String> =
        list(network, "sources")?.iter().map(times).collect();
    let snippet = Snippet {
        duration: number(network, "duration")?,
        neurons: neurons?,
        synapses: synapses?,
        sources: sources?,
        probes: vec![Probe {
            neuron: number(network, "record")? as usize,
            observable: Observable::Membrane,
            converter: Converter::Madc,
        }],
        ..Snippet::default()
    };
    let chip = Chip::ideal();
    let numbers: Vec<Value> = snippet
        .neurons
        .iter()
        .enumerate()
        .map(|(index, neuron)| described(&physical(&chip, index, neuron)))
        .collect();
    let experiment = Experiment {
        chip,
        positions: (0..snippet.neurons.len()).collect(),
        snippets: vec![snippet],
        trial: 0,
    };
    let seen = run(&experiment, &|| false).remove(0);
    Ok(json!({
        "physical": numbers,
        "spikes": seen.spikes,
        "times": *seen.traces[0].times,
        "values": seen.traces[0].values,
    }))
}

fn described(numbers: &Physical) -> Value {
    json!({
        "v_leak": numbers.v_leak,
        "v_threshold": numbers.v_threshold,
        "v_reset": numbers.v_reset,
        "tau_m": numbers.tau_m,
        "tau_syn_exc": numbers.tau_syn_exc,
        "tau_syn_inh": numbers.tau_syn_inh,
        "tau_refrac": numbers.tau_refrac,
        "weight_exc": numbers.weight_exc,
        "weight_inh": numbers.weight_inh,
    })
}

fn neuron(codes: &Value) -> Result<NeuronConfig, String> {
    let mut neuron = Calibration::Tutorial.neuron();
    for (name, code) in codes.as_object().ok_or("a neuron is an object")? {
        let code = code.as_u64().and_then(|code| u16::try_from(code).ok());
        let code = code.ok_or_else(|| format!("{name} is not a code"))?;
        match name.as_str() {
            "leak_v_leak" => neuron.leak_v_leak = code,
            "leak_i_bias" => neuron.leak_i_bias = code,
            "reset_v_reset" => neuron.reset_v_reset = code,
            "threshold_v_threshold" => neuron.threshold_v_threshold = code,
            "excitatory_input_i_bias_tau" => neuron.excitatory_input_i_bias_tau = code,
            "inhibitory_input_i_bias_tau" => neuron.inhibitory_input_i_bias_tau = code,
            "refractory_period_refractory_time" => {
                let time = u8::try_from(code).map_err(|_| format!("{name} is too large"))?;
                neuron.refractory_period_refractory_time = time;
            }
            _ => return Err(format!("no parameter {name} here")),
        }
    }
    Ok(neuron)
}

fn synapse(synapse: &Value) -> Result<Synapse, String> {
    let weight = number(synapse, "weight")?;
    let polarity = if weight < 0.0 {
        Polarity::Inhibitory
    } else {
        Polarity::Excitatory
    };
    let source = match number(synapse, "from_neuron") {
        Ok(neuron) => PreSource::Neuron((neuron as usize) as u32),
        Err(_) => PreSource::External(number(synapse, "from_source")? as u32),
    };
    Ok(Synapse {
        source,
        target: number(synapse, "to")? as usize,
        polarity,
        weight: weight.abs() as u32,
        circuit: None,
    })
}

fn times(source: &Value) -> Result<Vec<f64>, String> {
    let times = source.as_array().ok_or("a source is a list of times")?;
    let time = |time: &Value| time.as_f64().ok_or_else(|| "not a time".to_string());
    times.iter().map(time).collect()
}

fn list<'a>(object: &'a Value, name: &str) -> Result<&'a Vec<Value>, String> {
    let list = object[name].as_array();
    list.ok_or_else(|| format!("no list {name}"))
}

fn number(object: &Value, name: &str) -> Result<f64, String> {
    let number = object[name].as_f64();
    number.ok_or_else(|| format!("no number {name}"))
}
