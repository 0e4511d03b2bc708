"""The notebook about the whole chip: what its texts promise is what its cells show."""

import re
from pathlib import Path
from typing import Any, List

import pytest

from committed import code_cells, execute, printed, read, reproducible


@pytest.fixture(scope="module")
def notebook(repository: Path) -> Any:
    return read(repository, "whole_chip.ipynb")


@pytest.fixture(scope="module")
def executed(notebook: Any) -> Any:
    return execute(notebook)


def shown(executed: Any, identifier: str) -> Any:
    """What the cell showed, by media type."""
    [cell] = [cell for cell in executed.cells if cell.id == identifier]
    [data] = [output.data for output in cell.outputs if "data" in output]
    return data


def picture_texts(data: Any) -> List[str]:
    return re.findall(r"<text[^>]*>([^<]*)", data["image/svg+xml"])


def table(data: Any) -> List[List[str]]:
    """The lines of a plain table; where units are, a name and its unit are one word."""
    text = data["text/plain"].replace(" [", "[")
    return [line.split() for line in text.splitlines()]


def test_the_map_shows_what_the_network_occupies(executed: Any) -> None:
    texts = picture_texts(shown(executed, "usage"))
    for words in ["64 of 512", "2560 of 131072", "40 of 256", "40 of 16384"]:
        assert words in texts


def test_sources_and_neurons_are_shown_as_what_they_are(executed: Any) -> None:
    for cell in ["record", "on-chip"]:
        texts = picture_texts(shown(executed, cell))
        assert "source" in texts and "neuron" not in texts
    everything = picture_texts(shown(executed, "all"))
    for words in ["neuron", "membrane potential [MADC LSB]"]:
        assert words in everything
    assert everything[-1] != "membrane potential [LSB]"
    assert "membrane potential [CADC LSB]" in everything


def test_the_generator_comes_close_to_the_rate_asked_for(executed: Any) -> None:
    [cell] = [cell for cell in executed.cells if cell.id == "on-chip"]
    rate = re.search(r"\d+", printed(cell))
    assert rate and float(rate.group()) == pytest.approx(120_000, rel=0.01)


def test_four_chips_have_four_panels(executed: Any) -> None:
    texts = picture_texts(shown(executed, "chips"))
    assert [text for text in texts if text.startswith("chip ")] == [
        f"chip {seed}" for seed in range(1, 5)
    ]


def test_a_calibration_makes_unlike_circuits_alike(executed: Any) -> None:
    header, *neurons = table(shown(executed, "calibrated"))
    tau_m = [float(neuron[header.index("tau_m[µs]")]) for neuron in neurons]
    assert len(tau_m) == 5
    assert tau_m == pytest.approx([20] * 5, rel=0.2)
    codes = {line[0]: line[1:] for line in table(shown(executed, "codes"))}
    assert len(set(codes["leak_i_bias"])) == 5


def test_the_neuron_tires(executed: Any) -> None:
    data = shown(executed, "adex")
    texts = picture_texts(data)
    assert "adaptation [CADC LSB]" in texts
    # The strokes of the raster, the first thing that is drawn in colour.
    raster = re.search(r'<path[^>]*d="([^"]*)"[^>]*stroke="#1f77b4"', svg(data))
    raster = raster or re.search(r'stroke="#1f77b4"[^>]*d="([^"]*)"', svg(data))
    assert raster
    times = sorted({float(x) for x in re.findall(r"M([\d.]+)", raster.group(1))})
    intervals = [after - before for before, after in zip(times, times[1:])]
    assert len(intervals) > 5
    assert intervals[-1] > 1.5 * intervals[0]
    header = table(shown(executed, "adex-physical"))[0]
    assert {"tau_w[µs]", "b[LSB]"} <= set(header)


def svg(data: Any) -> str:
    return data["image/svg+xml"]


def test_the_committed_outputs_are_fresh(notebook: Any, executed: Any) -> None:
    """But for numbers: of a noisy chip's, one spike more or less is none of the texts'."""
    for committed, fresh in zip(code_cells(notebook), code_cells(executed)):
        assert committed.execution_count == fresh.execution_count
        assert without_numbers(committed) == without_numbers(fresh)


def without_numbers(cell: Any) -> str:
    text = re.sub(r"\d+(\.\d+)?", "#", str(reproducible(cell)))
    # Columns are as wide as their numbers.
    return re.sub(r"\s+", " ", text)
