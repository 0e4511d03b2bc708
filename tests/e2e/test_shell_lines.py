"""Lines that start with `!`: they go to the shell, where the cells are."""

import psutil

from kernel_session import KernelSession


def test_output_comes_in_order_and_before_the_cell(kernel: KernelSession) -> None:
    result = kernel.succeed('!echo hi\n!echo there\nprintln!("Rust");\n5')
    assert (result.stdout, result.value) == ("hi\nthere\nRust\n", "5")
    both = kernel.succeed("!echo out; echo err >&2\n")
    assert (both.stdout, both.stderr, both.value) == ("out\n", "err\n", None)
    many = kernel.succeed("!seq 1 100000")
    assert many.stdout.split() == [str(number) for number in range(1, 100_001)]


def test_a_line_that_fails_ends_the_cell(kernel: KernelSession) -> None:
    kernel.succeed("let mut runs = 0;")
    failed = kernel.fail("!echo before; exit 3\n!echo after\nruns += 1;")
    assert failed.reply["ename"] == "ShellLineFailed"
    assert "`!echo before; exit 3` ended with exit code 3" in failed.reply["evalue"]
    assert failed.stdout == "before\n"
    assert "SIGTERM" in kernel.fail("!kill -TERM $$").reply["evalue"]
    missing = kernel.fail("!no-such-program-anywhere")
    assert "exit code 127" in missing.reply["evalue"]
    assert "not found" in missing.stderr
    assert kernel.succeed("runs").value == "0"


def test_it_runs_where_cells_run_and_reads_nothing(kernel: KernelSession) -> None:
    kernel.succeed('unsafe { std::env::set_var("SET_BY_A_CELL", "1") };')
    assert kernel.succeed("!echo $SET_BY_A_CELL").stdout == "1\n"
    assert kernel.succeed("!cat; read line; echo end").stdout == "end\n"
    assert kernel.succeed('!printf "%s" "ä"').stdout == "ä"


def test_the_stop_button_ends_it(kernel: KernelSession) -> None:
    kernel.succeed("let mut runs = 0;")
    for endless in ("sleep 3600", "trap '' INT; while :; do sleep 1; done", "yes"):
        request = kernel.send(f"!echo started; {endless}\nruns += 1;")
        kernel.wait_for_output(request, "started")
        kernel.interrupt()
        assert kernel.result(request).reply["ename"] == "Interrupted"
    assert kernel.succeed("runs").value == "0"


def test_what_it_leaves_behind_ends_with_the_session(kernel: KernelSession) -> None:
    # A daemon: in a session of its own, its parent gone.
    line = "!setsid sh -c 'sleep 3600 & echo $!' &\n!sleep 0.1"
    [daemon] = kernel.succeed(line).stdout.split()
    process = psutil.Process(int(daemon))
    spawned = 'std::process::Command::new("sleep").arg("3600").spawn()?.id()'
    child = psutil.Process(int(kernel.succeed(spawned).value))
    kernel.succeed(":restart")
    psutil.wait_procs([process, child], timeout=30)
    assert not process.is_running() and not child.is_running()
