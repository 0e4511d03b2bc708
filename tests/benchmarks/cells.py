"""How long cells take, here and on the stock kernel, evcxr_jupyter 0.22.

    python tests/benchmarks/cells.py --prefix DIR --stock DIR [--rounds 9] [--floods 3]

`--prefix` is an installation of HXKernel, `--stock` one of the stock kernel as
`tests/stock.sh` makes it; the Python is that of the tests' environment. The kernels
take turns, each round with a new one of both, so that what else the machine does is
the same for both. Prints a table in Markdown: medians, in brackets the least and the most.

A cell's time is from the request until reply and `idle` have been heard.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from kernel_session import CellResult, KernelSession  # noqa: E402


class Installation(NamedTuple):
    title: str
    kernel_name: str
    directory: Path


class Quantity(NamedTuple):
    """What is measured: its row's title, and how a value is written."""

    title: str
    write: Callable[[float], str]


def seconds(value: float) -> str:
    return f"{value:.2f} s"


def milliseconds(value: float) -> str:
    return f"{1000 * value:.0f} ms"


def mebibytes(value: float) -> str:
    return f"{value / 2**20:.0f} MiB"


def count(value: float) -> str:
    return f"{value:,.0f}"


START = Quantity("start until kernel_info is answered", seconds)
FIRST_CELL = Quantity("first cell after that (`let a = 1;`)", seconds)
CELLS = {
    Quantity("a later `let b = 2;`", milliseconds): "let b = 2;",
    Quantity("an expression (`b + 1`)", milliseconds): "b + 1",
    Quantity("a `println!`", milliseconds): 'println!("text");',
    Quantity("a type error", milliseconds): 'let wrong: i32 = "text";',
}
KERNEL_MEMORY = Quantity("resident memory of the kernel's process", mebibytes)
WHOLE_MEMORY = Quantity("resident memory of all its processes", mebibytes)
PRINTS_TIME = Quantity("10,000 `println!`", seconds)
PRINTS_MESSAGES = Quantity("10,000 `println!`: messages", count)
FLOOD_TIME = Quantity("50 MB in 500,000 lines", seconds)
FLOOD_MESSAGES = Quantity("50 MB in 500,000 lines: messages", count)

PRINTS = 'for i in 0..10_000 { println!("line {i}"); }'
FLOOD = 'let line = "x".repeat(99); for _ in 0..500_000 { println!("{line}"); }'

Measurements = Dict[Quantity, List[float]]


def timed(kernel: KernelSession, code: str) -> Tuple[float, CellResult]:
    started = time.monotonic()
    result = kernel.run(code)
    return time.monotonic() - started, result


def messages(result: CellResult) -> int:
    return result.kinds().count("stream")


def measure(installation: Installation, with_flood: bool, into: Measurements) -> None:
    """One life of a kernel."""
    os.environ["JUPYTER_PATH"] = str(installation.directory / "share" / "jupyter")
    started = time.monotonic()
    kernel = KernelSession(
        installation.kernel_name,
        wait_until_ready=False,
        own_stdout=subprocess.DEVNULL,
    )
    try:
        kernel.ask("kernel_info_request")
        into[START].append(time.monotonic() - started)
        into[FIRST_CELL].append(timed(kernel, "let a = 1;")[0])
        # Once before it counts: what happens once in a session is not a cell's time.
        for code in CELLS.values():
            kernel.run(code)
        for quantity, code in CELLS.items():
            into[quantity].append(timed(kernel, code)[0])
        memory = [process.memory_info().rss for process in kernel.processes()]
        into[KERNEL_MEMORY].append(memory[0])
        into[WHOLE_MEMORY].append(sum(memory))
        duration, result = timed(kernel, PRINTS)
        into[PRINTS_TIME].append(duration)
        into[PRINTS_MESSAGES].append(messages(result))
        if with_flood:
            duration, result = timed(kernel, FLOOD)
            assert len(result.stdout) == 50_000_000, "the flood did not arrive whole"
            into[FLOOD_TIME].append(duration)
            into[FLOOD_MESSAGES].append(messages(result))
    finally:
        kernel.close()


def cell_of_table(quantity: Quantity, values: List[float]) -> str:
    median, least, most = [
        quantity.write(value)
        for value in (statistics.median(values), min(values), max(values))
    ]
    return median if least == most else f"{median} ({least} to {most})"


def machine() -> str:
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"{len(models)} x {models[0]}, {platform.platform()}, load {load}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--prefix", type=Path, required=True)
    parser.add_argument("--stock", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--floods", type=int, default=3, help="rounds with 50 MB")
    options = parser.parse_args()
    installations = [
        Installation("evcxr_jupyter 0.22", "rust", options.stock.resolve()),
        Installation("HXKernel", "hxkernel", options.prefix.resolve()),
    ]
    measured: List[Measurements] = [defaultdict(list) for _ in installations]
    with tempfile.TemporaryDirectory() as directory:
        for name in ["CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"]:
            os.environ[f"JUPYTER_{name}"] = str(Path(directory) / name.lower())
        os.environ["HXKERNEL_CACHE"] = str(Path(directory) / "cache")
        # The stock kernel leaves files there when it is killed.
        os.environ["TMPDIR"] = directory
        print(f"before: {machine()}", file=sys.stderr)
        for number in range(options.rounds):
            for installation, into in zip(installations, measured):
                measure(installation, number < options.floods, into)
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    titles = " | ".join(installation.title for installation in installations)
    print(f"| median of {options.rounds} | {titles} |\n|---|---|---|")
    for quantity in measured[0]:
        cells = [cell_of_table(quantity, into[quantity]) for into in measured]
        print(f"| {quantity.title} | {' | '.join(cells)} |")
    print(f"\nafter: {machine()}")


if __name__ == "__main__":
    main()
