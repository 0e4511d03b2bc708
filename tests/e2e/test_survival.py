"""Nothing a cell does can cost a variable: whatever it dies of, the session goes on."""

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Callable, List, Optional

import psutil
import pytest

from kernel_session import PATIENCE, CellResult, KernelSession

DEFINITIONS = """
#[derive(Debug, Clone, PartialEq)]
struct Trial { name: String, spikes: usize }
fn doubled(list: &[i32]) -> Vec<i32> { list.iter().map(|x| 2 * x).collect() }
unsafe extern "C" { fn close(descriptor: i32) -> i32; fn fork() -> i32; }
"""

# Neurons whose leak pulls them over their threshold.
SPIKING = """
let pop = pynn::Population::new(2, pynn::cells::HXNeuron::new().leak_v_leak(1000)
    .threshold_v_threshold(200).threshold_enable(true))?;
pop.record("spikes")?;
"""

VARIABLES = """
let mut list = vec![1, 2, 3];
let mut names = std::collections::HashMap::from([(1, "one".to_string())]);
let mut trial = Trial { name: "first".into(), spikes: 7 };
""" + SPIKING

# Changes everything that a cell which is taken back must not have changed.
MEDDLE = """
list.push(4); names.insert(2, "two".into()); trial.spikes = 0;
pop.set("leak_v_leak", 3)?;
println!("meddled");
"""

# Uses everything that was there before.
LOOK = '(doubled(&list), &names, &trial, pop.get("leak_v_leak")?.numbers())'
SEEN = '([2, 4, 6], {1: "one"}, Trial { name: "first", spikes: 7 }, [1000.0])'


@pytest.fixture(name="session", scope="module")
def make_session(kernel: KernelSession) -> KernelSession:
    kernel.succeed(DEFINITIONS)
    kernel.succeed(VARIABLES)
    assert seen(kernel) == SEEN
    return kernel


def seen(session: KernelSession) -> str:
    value = session.succeed(LOOK).value
    assert value is not None
    return value


DEATHS = {
    "a wild write": ("unsafe { *(0x10 as *mut i32) = 1 }", "SegmentationFault"),
    "abort": ("std::process::abort()", "Aborted"),
    "exit": ("std::process::exit(3)", "Exited"),
    "an endless recursion": (
        "fn deeper(n: u64) -> u64 { let a = [n; 64]; deeper(n + 1) + a[(n % 64) as usize] }\n"
        'println!("{}", deeper(0))',
        "StackOverflow",
    ),
    "an impossible allocation": (
        "let huge: Vec<u8> = Vec::with_capacity(1 << 46);",
        "OutOfMemory",
    ),
    "a panic": ('panic!("boom")', "Panic"),
    "a panic with a borrow in hand": (
        '{ let last = list.last_mut().unwrap(); *last = 9; if *last == 9 { panic!("boom") } }',
        "Panic",
    ),
    "a panic in a drop": (
        'struct Bomb; impl Drop for Bomb { fn drop(&mut self) { panic!("drop") } }\n'
        "{ let _bomb = Bomb; }",
        "Panic",
    ),
    "a panic in a panic": (
        'struct Twice; impl Drop for Twice { fn drop(&mut self) { panic!("again") } }\n'
        '{ let _twice = Twice; panic!("once"); }',
        "Aborted",
    ),
    "its own kill": (
        'std::process::Command::new("kill").args(["-9", &std::process::id().to_string()])'
        ".status()?; std::thread::sleep(std::time::Duration::from_secs(60));",
        "Killed",
    ),
    "the closing of everything": (
        "for descriptor in 0..1024 { unsafe { close(descriptor); } }",
        "Disconnected",
    ),
    "the closing of everything, and other files in its place": (
        "for descriptor in 3..1024 { unsafe { close(descriptor); } }\n"
        "let files: Vec<std::fs::File> = (0..100).map(|_| "
        'std::fs::File::open("/dev/null")).collect::<Result<_, _>>()?;\npop.len()',
        "Disconnected",
    ),
    "an error that takes a variable along": (
        'drop(names); Err::<(), _>("lost")?;',
        "Error",
    ),
    "an error where a variable is named anew": (
        'let list: i32 = "x".parse()?;',
        "ParseIntError",
    ),
}


@pytest.mark.parametrize("cause", DEATHS)
def test_what_a_cell_dies_of_has_no_effect(session: KernelSession, cause: str) -> None:
    code, name = DEATHS[cause]
    result = session.fail(MEDDLE + code)
    assert result.reply["ename"] == name
    assert "were before" in result.traceback
    assert result.stdout == "meddled\n"
    assert seen(session) == SEEN


