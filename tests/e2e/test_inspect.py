"""Shift+Tab: documentation of what stands at the cursor, also while a cell runs.

The cursor is the `|` in the code of a test.
"""

from typing import List

import pytest

from kernel_session import KernelSession
from setting import setting  # noqa: F401  a fixture for every test here


def shift_tab(kernel: KernelSession, marked: str) -> str:
    """The plain text, or nothing if nothing is found."""
    cursor = marked.index("|")
    code = marked.replace("|", "", 1)
    reply = kernel.ask("inspect_request", code=code, cursor_pos=cursor, detail_level=0)
    assert reply["status"] == "ok"
    if not reply["found"]:
        assert reply["data"] == {}
        return ""
    data = reply["data"]
    # What is said to be Markdown is none that was made into HTML.
    assert "<p>" not in data["text/plain"] + data.get("text/markdown", "")
    assert len(data) == 2 and data.get("text/html", "<pre>").startswith("<pre>")
    return data["text/plain"]


@pytest.mark.parametrize(
    "marked, words",
    [
        ("|pop", ["pop: ", "Population", "A group of cells"]),
        ("po|p.record(1)", ["pop: ", "Population"]),
        ("pop.|record", ["fn record(&self", "Records variables"]),
        ("pop.rec|ord", ["pynn::PopulationView", "fn record(&self"]),
        ("pop.record|", ["fn record(&self"]),
        ("pop.record(|", ["fn record(&self"]),
        ('pop.record(["v"]|)', ["fn record(&self"]),
        ("pynn::run(0.1|)?;", ["fn run(duration"]),
        ("let a = 1;\npop.spiketrain(0)?.le|n() + a", ["pynn::SpikeTrain", "How many"]),
        ("numbers.iter().ma|p(|n| n + 1).count()", ["Iterator", "fn map"]),
        ("number|s", ["numbers: Vec<i32>", "growable array"]),
        ("poin|t", ["point: Point", "A point in the plane."]),
        ("Poi|nt { x: 1 }", ["struct Point", "A point in the plane."]),
        ("double(|)", ["fn double(number: i32) -> i32", "Twice as much."]),
        ('|println!("")', ["macro_rules! println", "Prints to the standard output"]),
        ("fo|r i in 0..3 {}", ["Iteration"]),
        ("HXNeuron::new().leak_v_le|ak(400)", ["0 to 1022, DAC code", "potential"]),
        ('pop.set("refractory_period_ref|ractory_time", 1)', ["clock cycles"]),
        ("CalibHXNeuronCuba::new().v_th|resh(90)", ["50 to 220 CADC LSB", "threshold"]),
        ('calibrated.set("cm|", 1)', ["steps of 37 fF", "CalibHXNeuronCuba"]),
        ('noise.set("ra|te", 1)', ["Hz", "SpikeSourcePoisson"]),
        ("pynn::usage()?.busiest|_neuron", ["Synapses of the neuron"]),
        ("pynn::Device::Ca|dc", ["column ADCs"]),
        (":de|p", ["add a crate"]),
    ],
)
def test_the_documentation_is_of_what_stands_at_the_cursor(
    kernel: KernelSession, marked: str, words: List[str]
) -> None:
    text = shift_tab(kernel, marked)
    for word in words:
        assert word in text
    for noise in ["ctx", "evcxr", "docs.rs/pynn", "\n# "]:
        assert noise not in text


@pytest.mark.parametrize(
    "marked", ["no_such_thing|", "// pop|", "1 + |", "|", '"te|xt"']
)
def test_of_nothing_there_is_no_documentation(
    kernel: KernelSession, marked: str
) -> None:
    assert shift_tab(kernel, marked) == ""


def test_while_a_cell_runs_what_is_known_is_answered(kernel: KernelSession) -> None:
    running = kernel.send(
        'println!("begun"); std::thread::sleep(std::time::Duration::from_secs(6)); println!("done");'
    )
    kernel.wait_for_output(running, "begun")
    for marked, word in [
        ("po|p", "A group of cells"),
        ("pop.record(|", "Records variables"),
        ("pynn::ru|n", "fn run(duration"),
        ("doub|le", "Twice as much."),
        ('pop.set("leak_v_|leak", 1)', "DAC code"),
        ("CalibHXNeuronCuba::new().v_th|resh(90)", "50 to 220 CADC LSB"),
        ('noise.set("ra|te", 1)', "SpikeSourcePoisson"),
        ("pynn::usage()?.busiest|_neuron", "Synapses of the neuron"),
        ("pynn::Device::Ca|dc", "column ADCs"),
    ]:
        assert word in shift_tab(kernel, marked), marked
    # All of that came before the end of the cell.
    assert not kernel.is_answered(running)
    assert kernel.result(running).stdout == "begun\ndone\n"
