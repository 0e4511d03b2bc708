"""Five hundred random cells, a third of which die: no variable is ever lost.

A model in Python says what every variable must be. Each cell first prints all of
them, then changes some, then perhaps dies; what a dying cell changed is taken back.
"""

import copy
import os
import random
import signal
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from kernel_session import CellResult, KernelSession

CELLS = 500
SEED = 20261123

DEFINITIONS = """
#[derive(Debug, Clone, Default)]
struct Trial { name: String, values: Vec<i64> }
fn deeper(n: u64) -> u64 { let a = [n; 64]; deeper(n + 1) + a[(n % 64) as usize] }
"""

VARIABLES = """
let mut count = 0i64;
let mut list: Vec<i64> = Vec::new();
let mut names: std::collections::BTreeMap<i64, String> = Default::default();
let mut table: std::collections::HashMap<i64, i64> = Default::default();
let mut text = String::new();
let mut trial = Trial::default();
let pop = pynn::Population::new(2, pynn::cells::HXNeuron::new().leak_v_leak(0))?;
"""

# Everything, on one line. A hash map has no order, a sum has.
LOOK = """println!("{:?}", (count, &list, &names, table.len(), table.values().sum::<i64>(), &text,
    &trial.name, &trial.values, pop.get("leak_v_leak")?.numbers()[0]));
"""


class Model:
    """What the variables are."""

    def __init__(self) -> None:
        self.count = 0
        self.list: List[int] = []
        self.names: Dict[int, str] = {}
        self.table: Dict[int, int] = {}
        self.text = ""
        self.name = ""
        self.values: List[int] = []
        self.leak = 0

    def __str__(self) -> str:
        names = ", ".join(
            f'{key}: "{name}"' for key, name in sorted(self.names.items())
        )
        total = sum(self.table.values())
        return (
            f"({self.count}, {self.list}, {{{names}}}, {len(self.table)}, {total}, "
            f'"{self.text}", "{self.name}", {self.values}, {self.leak}.0)'
        )


Change = Callable[[random.Random, Model], str]


def count(chance: random.Random, model: Model) -> str:
    step = chance.randrange(100)
    model.count += step
    return f"count += {step};"


def push(chance: random.Random, model: Model) -> str:
    value = chance.randrange(1000)
    model.list.append(value)
    return f"list.push({value});"


def shrink(_: random.Random, model: Model) -> str:
    del model.list[: len(model.list) // 2]
    return "list.drain(..list.len() / 2);"


def name_one(chance: random.Random, model: Model) -> str:
    key = chance.randrange(20)
    model.names[key] = f"name {key}"
    return f'names.insert({key}, "name {key}".into());'


def tabulate(chance: random.Random, model: Model) -> str:
    key, value = chance.randrange(50), chance.randrange(1000)
    model.table[key] = value
    return f"table.insert({key}, {value});"


def write(chance: random.Random, model: Model) -> str:
    letter = chance.choice("abcdef")
    model.text = (model.text + letter)[-20:]
    return f"text.push('{letter}'); " "while text.len() > 20 { text.remove(0); }"


def try_out(chance: random.Random, model: Model) -> str:
    value = chance.randrange(1000)
    model.values.append(value)
    model.name = f"trial {value}"
    return f'trial.values.push({value}); trial.name = format!("trial {value}");'


def replace(chance: random.Random, model: Model) -> str:
    # The same name, newly bound, perhaps of new memory.
    model.list = [chance.randrange(10) for _ in range(3)]
    return f"let mut list: Vec<i64> = vec!{model.list};"


def configure(chance: random.Random, model: Model) -> str:
    model.leak = chance.randrange(1000)
    return f'pop.set("leak_v_leak", {model.leak})?;'


CHANGES: List[Change] = [
    count,
    push,
    shrink,
    name_one,
    tabulate,
    write,
    try_out,
    replace,
    configure,
]


class Death(NamedTuple):
    code: str
    name: str
    # Done from outside once the cell says that it waits for it.
    blow: str = ""


WAITS = 'println!("{} waits", std::process::id()); loop {}'

DEATHS: List[Tuple[int, Death]] = [
    (4, Death("unsafe { *(0x10 as *mut i32) = 1 }", "SegmentationFault")),
    (4, Death("std::process::abort()", "Aborted")),
    (4, Death("std::process::exit(3)", "Exited")),
    (4, Death('println!("{}", deeper(0))', "StackOverflow")),
    (4, Death("let _huge: Vec<u8> = Vec::with_capacity(1 << 46);", "OutOfMemory")),
    (4, Death('panic!("boom")', "Panic")),
    (4, Death('if count >= 0 { Err("gone")?; } drop((list, text));', "Error")),
    (4, Death(WAITS, "Killed", "kill")),
    (1, Death(WAITS, "Interrupted", "interrupt")),
    (2, Death("nothing_of_this_name", "CompilationError")),
]


def test_no_variable_is_ever_lost(start_kernel: Callable[..., KernelSession]) -> None:
    chance = random.Random(SEED)
    kernel = start_kernel()
    kernel.succeed(DEFINITIONS)
    kernel.succeed(VARIABLES)
    model = Model()
    lost: List[Any] = []
    deaths = 0
    for number in range(CELLS):
        expected = str(model)
        after = copy.deepcopy(model)
        changes = chance.choices(CHANGES, k=chance.randrange(1, 4))
        code = LOOK + "\n".join(change(chance, after) for change in changes)
        if chance.random() < 1 / 3:
            deaths += 1
            weights, kinds = zip(*DEATHS)
            [death] = chance.choices(kinds, weights=weights)
            result = die(kernel, f"{code}\n{death.code}", death)
            assert result.status == "error", (number, code, result)
            assert result.reply["ename"] == death.name, (number, code, result)
            if death.name == "CompilationError":
                continue
        else:
            result = kernel.succeed(code)
            model = after
        seen = result.stdout.splitlines()[0]
        if seen != expected:
            lost.append((number, expected, seen))
    assert deaths > CELLS / 4
    assert not lost, lost[0]


def die(kernel: KernelSession, code: str, death: Death) -> CellResult:
    """Runs a cell to its end, and sees to that."""
    request = kernel.send(code)
    if death.blow:
        kernel.wait_for_output(request, "waits\n")
    if death.blow == "interrupt":
        kernel.interrupt()
    elif death.blow == "kill":
        executor = kernel.printed(request).split()[-2]
        os.kill(int(executor), signal.SIGKILL)
    return kernel.result(request)
