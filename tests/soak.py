"""A long session: does a kernel that has run for a day still behave as in its first hour?

    python tests/soak.py --prefix DIR [--cells 2000] [--interrupts 200] [--restarts 50]

`--prefix` is an installation of HXKernel; the Python is that of the tests' environment.
One kernel runs cells as people write them, then is interrupted at random moments, then
restarted in every way there is. What it holds (memory, descriptors, threads, files) is
sampled on the way and judged at the end: the last part of the cells against their first
part, and the restarts against the first of them. The moments are the same for the same
`--seed`, as far as the machine lets them. Fails where a cell did not do what it should,
and where something has grown beyond its limit.
"""

import argparse
import contextlib
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Sequence

sys.path.insert(0, str(Path(__file__).resolve().parent / "e2e"))

import psutil  # noqa: E402
from kernel_session import PATIENCE, KernelSession, wait_until_gone  # noqa: E402


class Cell(NamedTuple):
    code: str
    status: str = "ok"


# What belongs together, in its order. `§` is a number that changes from time to time.
SCENES: Sequence[Sequence[Cell]] = [
    [
        Cell("let values_§ = (0..§).map(f64::from).collect::<Vec<_>>();"),
        Cell("values_§.iter().sum::<f64>()"),
        Cell('println!("{} values, the last {:?}", values_§.len(), values_§.last());'),
    ],
    [
        Cell("fn area_§(side: f64) -> f64 {\n    side * side + §.0\n}"),
        Cell("let area = area_§(2.0);\narea"),
    ],
    [
        Cell("#[derive(Debug, Clone)]\nstruct Trial§ { name: String, spikes: usize }"),
        Cell('let trial_§ = Trial§ { name: "first".into(), spikes: § };'),
        Cell("trial_§.clone()"),
    ],
    [
        Cell('for i in 0..§ { println!("line {i}"); }\neprintln!("a note");'),
        Cell('print!("half a line"); Html("<b>§</b>")'),
    ],
    [
        Cell('panic!("on purpose §");', "error"),
        Cell("pynn::run(-1)?;", "error"),
        Cell('let count: i32 = "§";', "error"),
        Cell("nowhere_§ + 1", "error"),
        Cell('println!("after the errors");'),
    ],
    [
        Cell('plt::plot([1, 2, §], [3, 4, 5]);\nplt::xlabel("x");\nplt::show()?;'),
        Cell('let bar = display_id(&Html("0 %"))?;\nbar.update(&Html("§ %"))?;'),
    ],
    [
        Cell("pynn::end()?;"),
        Cell("""
            let pop = pynn::Population::new(§, pynn::cells::HXNeuron::new()
                .leak_v_leak(1000).threshold_v_threshold(200).threshold_enable(true))?;
            pop.record("spikes")?;
            pop.view(0)?.record("v")?;
        """),
        Cell("""
            let src = pynn::Population::new(3, pynn::cells::SpikeSourceArray::new([0.01, 0.05]))?;
            let proj = pynn::Projection::new(&src, &pop, pynn::AllToAllConnector::new(),
                pynn::synapses::StaticSynapse::new(63), "excitatory")?;
        """),
        Cell("pynn::run(0.1)?;\npop.spiketrain(0)?.len()"),
        Cell('pop.signal("v")?'),
        Cell("pynn::reset()?;\npynn::run(0.2)?;"),
        Cell('pop.get_data("spikes")?'),
    ],
]


class Sample(NamedTuple):
    """What a kernel holds."""

    cell_seconds: float
    kernel_memory: float
    worker_memory: float
    kernel_descriptors: float
    worker_descriptors: float
    threads: float
    processes: float
    sessions: float
    session_bytes: float
    history_bytes: float


class Limit(NamedTuple):
    """How something may grow: `ratio` from the early part of the cells to the last."""

    title: str
    unit: float
    ratio: float


