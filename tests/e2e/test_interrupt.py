"""The stop button: it ends the cell, not the session."""

from kernel_session import KernelSession

# A neuron whose leak pulls it over its threshold.
SPIKING_POPULATION = """
let neuron_type = pynn::cells::HXNeuron::new()
    .leak_v_leak(1000)
    .threshold_v_threshold(200)
    .threshold_enable(true);
let pop = pynn::Population::new(20, neuron_type)?;
pop.record("spikes")?;
"""


def test_a_loop_that_does_not_listen(kernel: KernelSession) -> None:
    kernel.succeed("fn seven() -> i32 { 7 }")
    request = kernel.send('println!("started");\nloop {}')
    kernel.wait_for_output(request, "started")
    kernel.interrupt()
    result = kernel.result(request)
    assert result.status == "error"
    assert result.reply["ename"] == "Interrupted"
    assert kernel.succeed("seven()").value == "7"
    assert kernel.succeed("let again = 1; again").value == "1"


def test_a_run_of_the_chip_loses_nothing(kernel: KernelSession) -> None:
    kernel.succeed(SPIKING_POPULATION + 'let kept = "kept";')
    request = kernel.send('println!("started");\npynn::run(10_000.0)?;')
    kernel.wait_for_output(request, "started")
    kernel.interrupt()
    result = kernel.result(request)
    assert result.status == "error"
    assert result.reply["ename"] == "Interrupted"
    # The variables are there, and so is the chip.
    assert kernel.succeed("kept").value == '"kept"'
    spikes = kernel.succeed("pynn::reset()?; pynn::run(0.1)?; pop.spiketrain(0)?.len()")
    assert int(spikes.value) > 0


def test_an_interrupt_while_nothing_runs_does_nothing(kernel: KernelSession) -> None:
    kernel.interrupt()
    assert kernel.succeed("1 + 1").value == "2"


def test_an_interrupt_stops_the_cells_behind_too(kernel: KernelSession) -> None:
    first = kernel.send(
        'println!("started");\nstd::thread::sleep(std::time::Duration::from_secs(3600));'
    )
    second = kernel.send('println!("behind");')
    kernel.wait_for_output(first, "started")
    kernel.interrupt()
    assert kernel.result(first).status == "error"
    behind = kernel.result(second)
    assert (behind.status, behind.outputs) == ("aborted", [])


def test_a_full_chip_that_fires_all_the_time_keeps_what_was_recorded(
    kernel: KernelSession,
) -> None:
    kernel.succeed("pynn::end()?;")
    kernel.succeed(
        SPIKING_POPULATION.replace("new(20", "new(512").replace("1000", "1022")
        + 'let all = pynn::AllToAllConnector::new();\n'
        + 'let synapse = pynn::synapses::StaticSynapse::new(20);\n'
        + 'let some = pop.view(0..256)?;\n'
        + 'pynn::Projection::new(&some, &some, all, synapse, "excitatory")?;'
    )
    # Some spikes first, so that there is something to keep.
    request = kernel.send(
        "pynn::append(0.02)?; pynn::append(10_000)?;\n"
        'println!("started");\npynn::execute()?;'
    )
    kernel.wait_for_output(request, "started")
    kernel.interrupt()
    result = kernel.result(request)
    assert result.reply["ename"] == "Interrupted"
    assert "what was recorded until then can be read" in result.reply["evalue"]
    assert "were before" not in result.traceback
    kept = kernel.succeed(
        "(pynn::get_current_time() < 10_000.0, pop.spiketrain(0)?.t_stop() < 10_000.0)"
    )
    assert kept.value == "(true, true)"
    kernel.succeed("pynn::end()?;")