def test_the_account_of_a_death_says_what_happened(session: KernelSession) -> None:
    assert "exited with code 42" in evalue(session.fail("std::process::exit(42)"))
    assert "SIGSEGV" in evalue(session.fail("unsafe { *(8 as *mut u8) = 1 }"))
    abort = session.fail('eprintln!("last words"); std::process::abort()')
    assert (abort.stderr, "SIGABRT" in evalue(abort)) == ("last words\n", True)


def evalue(result: CellResult) -> str:
    return result.reply["evalue"]


def test_a_loop_that_does_not_listen_is_ended_without_loss(
    session: KernelSession,
) -> None:
    request = session.send(MEDDLE + "loop {}")
    session.wait_for_output(request, "meddled")
    session.interrupt()
    assert session.result(request).reply["ename"] == "Interrupted"
    assert seen(session) == SEEN


def test_a_run_that_is_interrupted_keeps_its_data(session: KernelSession) -> None:
    request = session.send('println!("runs"); pynn::run(100_000.0)?;')
    session.wait_for_output(request, "runs")
    session.interrupt()
    result = session.result(request)
    assert result.reply["ename"] == "Interrupted"
    assert "were before" not in result.traceback
    spikes = session.succeed("pop.spiketrain(0)?.len()").value
    assert spikes is not None and int(spikes) > 0
    # The time is when the run stopped.
    stopped = session.succeed("pynn::get_current_time()").value
    assert stopped is not None and 0 < float(stopped) < 100_000
    session.succeed("pynn::reset()?;")
    assert seen(session) == SEEN


def test_an_interrupt_stops_a_compiler(session: KernelSession) -> None:
    # A constant that takes the compiler minutes.
    endless = (
        "const N: u64 = { let mut n = 0; while n < 100_000_000_000 { n += 1; } n };"
    )
    request = session.send(f"#[allow(long_running_const_eval)]\n{endless}\nN")
    while not compilers(session):
        time.sleep(0.01)
    session.interrupt()
    assert session.result(request).reply["ename"] == "Interrupted"
    assert compilers(session) == []
    assert seen(session) == SEEN


def compilers(session: KernelSession) -> List[psutil.Process]:
    children = session.process.children(recursive=True)
    return [child for child in children if child.name() == "rustc"]


def test_a_kill_from_outside_while_a_cell_runs(session: KernelSession) -> None:
    request = session.send(MEDDLE + 'println!("{} ", std::process::id()); loop {}')
    session.wait_for_output(request, " \n")
    executor = int(session.printed(request).split()[-1])
    os.kill(executor, signal.SIGKILL)
    assert session.result(request).reply["ename"] == "Killed"
    assert seen(session) == SEEN


def test_a_kill_from_outside_between_cells(session: KernelSession) -> None:
    executor = session.succeed("std::process::id()").value
    assert executor is not None
    os.kill(int(executor), signal.SIGKILL)
    assert seen(session) == SEEN


def test_a_command_that_reached_the_dead_is_run_once(session: KernelSession) -> None:
    session.succeed("let mut runs = 0;")
    executor = int(str(session.succeed("std::process::id()").value))
    os.kill(executor, signal.SIGSTOP)
    request = session.send("runs += 1; runs")
    time.sleep(1)  # It is compiled, and the command waits for who cannot take it.
    os.kill(executor, signal.SIGKILL)
    assert session.result(request).value == "1"
    assert session.succeed("runs").value == "1"


def test_a_cell_dies_once_though_its_snapshot_was_killed_before(
    session: KernelSession,
) -> None:
    executor = int(str(session.succeed("std::process::id()").value))
    # The youngest is the one that would take over.
    snapshots = psutil.Process(executor).children()
    max(snapshots, key=lambda snapshot: snapshot.create_time()).kill()
    result = session.fail('println!("runs"); std::process::abort()')
    assert (result.reply["ename"], result.stdout) == ("Aborted", "runs\n")
    after = session.succeed("1")
    assert (after.stdout, after.stderr) == ("", "")
    assert seen(session) == SEEN


def executor_of(session: KernelSession) -> Optional[psutil.Process]:
    """The one whose end the system prefers when memory runs out; none between two."""
    for process in session.process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, OSError):
            score = Path(f"/proc/{process.pid}/oom_score_adj")
            if process.name() == "hxkernel" and score.read_text().strip() == "500":
                return process
    return None