MIB = 2.0**20
LIMITS: Dict[str, Limit] = {
    # Each cell is compiled together with every function and type of the session, of which
    # there are hundreds in the end; and the code of each cell stays in memory, some 12 KiB.
    "cell_seconds": Limit("time of a cell [s]", 1, 2.5),
    "kernel_memory": Limit("memory of the kernel [MiB]", MIB, 1.5),
    "worker_memory": Limit("memory of the workers [MiB]", MIB, 2.5),
    "kernel_descriptors": Limit("descriptors of the kernel", 1, 1.1),
    "worker_descriptors": Limit("descriptors of a worker", 1, 1.1),
    "threads": Limit("threads of all", 1, 1.2),
    "processes": Limit("processes", 1, 1),
    "sessions": Limit("session directories", 1, 1),
    "session_bytes": Limit("session's files [MiB]", MIB, 2),
}


class Soak:
    """The kernel, what is known about it, and what went wrong."""

    def __init__(self, cache: Path, seed: int):
        self.kernel = KernelSession(cache=cache)
        self.random = random.Random(seed)
        self.faults: List[str] = []
        self._cache = cache
        self._durations: List[float] = [0.0]

    # Cells

    def cell(self, cell: Cell) -> None:
        started = time.monotonic()
        result = self.kernel.run(cell.code)
        self._durations.append(time.monotonic() - started)
        if result.status != cell.status:
            self.fault(f"{cell.code!r}: {result}")

    def scene(self) -> List[Cell]:
        number = str(self.random.randint(3, 40))
        scene = self.random.choice(SCENES)
        return [cell._replace(code=cell.code.replace("§", number)) for cell in scene]

    def check(self, what: str) -> None:
        """The session is as good as new."""
        result = self.kernel.run("1 + 1")
        if result.value != "2":
            self.fault(f"after {what}: {result}")

    def fault(self, text: str) -> None:
        self.faults.append(text[:600])
        print(f"FAULT {text[:600]}", flush=True)

    # What it holds

    def sample(self) -> Sample:
        # A copy may be given up while its figures are read.
        durations, self._durations = self._durations, [self._durations[-1]]
        while True:
            with contextlib.suppress(psutil.NoSuchProcess):
                return self._sample(durations)

    def _sample(self, durations: List[float]) -> Sample:
        kernel, *others = self.kernel.processes()
        # The one in which cells run, its supervisor, and the copies it has left behind.
        workers = [process for process in others if "worker" in process.cmdline()]
        sessions = self._cache / "sessions"
        everything = [kernel, *others]
        return Sample(
            cell_seconds=statistics.median(durations),
            kernel_memory=kernel.memory_info().rss,
            worker_memory=sum(proportional(worker) for worker in workers),
            kernel_descriptors=kernel.num_fds(),
            worker_descriptors=max(worker.num_fds() for worker in workers),
            threads=sum(process.num_threads() for process in everything),
            processes=len(everything),
            sessions=sum(path.is_dir() for path in sessions.iterdir()),
            session_bytes=size(sessions),
            history_bytes=size(self._cache) - size(sessions),
        )

    def show(self, when: str, sample: Sample) -> None:
        print(
            f"{when:>22}: cell {1000 * sample.cell_seconds:4.0f} ms,"
            f" memory {sample.kernel_memory / MIB:5.0f} + {sample.worker_memory / MIB:4.0f} MiB,"
            f" descriptors {sample.kernel_descriptors} + {sample.worker_descriptors},"
            f" threads {sample.threads}, processes {sample.processes},"
            f" sessions {sample.sessions} with {sample.session_bytes / MIB:.1f} MiB,"
            f" else in the cache {sample.history_bytes / MIB:.2f} MiB",
            flush=True,
        )


def proportional(process: psutil.Process) -> int:
    """The memory of a process; of what it shares with its copies, its part."""
    return process.memory_full_info().pss


