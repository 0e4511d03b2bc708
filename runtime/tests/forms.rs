//! The ways in which a value can be written: a notebook holds numbers of every
//! type (`let n = 5;` in one cell is an `i32` in the next), lists as arrays,
//! slices, `Vec`s and ranges, borrowed or not.

#![deny(unused_must_use)]
#![expect(
    clippy::needless_borrows_for_generic_args,
    reason = "borrowed lists are among the forms"
)]

use pynn::cells::{HXNeuron, SpikeSourceArray};
use pynn::prelude::*;
use pynn::synapses::StaticSynapse;
use pynn::{AllToAllConnector, Error, OneToOneConnector, Population, Projection, Setup};
use std::collections::{BTreeMap, HashMap};

#[test]
fn values_can_be_written_in_every_form() -> Result<(), Error> {
    let n: i32 = 5;
    let (long, short, wide, single): (i64, u8, usize, f32) = (400, 200, 3, 63.0);

    pynn::setup(Setup::new().seed(n).noise(true))?;
    // Parameters.
    let by_name = HashMap::from([("leak_v_leak".to_owned(), 400), ("leak_i_bias".into(), 200)]);
    for neuron in [
        HXNeuron::new().leak_v_leak(long).leak_i_bias(short),
        HXNeuron::new().leak_v_leak(400.0).leak_i_bias(200_f32),
        HXNeuron::from_params([("leak_v_leak", 400), ("leak_i_bias", 200)])?,
        HXNeuron::from_params(vec![("leak_v_leak", 400.0), ("leak_i_bias", 200.0)])?,
        HXNeuron::from_params(&by_name)?,
        HXNeuron::from_params(BTreeMap::from([("leak_v_leak", 400), ("leak_i_bias", 200)]))?,
        HXNeuron::from_params(by_name)?,
    ] {
        let pop = Population::new(n, &neuron)?;
        assert_eq!(pop.get("leak_v_leak")?, 400);
        assert_eq!(pop.get("leak_i_bias")?, 200);
    }
    let each = vec![100, 200, 300];
    for neuron in [
        HXNeuron::new().leak_i_bias([100, 200, 300]),
        HXNeuron::new().leak_i_bias(&each),
        HXNeuron::new().leak_i_bias(&each[..]),
        HXNeuron::new().leak_i_bias(&[100_u16, 200, 300]),
        HXNeuron::new().leak_i_bias(each.clone()),
    ] {
        let pop = Population::new(wide, neuron)?;
        assert_eq!(pop.get("leak_i_bias")?.numbers(), [100.0, 200.0, 300.0]);
        pop.set("threshold_enable", [true, false, true])?;
        assert_eq!(
            pop.get("threshold_enable")?.to_string(),
            "[true, false, true]"
        );
        // What was read can be written.
        pop.set("leak_i_bias", pop.get("leak_i_bias")?)?;
        for (index, value) in each.iter().enumerate() {
            assert_eq!(pop.view(index)?.get("leak_i_bias")?, *value);
        }
    }

    // Selections.
    let pop = Population::new(10, HXNeuron::new())?;
    let two = vec![1_i64, 5];
    for view in [
        pop.view([1, 5])?,
        pop.view(&[5_u8, 1])?,
        pop.view(two.clone())?,
        pop.view(&two)?,
        pop.view(&two[..])?,
    ] {
        assert_eq!(view.indices(), [1, 5]);
    }
    for view in [
        pop.view(0..n)?,
        pop.view(0..=4_u64)?,
        pop.view(..wide + 2)?,
        pop.view(..=4)?,
    ] {
        assert_eq!(view.indices(), [0, 1, 2, 3, 4]);
    }
    assert_eq!(pop.view(7..)?.len(), 3);
    assert_eq!(pop.view(..)?.len(), 10);

    // Spike times, projections, weights.
    let times = [0.01_f32, 0.03];
    for source in [
        SpikeSourceArray::new(times),
        SpikeSourceArray::new(times.to_vec()),
        SpikeSourceArray::new(&times[..]),
        SpikeSourceArray::new([times, times]),
        SpikeSourceArray::new(vec![times.to_vec(), times.to_vec()]),
    ] {
        assert_eq!(
            Population::new(2, source)?
                .get("spike_times")?
                .numbers()
                .len(),
            4
        );
    }
    let src = Population::new(2, SpikeSourceArray::new([0.01, 0.03]))?;
    src.record("spikes".to_owned())?;
    let target = pop.view(0..2)?;
    target.record(&["spikes", "v"])?;
    for weight in [
        StaticSynapse::new(single),
        StaticSynapse::new(short / 4),
        StaticSynapse::new(n),
    ] {
        Projection::new(
            &src,
            &target,
            AllToAllConnector::new(),
            weight,
            "excitatory",
        )?;
    }
    let proj = Projection::new(
        src.clone(),
        pop.view(0..2)?,
        OneToOneConnector::new(),
        StaticSynapse::new(20),
        "excitatory",
    )?;
    proj.set("weight", 30_i64)?;
    proj.set("weight", vec![vec![7, 0], vec![0, 8]])?;
    let weights = proj.get("weight")?;
    assert_eq!((weights[(0, 0)], weights[(1, 1)]), (7.0, 8.0));
    assert!(weights[(0, 1)].is_nan() && weights[(1, 0)].is_nan());

    // Runs and what they leave.
    let duration: f32 = 0.0625;
    pynn::run(duration)?;
    let spiketrain = src.spiketrain(n - 4)?;
    let mut summed = 0.0;
    for t in &spiketrain {
        summed += t;
    }
    assert_eq!(summed, spiketrain.iter().sum::<f64>());
    assert_eq!(format!("{spiketrain}"), "[0.01 0.03] ms");
    let mem_v = pop.get_data("v")?.segments[0].irregularlysampledsignals[0].clone();
    let replayed = SpikeSourceArray::new(spiketrain.times());
    assert_eq!(
        Population::new(1, replayed)?.get("spike_times")?.numbers(),
        spiketrain.times()
    );

    // Plots.
    let trains = pop.get_data("spikes")?.segments[0].spiketrains.clone();
    plt::plot(mem_v.times(), mem_v.values());
    plt::plot(mem_v.times(), &mem_v);
    plt::plot(0..n, [1, 2, 3, 4, 5]);
    plt::scatter(1..=5, vec![1_u8, 2, 3, 4, 5]);
    plt::hist(&spiketrain, n);
    plt::eventplot(&trains);
    plt::eventplot(trains.clone());
    plt::eventplot(trains.to_vec());
    plt::eventplot(spiketrain.clone());
    plt::eventplot([0.01, 0.02]);
    plt::ylim(0, 750.0);
    let (_, axs) = plt::subplots(n, 1)?;
    axs[0].imshow(&weights).clim(0, 63);
    axs[1].imshow([[1, 2], [3, 4]]);
    plt::savefig(std::env::temp_dir().join("pynn-forms.svg"))?;
    plt::close();
    Ok(())
}

#[test]
fn what_has_no_picture_is_displayed_as_text() -> Result<(), Error> {
    use pynn::display::Rich;
    let text = |value: &dyn Rich| value.bundle().plain_text().to_owned();
    assert_eq!(text(&5), "5");
    assert_eq!(text(&"a\"b"), "\"a\\\"b\"");
    assert_eq!(text(&vec![Some(1.5), None]), "[Some(1.5), None]");
    assert_eq!(text(&(1, "b", [true])), "(1, \"b\", [true])");
    assert_eq!(
        text(&pynn::Chip::ideal()),
        format!("{:?}", pynn::Chip::ideal())
    );
    display(&[1, 2, 3])?;
    display(&HashMap::from([(1, "one")]))?;
    display(&Html("<b>x</b>"))?;
    display(&Json(vec![1, 2]))?;
    display("text")
}
