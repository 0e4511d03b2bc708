"""What cells share, and what kernels do not."""

from typing import Callable

from kernel_session import KernelSession


def test_cells_share_variables_functions_types_and_the_chip(
    kernel: KernelSession,
) -> None:
    kernel.succeed(
        "#[derive(Debug, Clone)]\nstruct Trial { name: String, spikes: usize }"
    )
    kernel.succeed(
        "fn named(name: &str) -> Trial { Trial { name: name.into(), spikes: 0 } }"
    )
    kernel.succeed("use std::collections::BTreeMap;")
    kernel.succeed('let mut trials = BTreeMap::from([(1, named("first"))]);')
    kernel.succeed("let pop = pynn::Population::new(2, pynn::cells::HXNeuron::new())?;")
    kernel.succeed('pop.record("spikes")?;')
    kernel.succeed(
        "pynn::run(0.01)?;\ntrials.get_mut(&1).unwrap().spikes += pop.len();"
    )
    assert kernel.succeed("trials").value == '{1: Trial { name: "first", spikes: 2 }}'
    assert kernel.succeed("pop.spiketrain(1)?.len()").value == "0"


def test_a_variable_can_change_its_type(kernel: KernelSession) -> None:
    kernel.succeed("let it = 1;")
    kernel.succeed('let it = format!("{it}!");')
    assert kernel.succeed("it").value == '"1!"'


def test_asynchronous_code_is_awaited(
    start_kernel: Callable[..., KernelSession],
) -> None:
    kernel = start_kernel()
    kernel.succeed("let value = async { 3 }.await;")
    assert kernel.succeed("async { value + 1 }.await").value == "4"
    # Its threads are new after a death.
    kernel.fail("std::process::abort()")
    assert kernel.succeed("async { value + 2 }.await").value == "5"


def test_kernels_know_nothing_of_each_other(
    start_kernel: Callable[..., KernelSession],
) -> None:
    left, right = start_kernel(), start_kernel()
    left.succeed('let name = "left"; let only_here = 1;')
    right.succeed('let name = "right";')
    build = "let pop = pynn::Population::new({}, pynn::cells::HXNeuron::new())?;"
    left.succeed(build.format(3))
    right.succeed(build.format(500))
    # Cells of both at the same time.
    cell = 'pop.record("spikes")?; pynn::run(0.01)?; println!("{name} {}", pop.len());'
    at_left, at_right = left.send(cell), right.send(cell)
    assert left.result(at_left).stdout == "left 3\n"
    assert right.result(at_right).stdout == "right 500\n"
    assert "only_here" in right.fail("only_here").reply["evalue"]
    left.close()
    assert right.succeed("name").value == '"right"'
