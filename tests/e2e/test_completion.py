"""Tab: names that fit at the cursor, also while a cell runs.

The cursor is the `|` in the code of a test.
"""

from typing import Any, Dict, List

import pytest

from kernel_session import KernelSession
from setting import setting  # noqa: F401  a fixture for every test here


class Tab:
    """What a front end makes of a complete_reply."""

    def __init__(self, kernel: KernelSession, marked: str):
        cursor = marked.index("|")
        self.code = marked.replace("|", "", 1)
        self.reply = kernel.ask("complete_request", code=self.code, cursor_pos=cursor)
        assert self.reply["status"] == "ok"
        self.names: List[str] = self.reply["matches"]
        typed: List[Dict[str, Any]] = self.reply["metadata"][
            "_jupyter_types_experimental"
        ]
        assert [one["text"] for one in typed] == self.names
        self.signatures = {one["text"]: one["signature"] for one in typed}

    def inserted(self, name: str) -> str:
        assert name in self.names, self.names
        start, end = self.reply["cursor_start"], self.reply["cursor_end"]
        return self.code[:start] + name + self.code[end:]


@pytest.mark.parametrize(
    "marked, name, result",
    [
        ("pop.rec|", "record", "pop.record"),
        ("pop.rec|ord(", "record", "pop.record("),
        ("pop.|", "record", "pop.record"),
        ('"🦀"; pop.rec|', "record", '"🦀"; pop.record'),
        ("let a = 1;\npop.rec|;\nlet b = 2;", "record", None),
        ("let a = ;\npop.rec|", "record", None),
        ("if true {\n    pop.rec|", "record", None),
        ("numbers.pus|", "push", "numbers.push"),
        ("point.|", "mirrored", "point.mirrored"),
        ("doub|", "double", "double"),
        ("printl|", "println!", "println!"),
        ("pynn::ce|", "cells", "pynn::cells"),
        ("std::collections::HashM|", "HashMap", None),
        ("HXNeuron::new().leak_v|", "leak_v_leak", None),
        ("CalibHXNeuronCuba::new().tau_syn|", "tau_syn_e", None),
        ("pynn::cells::SpikeSourcePoisson::new(1).dur|", "duration", None),
        ("pynn::usage()?.syn|", "synapse_drivers", "pynn::usage()?.synapse_drivers"),
        ("pynn::usage()?.neurons.|", "available", None),
        ("calibrated.physical()?[0].tau|", "tau_m", None),
        ('pop.record_on("v", pynn::Device::|)', "Cadc", None),
        ('pop.set("lea|")', "leak_v_leak", 'pop.set("leak_v_leak")'),
        ('pop.record(["sp|"])', "spikes", 'pop.record(["spikes"])'),
        (":he|", ":help", ":help"),
        ("let n = 1;\n|", "numbers", "let n = 1;\nnumbers"),
    ],
)
def test_a_completion_is_the_name_alone(
    kernel: KernelSession, marked: str, name: str, result: str
) -> None:
    tab = Tab(kernel, marked)
    inserted = tab.inserted(name)
    assert result is None or inserted == result
    assert len(set(tab.names)) == len(tab.names)


def test_what_a_cell_cannot_use_is_not_offered(kernel: KernelSession) -> None:
    assert "indices" in Tab(kernel, "pop.|").names
    for marked, private in [
        ("pop.|", "shared"),
        ("numbers.|", "buf"),
        ("pynn::|", "simulator"),
        ("pynn::cells::|", "read_each"),
        ("evcx|", "evcxr_variable_store"),
    ]:
        assert private not in Tab(kernel, marked).names
    for nowhere in ["// pop.|", '"pop.|"', "no_such_thing.rec|"]:
        assert Tab(kernel, nowhere).names == []


def test_what_belongs_to_the_type_comes_before_what_everything_has(
    kernel: KernelSession,
) -> None:
    names = Tab(kernel, "point.|").names
    assert set(names[:3]) == {"x", "y", "mirrored"}


@pytest.mark.parametrize("marked", ["HXNeuron::new().leak_v|", 'pop.get("leak_v|")'])
def test_a_parameter_shows_its_values_and_their_unit(
    kernel: KernelSession, marked: str
) -> None:
    [signature] = Tab(kernel, marked).signatures.values()
    assert "0 to 1022, DAC code" in signature


