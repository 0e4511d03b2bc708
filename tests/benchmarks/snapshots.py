"""What it costs that nothing a cell does can cost a variable.

    python tests/benchmarks/snapshots.py [--repeats N] [GIGABYTES ...]

After each cell the process in which cells run leaves a copy of itself behind. That
costs a page table, and later a copy of each page that a cell changes. Measured with
the kernel of this environment (JUPYTER_PATH), for each amount of memory held:
the median time of the shortest cell, while the memory is in large pages and after each
page was changed on its own; and what changing every page costs for the first time after
a copy was made, against doing it again at once.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import List

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from kernel_session import KernelSession  # noqa: E402

PAGE = 4096

TOUCH = """
let touch = |memory: &mut Vec<u8>| {
    let began = std::time::Instant::now();
    for at in (0..memory.len()).step_by(4096) { memory[at] = memory[at].wrapping_add(1); }
    began.elapsed().as_secs_f64()
};
println!("{} {}", touch(&mut memory), touch(&mut memory));
"""


def seconds(kernel: KernelSession, code: str) -> float:
    began = time.monotonic()
    kernel.succeed(code)
    return time.monotonic() - began


def median(kernel: KernelSession, code: str, repeats: int) -> float:
    return statistics.median(seconds(kernel, code) for _ in range(repeats))


def measure(gigabytes: float, repeats: int) -> List[str]:
    kernel = KernelSession()
    try:
        kernel.succeed(
            f"let mut memory = vec![1u8; {int(gigabytes * 1e9)}]; memory.len()"
        )
        kernel.succeed("let mut n = 0;")
        cell = median(kernel, "n += 1;", repeats)
        first, again = [], []
        for _ in range(5):
            # Braces: a closure is not to be kept.
            printed = kernel.succeed("{" + TOUCH + "}").stdout.split()
            first.append(float(printed[0]))
            again.append(float(printed[1]))
        after = median(kernel, "n += 1;", repeats)
        pages = gigabytes * 1e9 / PAGE
        copied = statistics.median(first) - statistics.median(again)
        return [
            f"{gigabytes:g} GB",
            f"{1e3 * cell:.0f} ms",
            f"{1e3 * after:.0f} ms",
            f"{1e3 * statistics.median(again):.0f} ms",
            f"{1e3 * statistics.median(first):.0f} ms",
            f"{1e6 * copied / pages:.2f} µs",
        ]
    finally:
        kernel.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=31)
    parser.add_argument("gigabytes", nargs="*", type=float, default=[0.01, 1, 4])
    options = parser.parse_args()
    print(
        "| held | shortest cell | touch every page | the first time | copy of a page |"
    )
    print("|---|---|---|---|---|")
    for gigabytes in options.gigabytes:
        print("| " + " | ".join(measure(gigabytes, options.repeats)) + " |", flush=True)


if __name__ == "__main__":
    main()
