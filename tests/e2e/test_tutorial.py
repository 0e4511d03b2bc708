"""The introductory notebook: what a student sees is what is in the repository.

Executed the way a code host or nbconvert does it, then looked at: the code is
the tutorial's, the printed lines are right, and the plot shows the membrane
potential that the chip's documentation shows.
"""

from pathlib import Path
from typing import Any, List

import pytest

from committed import code_cells, execute, printed, read, reproducible
from kernel_session import KernelSession
from picture import Picture, Point

INPUT_TIMES = [0.01, 0.03, 0.05, 0.07, 0.09]
"""When the five sources fire, ms."""


@pytest.fixture(scope="module")
def notebook(repository: Path) -> Any:
    return read(repository, "01-introduction.ipynb")


@pytest.fixture(scope="module")
def executed(notebook: Any) -> Any:
    return execute(notebook)


def tutorial_cells(notebook: Any) -> List[Any]:
    """The cells up to the plot; behind it the notebook goes beyond the tutorial."""
    cells = code_cells(notebook)
    last = [index for index, cell in enumerate(cells) if "plt::show" in cell.source][0]
    return cells[: last + 1]


def code_lines(text: str) -> List[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_the_code_is_the_tutorial_line_for_line(
    notebook: Any, repository: Path
) -> None:
    program = (repository / "runtime" / "examples" / "tutorial.rs").read_text()
    body = program.partition("-> Result<(), pynn::Error> {")[2]
    body = body.partition("// a plain program has no notebook")[0] + "plt::show()?;"
    in_notebook = "\n".join(cell.source for cell in tutorial_cells(notebook))
    assert code_lines(in_notebook) == code_lines(body)


def test_the_neuron_does_not_spike(executed: Any) -> None:
    assert printed(tutorial_cells(executed)[-1]) == (
        "The neuron spiked 0 times.\nThe spike times were: [] ms\n"
    )


def test_the_plot_shows_five_postsynaptic_potentials(executed: Any) -> None:
    outputs = tutorial_cells(executed)[-1].outputs
    [shown] = [output for output in outputs if output.output_type == "display_data"]
    assert shown is outputs[-1], "the plot comes behind the printed lines"
    picture = Picture(shown.data["image/svg+xml"])
    assert "time [ms]" in picture.texts
    assert "membrane potential [LSB]" in picture.texts

    [curve] = picture.curves
    times = [point.x for point in curve]
    assert times == sorted(times)
    # A pixel of the picture is 0.0002 ms.
    assert times[0] == pytest.approx(0, abs=0.0005)
    assert times[-1] == pytest.approx(0.1, abs=0.0005)

    rest = [point.y for point in curve if point.x < INPUT_TIMES[0]]
    assert sum(rest) / len(rest) == pytest.approx(190, abs=6)

    rises = rising_flanks(curve, low=250, high=280)
    assert len(rises) == len(INPUT_TIMES), rises
    for rise, input_time in zip(rises, INPUT_TIMES):
        assert input_time < rise < input_time + 0.006

    # The first one starts from rest, the others on the tail of the one before. The
    # model's first is 5 LSB too high, and the highest of many noisy samples 4 more.
    for input_time, peak in zip(INPUT_TIMES, [291, 320, 325, 324, 325]):
        highest = max(y for x, y in curve if input_time <= x < input_time + 0.02)
        assert highest == pytest.approx(peak, abs=12)


def rising_flanks(curve: List[Point], low: float, high: float) -> List[float]:
    """When the curve climbs over `high` after it has been under `low`."""
    times, was_low = [], True
    for x, y in curve:
        if was_low and y > high:
            times.append(x)
            was_low = False
        elif y < low:
            was_low = True
    return times


def test_the_cells_that_invite_to_play_do_what_the_text_says(executed: Any) -> None:
    physical, lower_threshold, raise_leak = code_cells(executed)[
        len(tutorial_cells(executed)) :
    ]
    assert "v_threshold" in physical.outputs[0].data["text/html"]
    # One spike for each volley of input.
    times = printed(lower_threshold).partition("[")[2].partition("]")[0].split()
    assert len(times) == len(INPUT_TIMES), times
    for time, input_time in zip(map(float, times), INPUT_TIMES):
        assert input_time < time < input_time + 0.006
    # More spikes than inputs.
    count = int(printed(raise_leak).split()[3])
    assert count > 2 * len(INPUT_TIMES)


def test_the_committed_outputs_are_fresh(notebook: Any, executed: Any) -> None:
    for committed, fresh in zip(code_cells(notebook), code_cells(executed)):
        assert committed.execution_count == fresh.execution_count
        assert reproducible(committed) == reproducible(fresh)


def test_front_ends_find_the_kernel_and_the_language(
    notebook: Any, kernel: KernelSession
) -> None:
    specification = notebook.metadata.kernelspec
    assert specification.name == "hxkernel"
    assert specification.display_name == "Rust (PyNN, HXNeuron)"
    described = kernel.ask("kernel_info_request")["language_info"]
    assert dict(notebook.metadata.language_info) == described