# As each is offered in a string, however one comes by the population.
NAMES_IN_STRINGS = [
    ('calibrated.set("tau_syn_E|", 5)', {"tau_syn_E": "0.3 to 30 µs; 10 if"}),
    (
        'calibrated.view(0)?.get("v_r|")',
        {"v_rest": "50 to 160 CADC LSB; 80 if", "v_reset": "50 to 160 CADC LSB"},
    ),
    (
        'let two = pynn::Population::new(1, pynn::cells::CalibHXNeuronCoba::new())?; two.set("e_rev|")',
        {"e_rev_E": "10 to 360 CADC LSB; 300 if", "e_rev_I": "10 to 360 CADC LSB"},
    ),
    (
        'noise.set("|")',
        {"rate": "at least 0 Hz", "start": "at least 0 ms", "duration": "at least 0 ms"},
    ),
    (
        'CalibHXNeuronCuba::from_params([("tau_re|", 1)])',
        {"tau_refrac": "0.04 to 32 µs"},
    ),
    ('noise.record("|")', {"spikes": "The spikes"}),
    (
        'calibrated.signal_on("|", pynn::Device::Cadc)',
        {"v": "membrane", "exc_synin": "synaptic line", "inh_synin": "synaptic line"}
        | {"adaptation": "adaptation"},
    ),
]


@pytest.mark.parametrize("marked, offered", NAMES_IN_STRINGS)
def test_the_names_offered_in_a_string_are_those_of_the_cell_type(
    kernel: KernelSession, marked: str, offered: Dict[str, str]
) -> None:
    signatures = Tab(kernel, marked).signatures
    assert signatures.keys() == offered.keys()
    for name, words in offered.items():
        assert words in signatures[name]


def test_completing_executes_no_command(kernel: KernelSession) -> None:
    assert Tab(kernel, ":restart\n:quit\nnumber|").names == ["numbers"]
    assert kernel.succeed("numbers.len()").value == "3"


def test_a_cursor_anywhere_is_answered(kernel: KernelSession) -> None:
    code = 'let ä = "🦀";'
    for cursor in [*range(len(code) + 1), 10_000]:
        reply = kernel.ask("complete_request", code=code, cursor_pos=cursor)
        assert reply["status"] == "ok"


def test_while_a_cell_runs_what_is_known_is_answered(kernel: KernelSession) -> None:
    running = kernel.send(
        'println!("begun"); std::thread::sleep(std::time::Duration::from_secs(8)); println!("done");'
    )
    kernel.wait_for_output(running, "begun")
    for marked, name in [
        ("pop.rec|", "record"),
        ('pop.get_data("v")?.segments[0].spi|', "spiketrains"),
        (
            "let other = pynn::Population::new(1, HXNeuron::new())?; other.rec|",
            "record",
        ),
        ("point.mirrored().|", "y"),
        ("numb|", "numbers"),
        ("doub|", "double"),
        ("pynn::cells::|", "HXNeuron"),
        ("HXNeuron::new().leak_v|", "leak_v_leak"),
        ("CalibHXNeuronCuba::new().v_rest(80).tau_syn|", "tau_syn_e"),
        ("pynn::cells::SpikeSourcePoisson::new(1).dur|", "duration"),
        ("pynn::Device::|", "Cadc"),
        ("pynn::usage()?.syn|", "synapse_drivers"),
        ("pynn::usage()?.neurons.|", "available"),
        ("calibrated.physical()?[0].tau|", "tau_m"),
        ("pop.actual_|", "actual_hwparams"),
        ('pop.set("thres|")', "threshold_enable"),
        ("plt::pl|", "plot"),
        ("whi|", "while"),
    ]:
        assert name in Tab(kernel, marked).names, marked
    for marked, offered in NAMES_IN_STRINGS:
        assert Tab(kernel, marked).signatures.keys() == offered.keys(), marked
    assert Tab(kernel, "nobody.rec|").names == []
    # All of that came before the end of the cell.
    assert not kernel.is_answered(running)
    assert kernel.result(running).stdout == "begun\ndone\n"