def test_a_snapshot_that_is_killed_while_it_takes_over(
    session: KernelSession,
) -> None:
    session.succeed("let mut latest = 1;")
    session.succeed("latest = 2;")
    ended: List[psutil.Process] = []
    deadline = time.monotonic() + PATIENCE
    # One is known as soon as it begins to take over.
    while len(ended) < 6:
        assert time.monotonic() < deadline
        executor = executor_of(session)
        if executor is not None and executor not in ended:
            executor.kill()
            ended.append(executor)
    assert session.succeed("latest").value == "2"
    assert seen(session) == SEEN


def test_a_thread_that_panics_ends_only_itself(session: KernelSession) -> None:
    code = 'std::thread::spawn(|| panic!("only me")).join().is_err()'
    result = session.succeed(code)
    assert result.value == "true"
    assert "only me" in result.stderr
    assert seen(session) == SEEN


def test_lost_threads_are_owned_up_to(session: KernelSession) -> None:
    session.succeed(
        "std::thread::spawn(|| loop { std::thread::sleep(std::time::Duration::from_secs(1)) });"
    )
    assert "A background thread has ended" in evalue(
        session.fail("std::process::abort()")
    )
    assert seen(session) == SEEN


def test_closed_streams_are_opened_again(session: KernelSession) -> None:
    session.succeed("unsafe { close(1); close(2); }")
    result = session.succeed('println!("out"); eprintln!("err");')
    assert (result.stdout, result.stderr) == ("out\n", "err\n")


def test_a_cell_that_forks_runs_on_once(session: KernelSession) -> None:
    result = session.succeed("let child = unsafe { fork() }; pop.len()")
    assert result.value == "2"
    assert len(result.displays) == 1
    assert seen(session) == SEEN


def test_nothing_is_left_of_the_dead(session: KernelSession) -> None:
    for _ in range(10):
        session.fail("std::process::abort()")
    # Supervisor, executor, its snapshot, and those that undo. One that was just given up
    # takes a moment to die and to be waited for; nothing that survives that is forgiven.
    deadline = time.monotonic() + PATIENCE
    while len(living := session.process.children(recursive=True)) > 8:
        assert time.monotonic() < deadline, living
        time.sleep(0.05)


def test_the_dead_take_their_descriptors_along(session: KernelSession) -> None:
    def opened() -> int:
        executor = int(str(session.succeed("std::process::id()").value))
        return psutil.Process(executor).num_fds()

    before = opened()
    for _ in range(5):
        session.fail("panic!()")
        session.succeed("list.push(4);")
        session.succeed(":undo")
    assert opened() == before


def test_the_stack_of_a_forked_process_is_not_the_cells(session: KernelSession) -> None:
    session.succeed(
        "fn sink(n: u64) -> u64 { let a = [n; 64]; sink(n + 1) + a[(n % 64) as usize] }\n"
        'if unsafe { fork() } == 0 { println!("{}", sink(0)); }\n'
        "std::thread::sleep(std::time::Duration::from_millis(500));"
    )
    assert session.fail("std::process::abort()").reply["ename"] == "Aborted"


def test_cells_are_undone_variables_types_and_chip_alike(
    start_kernel: Callable[..., KernelSession],
) -> None:
    kernel = start_kernel()
    kernel.succeed("#[derive(Debug)] struct Point { x: i32 }")
    kernel.succeed("let point = Point { x: 1 }; let mut list = vec![1];")
    kernel.succeed("let pop = pynn::Population::new(2, pynn::cells::HXNeuron::new())?;")
    kernel.succeed('list.push(2); pop.set("leak_v_leak", 900)?; let new = 5;')
    kernel.succeed('let list = "another type";')
    assert kernel.succeed(":undo 2").value == "Undone: [4] to [5]"
    result = kernel.succeed('(&list, &point, pop.get("leak_v_leak")?.numbers())')
    assert result.value is not None and result.value.startswith(
        "([1], Point { x: 1 }, ["
    )
    assert "900" not in result.value
    assert "cannot find value `new`" in kernel.fail("new").reply["evalue"]
    # A type that was redefined, and the variable that went with it.
    kernel.succeed(
        "#[derive(Debug)] struct Point { y: u8 }\nlet other = Point { y: 2 };"
    )
    kernel.succeed(":undo")
    assert (
        kernel.succeed("(Point { x: 3 }, &point)").value
        == "(Point { x: 3 }, Point { x: 1 })"
    )
    assert kernel.fail(":undo 100").reply["ename"] == "NothingToUndo"


