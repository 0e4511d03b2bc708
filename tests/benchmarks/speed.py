"""The table of docs/performance.md: how long the emulated chip takes, each figure next to
a plain scalar loop of the same size that was timed in the same run.

    python3 tests/benchmarks/speed.py

It runs `cargo bench -p pynn` and prints the table. Machines differ, and a busy one is
slower: what counts is the ratio.
"""

import re
import subprocess
import sys

ROWS = [
    ("a/tutorial", "(a) the tutorial network through the dialect: built, run for 0.1 ms, read", 1.0),
    ("b/ideal chip", "(b) full chip, 1 ms: `Chip::ideal()`", 3.0),
    ("b/full analog character", "(b) the same with amplifiers, mismatch and noise: `Chip::new(7)`", 8.0),
    ("b/nominal chip", "(b) the same without mismatch: `Chip::nominal()`", None),
    ("b/adaptive exponential", "(b) the same on `Chip::new(7)`, AdEx everywhere", 12.0),
    ("c/ten chips", "(c) ten such chips' neurons in one experiment, 1 ms", None),
    ("d/sweep", "(d) 100 runs of 0.1 ms through the dialect, another leak each", 10.0),
    ("e/recording", "(e) one neuron that fires, 10 ms, its membrane recorded", 30.0),
]
UNITS = {"ns": 1e-6, "µs": 1e-3, "us": 1e-3, "ms": 1.0, "s": 1e3}


def main():
    bench = subprocess.run(
        ["cargo", "bench", "-p", "pynn", "--bench", "speed"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if bench.returncode != 0:
        sys.exit(bench.stdout)
    number = r"([0-9.]+) (ns|µs|us|ms|s)"
    pattern = rf"^([a-e]/[^\n]*?)\s+time:\s+\[{number} {number} {number}\]"
    medians = {}
    for match in re.finditer(pattern, bench.stdout, re.MULTILINE):
        medians[match[1]] = float(match[4]) * UNITS[match[5]]
    rates = dict(re.findall(r"^([a-e]/.*) fires at ([0-9.]+) kHz", bench.stdout, re.MULTILINE))
    missing = [name for name, _, _ in ROWS if name not in medians]
    if missing:
        sys.exit(f"no figure for {missing} in:\n{bench.stdout}")
    print("| what | rate of a neuron | time | plain scalar loop | ratio | reached for |")
    print("|---|---|---|---|---|---|")
    for name, what, goal in ROWS:
        plain = medians[f"{name[0]}/plain loop"]
        rate = f"{rates[name]} kHz" if name in rates else ""
        reached = f"{goal:g} ms" if goal else ""
        ratio = f"{medians[name] / plain:.2g}"
        print(f"| {what} | {rate} | {medians[name]:.2g} ms | {plain:.2g} ms | {ratio} | {reached} |")


if __name__ == "__main__":
    main()