def size(directory: Path) -> int:
    """The bytes of all files below a directory, of which some may just vanish."""
    total = 0
    for folder, _, files in os.walk(directory):
        for file in files:
            try:
                total += os.lstat(os.path.join(folder, file)).st_size
            except FileNotFoundError:
                pass
    return total


def run_cells(soak: Soak, cells: int, interval: int) -> List[Sample]:
    """Cells as people write them; one sample every `interval` of them."""
    samples: List[Sample] = []
    done = 0
    while done < cells:
        for cell in soak.scene():
            soak.cell(cell)
            done += 1
            if done % interval == 0:
                samples.append(soak.sample())
                soak.show(f"after {done} cells", samples[-1])
    return samples


# Interrupts: each kind leaves a session in which cells run.

NETWORK = """
    pynn::end()?;
    let pop = pynn::Population::new(20, pynn::cells::HXNeuron::new()
        .leak_v_leak(1000).threshold_v_threshold(200).threshold_enable(true))?;
    pop.record("spikes")?;
    let kept = "kept";
"""


def between_cells(soak: Soak) -> None:
    soak.kernel.interrupt()


def at_any_time(soak: Soak) -> None:
    """While a cell is compiled or begins to run, or just after it."""
    line = 'let v# = vec![#; 3]; let s# = format!("{v#:?}");'
    lines = "\n".join(line.replace("#", str(i)) for i in range(15))
    request = soak.kernel.send(f"fn much() -> usize {{ {lines} s7.len() }} much()")
    time.sleep(soak.random.uniform(0, 0.4))
    soak.kernel.interrupt()
    soak.kernel.result(request)


def running(code: str) -> Callable[[Soak], None]:
    """While a cell runs."""

    def interrupt(soak: Soak) -> None:
        request = soak.kernel.send(f'println!("started");\n{code}')
        soak.kernel.wait_for_output(request, "started")
        time.sleep(soak.random.uniform(0, 0.2))
        soak.kernel.interrupt()
        result = soak.kernel.result(request)
        if result.status != "error":
            soak.fault(f"an interrupt did not stop {code!r}: {result}")

    return interrupt


INTERRUPTS: Dict[str, Callable[[Soak], None]] = {
    "between cells": between_cells,
    "at any time of a cell": at_any_time,
    "run of the chip": running("pynn::run(10_000.0)?;"),
    "sleep": running("std::thread::sleep(std::time::Duration::from_secs(3600));"),
    "loop": running("loop {}"),
    "loop that prints": running('for i in 0u64.. { println!("{i}"); }'),
}


def interrupt(soak: Soak, interrupts: int) -> None:
    """Interrupts of every kind. A variable that is lost is a fault."""
    tries, losses = Counter[str](), Counter[str]()
    for _ in range(interrupts):
        soak.cell(Cell(NETWORK))
        kind = soak.random.choice(list(INTERRUPTS))
        tries[kind] += 1
        INTERRUPTS[kind](soak)
        soak.check(f"an interrupt: {kind}")
        if soak.kernel.run("kept").value != '"kept"':
            losses[kind] += 1
            soak.fault(f"an interrupt lost the variables: {kind}")
    for kind, number in tries.items():
        print(f"{number:6} interrupts, {kind}: {losses[kind]} lost the variables")
    soak.show(f"after {interrupts} interrupts", soak.sample())


# Restarts: each way leaves a new process, with the same client.


def by_manager(kernel: KernelSession) -> None:
    kernel.manager.restart_kernel()


def by_client(kernel: KernelSession) -> None:
    """The kernel is told that it is restarted, and ends by itself."""
    kernel.client.shutdown(restart=True)
    wait_until_gone([kernel.process])
    kernel.manager.restart_kernel(now=True)


def by_kill(kernel: KernelSession) -> None:
    kernel.process.kill()
    wait_until_gone([kernel.process])
    kernel.manager.restart_kernel(now=True)