def test_a_failed_redefinition_costs_no_variable(kernel: KernelSession) -> None:
    kernel.succeed("#[derive(Debug)] struct Old { x: i32 }")
    kernel.succeed("#[derive(Debug)] struct Old { x: i32, y: i32 }")
    kernel.succeed("let mut old = Old { x: 1, y: 2 }; let other = 5;")
    for failing in (
        'panic!("after all")',
        "let never = old.z;",
        "std::process::abort();",
    ):
        result = kernel.fail("#[derive(Debug)] struct Old { z: u8 }\n" + failing)
        assert "gone" not in result.stderr
        assert kernel.succeed("old.x += 1; old.x -= 1; (&old, other)").value == (
            "(Old { x: 1, y: 2 }, 5)"
        )
    kernel.succeed("#[derive(Debug)] struct Old { z: u8 }")
    assert kernel.succeed("Old { z: 3 }").value == "Old { z: 3 }"
    assert "`Old` was defined anew" in kernel.fail("old").reply["evalue"]


def test_a_failed_cell_is_no_step_back(kernel: KernelSession) -> None:
    kernel.succeed("let mut steps = 1;")
    kernel.succeed("steps = 2;")
    kernel.fail("steps = 3; panic!()")
    kernel.fail("steps = four;")
    kernel.succeed(":undo")
    assert kernel.succeed("steps").value == "1"


def test_what_was_undone_is_not_blamed_on_the_size(kernel: KernelSession) -> None:
    for number in range(7):
        kernel.succeed(f"let count_{number} = {number};")
    kernel.succeed(":undo 5")
    again = kernel.fail(":undo 5").reply["evalue"]
    assert "can be undone" in again and "large" not in again
    assert "only the states before the last 5 cells are kept" in again
    assert kernel.succeed("count_1").value == "1"


def test_the_full_stack_of_a_thread_is_called_one(kernel: KernelSession) -> None:
    deep = "fn deep(n: u64) -> u64 { let a = [n; 64]; deep(n + 1) + a[n as usize % 64] }"
    kernel.succeed(f"#[allow(unconditional_recursion)]\n{deep}")
    for where in (
        "std::thread::spawn(|| deep(0)).join();",
        "std::thread::Builder::new().stack_size(64 << 20).spawn(|| deep(0))?.join();",
        "deep(0);",
    ):
        assert kernel.fail(f"let _ = {where}").reply["ename"] == "StackOverflow"
    bad = "std::thread::spawn(|| unsafe { *(8 as *mut u8) = 1 }).join();"
    assert kernel.fail(f"let _ = {bad}").reply["ename"] == "SegmentationFault"


def test_a_memory_limit_ends_the_cell_not_the_session(
    start_kernel: Callable[..., KernelSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HXKERNEL_MEMORY_LIMIT", "300MB")
    kernel = start_kernel()
    kernel.succeed("let list = vec![1, 2, 3];")
    grow = "let mut all = Vec::new(); loop { all.push(vec![1u8; 1 << 20]); }"
    result = kernel.fail(grow)
    assert result.reply["ename"] == "MemoryLimit"
    assert "300MB" in evalue(result)
    at_once = kernel.fail("let all = vec![1u8; 100 << 30];")
    assert at_once.reply["ename"] in ("OutOfMemory", "MemoryLimit")
    assert kernel.succeed("list").value == "[1, 2, 3]"


def test_a_time_limit_ends_the_cell_not_the_session(
    start_kernel: Callable[..., KernelSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HXKERNEL_CELL_TIMEOUT", "0.5")
    kernel = start_kernel()
    kernel.succeed("let list = vec![1, 2, 3];")
    deaf = kernel.fail("loop {}")
    assert deaf.reply["ename"] == "TimeLimit"
    assert "HXKERNEL_CELL_TIMEOUT is 0.5" in evalue(deaf)
    kernel.succeed(SPIKING)
    listening = kernel.fail("pynn::run(100_000.0)?;")
    assert listening.reply["ename"] == "TimeLimit", listening
    assert (
        kernel.succeed("(list, pop.spiketrain(0)?.len() > 0)").value
        == "([1, 2, 3], true)"
    )


def test_a_limit_nobody_can_understand_is_told(
    start_kernel: Callable[..., KernelSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HXKERNEL_MEMORY_LIMIT", "plenty")
    told = start_kernel().succeed("1").stderr
    assert "HXKERNEL_MEMORY_LIMIT is 'plenty'" in told