RESTARTS = [by_manager, by_client, by_kill]


def restart(soak: Soak, restarts: int) -> List[Sample]:
    samples: List[Sample] = []
    kernel = soak.kernel
    for number in range(restarts):
        way = RESTARTS[number % len(RESTARTS)]
        # Now and then a cell is running.
        if soak.random.random() < 0.5:
            request = kernel.send('println!("started");\nloop {}')
            kernel.wait_for_output(request, "started")
        processes = kernel.processes()
        way(kernel)
        wait_until_gone(processes)
        kernel.process = psutil.Process(kernel.manager.provisioner.pid)
        kernel.client.wait_for_ready(timeout=PATIENCE)
        result = kernel.run("1 + 1")
        if (result.value, result.reply["execution_count"]) != ("2", 1):
            soak.fault(f"after a restart {way.__name__}: {result}")
        samples.append(soak.sample())
        if number % 10 == 0 or number == restarts - 1:
            soak.show(f"after {number + 1} restarts", samples[-1])
    return samples


# The verdict


def judge_growth(soak: Soak, samples: List[Sample], interval: int) -> None:
    """The last quarter of the cells against the first."""
    quarter = max(1, len(samples) // 4)
    early, late = samples[:quarter], samples[-quarter:]
    cells = interval * (len(samples) - quarter)
    print(f"\n{'':28} {'early':>9} {'late':>9} {'ratio':>6} {'limit':>6}  per cell")
    for field, limit in LIMITS.items():
        before, after = (
            statistics.median(getattr(sample, field) for sample in part) / limit.unit
            for part in (early, late)
        )
        ratio = after / before
        growth = f"{(after - before) / cells:+.5f}" if cells else ""
        print(
            f"{limit.title:28} {before:9.2f} {after:9.2f} {ratio:6.2f} {limit.ratio:6.2f}  {growth}"
        )
        if ratio > limit.ratio:
            soak.fault(f"{limit.title} has grown by a factor of {ratio:.2f}")


def judge_restarts(soak: Soak, samples: List[Sample]) -> None:
    """A restart leaves nothing of the session before it."""
    for field in ["sessions", "processes", "kernel_descriptors", "worker_descriptors"]:
        values = [getattr(sample, field) for sample in samples]
        if max(values) > 1.1 * values[0]:
            soak.fault(f"after restarts, {field}: {values}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--prefix", type=Path, required=True)
    parser.add_argument("--cells", type=int, default=2000)
    parser.add_argument("--interrupts", type=int, default=200)
    parser.add_argument("--restarts", type=int, default=50)
    parser.add_argument("--interval", type=int, default=100, help="cells to a sample")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ["JUPYTER_PATH"] = str(options.prefix.resolve() / "share" / "jupyter")
    with tempfile.TemporaryDirectory() as directory:
        for name in ["CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"]:
            os.environ[f"JUPYTER_{name}"] = str(Path(directory) / name.lower())
        # What a kernel leaves elsewhere is its fault, too.
        temporary = Path(directory) / "tmp"
        temporary.mkdir()
        os.environ["TMPDIR"] = str(temporary)
        cache = Path(directory) / "cache"
        soak = Soak(cache, options.seed)
        try:
            soak.check("the start")
            soak.show("at the start", soak.sample())
            cells = run_cells(soak, options.cells, options.interval)
            interrupt(soak, options.interrupts)
            restarts = restart(soak, options.restarts)
        finally:
            soak.kernel.close()
        # The last one was killed, as far as anybody knows.
        left = [path.name for path in temporary.iterdir()]
        if left:
            soak.fault(f"left in TMPDIR: {left}")
        if cells:
            judge_growth(soak, cells, options.interval)
        if restarts:
            judge_restarts(soak, restarts)
    print(f"\n{len(soak.faults)} faults")
    sys.exit(1 if soak.faults else 0)


if __name__ == "__main__":
    main()
