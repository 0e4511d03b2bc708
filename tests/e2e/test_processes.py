"""What a cell does to the processes around it, to their files and to their children:
the session goes on with its variables, and says what could not be kept."""

import os
import signal
from pathlib import Path
from typing import Callable, List

import psutil
import pytest

from kernel_session import CellResult, KernelSession, wait_until_gone

DEFINITIONS = """
unsafe extern "C" {
    fn kill(process: i32, signal: i32) -> i32;
    fn raise(signal: i32) -> i32;
    fn getppid() -> i32;
    fn setuid(user: u32) -> i32;
    fn chroot(path: *const std::ffi::c_char) -> i32;
    fn shutdown(socket: i32, how: i32) -> i32;
    fn getrlimit(resource: i32, limit: *mut [u64; 2]) -> i32;
    fn setrlimit(resource: i32, limit: *const [u64; 2]) -> i32;
}
/// Lowers the soft limit, as any user may.
fn lower(resource: i32, most: u64) {
    let mut limit = [0; 2];
    unsafe {
        assert_eq!(getrlimit(resource, &mut limit), 0);
        limit[0] = most;
        assert_eq!(setrlimit(resource, &limit), 0);
    }
}
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
"""

NO_FILES, NO_PROCESSES, NO_ADDRESSES = "lower(7, 20);", "lower(6, 0);", "lower(9, 1 << 20);"


@pytest.fixture(name="session", scope="module")
def make_session(kernel: KernelSession) -> KernelSession:
    kernel.succeed(DEFINITIONS)
    kernel.succeed("let mut list = vec![1, 2, 3];")
    return kernel


def is_whole(session: KernelSession) -> bool:
    """Whether the variables are there and a cell can change them."""
    return session.succeed("list.push(4); list.pop(); &list").value == "[1, 2, 3]"


def told(result: CellResult) -> str:
    return result.traceback + result.stderr


@pytest.mark.parametrize("number", [34, 50, 64])
def test_a_signal_without_a_name(session: KernelSession, number: int) -> None:
    result = session.fail(f"list.clear(); unsafe {{ raise({number}) }};")
    assert f"signal {number}" in result.reply["evalue"]
    assert is_whole(session)


@pytest.mark.parametrize("end", ["panic!()", "std::process::abort()"])
def test_a_process_without_room_is_recovered_from(
    session: KernelSession, end: str
) -> None:
    for limit in (NO_FILES, "lower(7, 0);", NO_PROCESSES, NO_ADDRESSES):
        session.fail(f"list.clear(); {limit} {end}")
    assert is_whole(session)


def test_limits_the_session_needs_are_set_back(session: KernelSession) -> None:
    for limit, name in [(NO_FILES, "NOFILE"), (NO_PROCESSES, "NPROC"), ("lower(9, 1 << 20);", "AS")]:
        assert f"RLIMIT_{name}" in session.succeed(limit).stderr
        assert is_whole(session)
    full = session.fail(
        "let mut all = Vec::new();\n"
        'while let Ok(file) = std::fs::File::open("/dev/null") { all.push(file); }'
    )
    assert "files open" in full.reply["evalue"]
    assert is_whole(session)


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can")
@pytest.mark.parametrize("change", ["setuid(65534)", 'chroot(c"/tmp".as_ptr())'])
def test_another_user_or_root_is_taken_back(
    session: KernelSession, change: str
) -> None:
    assert "of its process" in session.fail(f"unsafe {{ {change} }};").reply["evalue"]
    session.fail(f"unsafe {{ {change} }}; panic!()")
    session.fail(f"unsafe {{ {change} }}; std::process::abort()")
    assert is_whole(session)


def test_lines_that_are_cut_and_not_closed(session: KernelSession) -> None:
    cut = "for number in 3..64 { unsafe { shutdown(number, 2) }; }"
    for end in ("", "loop {}"):
        result = session.fail(f"list.clear(); {cut} {end}")
        assert result.reply["ename"] == "Disconnected"
        assert is_whole(session)


def test_the_directory_of_the_session_is_removed(
    start_kernel: Callable[..., KernelSession], tmp_path: Path
) -> None:
    kernel = start_kernel(cache=tmp_path)
    kernel.succeed("let list = vec![1, 2, 3];")
    remove = f'std::fs::remove_dir_all("{tmp_path}/sessions")?;'
    for end in ("", "panic!()", "std::process::abort()"):
        kernel.run(remove + end)
        assert kernel.succeed('println!("printed"); &list').stdout == "printed\n"
    assert kernel.succeed("list.len()").value == "3"


def parent(session: KernelSession) -> int:
    return int(str(session.succeed("unsafe { getppid() }").value))


def test_a_cell_kills_its_parent(session: KernelSession) -> None:
    session.succeed("list.push(5);")
    for _ in range(2):
        result = session.fail(
            "list.clear(); unsafe { kill(getppid(), 9) }; loop {}"
        )
        assert result.reply["ename"] == "ParentKilled"
        assert "were before this cell" in result.reply["evalue"]
        assert session.succeed("&list").value == "[1, 2, 3, 5]"
    session.fail("panic!()")
    session.succeed("list.push(6);")
    session.succeed(":undo 4")
    assert is_whole(session)


def test_its_parent_is_killed_between_cells(session: KernelSession) -> None:
    session.succeed("list.push(5);")
    os.kill(parent(session), signal.SIGKILL)
    assert session.succeed("&list").value == "[1, 2, 3, 5]"
    assert session.fail("std::process::abort()").reply["ename"] == "Aborted"
    session.succeed("list.pop();")
    assert is_whole(session)


def test_a_cell_stops_its_parent(session: KernelSession) -> None:
    session.succeed("unsafe { kill(getppid(), 19) };")
    assert session.fail("list.clear(); std::process::abort()").status == "error"
    assert is_whole(session)


def test_signals_that_are_not_for_the_kernel(session: KernelSession) -> None:
    kernel = session.process.pid
    for number in (1, 2, 15):
        session.succeed(f"unsafe {{ kill(getppid(), {number}) }};")
        session.succeed(f"unsafe {{ kill({kernel}, {number}) }};") if number != 2 else None
    for number in (9, 15):
        assert "SIG" in session.fail(
            f"list.clear(); unsafe {{ kill(0, {number}) }}; loop {{}}"
        ).reply["evalue"]
        assert is_whole(session)


def test_the_stop_button_reaches_programs(session: KernelSession) -> None:
    # Its end lets the cell go on.
    request = session.send(
        'println!("runs"); let status = Command::new("sleep").arg("600").status()?;'
    )
    session.wait_for_output(request, "runs")
    session.interrupt()
    session.result(request)
    assert is_whole(session)


def test_a_program_that_prints_for_ever(session: KernelSession) -> None:
    session.succeed('let mut flood = Command::new("yes").spawn()?;')
    result = session.succeed('println!("its own"); 1 + 1')
    assert result.value == "2"
    assert "its own" in result.stdout
    session.succeed("flood.kill()?; flood.wait()?;")
    assert is_whole(session)


def test_a_thread_that_keeps_stdout(session: KernelSession) -> None:
    kept = session.fail(
        "let (release, wait) = std::sync::mpsc::channel::<()>();\n"
        "let (locked, is_locked) = std::sync::mpsc::channel();\n"
        "std::thread::spawn(move || { let _out = std::io::stdout().lock();\n"
        "    locked.send(()).unwrap(); let _ = wait.recv(); });\n"
        "is_locked.recv()?; list.clear(); 7"
    )
    assert "keeps stdout or stderr locked" in kept.reply["evalue"]
    after = session.succeed('println!("again"); &list')
    assert (after.stdout, after.value) == ("again\n", "[1, 2, 3]")


def test_what_is_dropped_is_closed(session: KernelSession, tmp_path: Path) -> None:
    session.succeed(
        'let mut cat = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;\n'
        'let mut yes = Command::new("yes").stdout(Stdio::piped()).spawn()?;\n'
        'let listener = std::net::TcpListener::bind("127.0.0.1:0")?;\n'
        "let address = listener.local_addr()?;\n"
        f'let locked = std::fs::File::create("{tmp_path}/lock")?; locked.lock()?;'
    )
    dropped = session.succeed(
        "drop((cat.stdin.take(), yes.stdout.take(), listener, locked));\n"
        "(cat.wait()?.success(), yes.wait()?.success(),\n"
        "    std::net::TcpListener::bind(address).is_ok(),\n"
        f'    std::fs::File::open("{tmp_path}/lock")?.try_lock().is_ok())'
    )
    assert dropped.value == "(true, false, true, true)"


SERVE = """
let address = listener.local_addr()?;
let mut client = std::net::TcpStream::connect(address)?;
let (mut server, _) = listener.accept()?;
client.write_all(b"ping")?;
let mut bytes = [0; 4];
server.read_exact(&mut bytes)?;
"""


def test_open_files_outlive_a_panic_but_no_death(session: KernelSession) -> None:
    session.succeed(
        'let mut listener = std::net::TcpListener::bind("127.0.0.1:0")?;\n'
        'let mut cat = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;'
    )
    port = session.succeed("listener.local_addr()?.port()").value
    panic = session.fail("panic!()")
    assert "Closed" not in told(panic)
    assert "can no longer be asked" in told(panic)
    session.succeed("let before = 1;")
    session.succeed(":undo")
    assert session.succeed(SERVE + "bytes").value == "[112, 105, 110, 103]"
    # The program still reads what is written, and sees the end of it.
    echo = (
        'cat.stdin.take().unwrap().write_all(b"hello")?;\n'
        "let mut text = String::new(); cat.stdout.take().unwrap().read_to_string(&mut text)?; text"
    )
    assert session.succeed(echo).value == '"hello"'
    death = session.fail("std::process::abort()")
    assert f"the listener on 127.0.0.1:{port}" in death.reply["evalue"]
    # An error, and no wait without an end; and the port is free.
    assert session.succeed("listener.accept().is_err()").value == "true"
    session.succeed(f'listener = std::net::TcpListener::bind("127.0.0.1:{port}")?;')
    assert session.succeed(SERVE + "bytes").value == "[112, 105, 110, 103]"


def test_threads_are_owned_up_to_after_a_panic(session: KernelSession) -> None:
    session.succeed(
        "let shared = std::sync::Arc::new(std::sync::Mutex::new(1)); let theirs = shared.clone();\n"
        "std::thread::spawn(move || { let _held = theirs.lock();\n"
        "    loop { std::thread::sleep(std::time::Duration::from_secs(60)) } });"
    )
    panic = session.fail("panic!()")
    assert "background thread has ended" in told(panic)
    assert "stays locked" in told(panic)
    request = session.send('println!("waits"); *shared.lock().unwrap()')
    session.wait_for_output(request, "waits")
    session.interrupt()
    assert session.result(request).reply["ename"] == "Interrupted"
    assert is_whole(session)


def test_nothing_is_left_at_the_end(start_kernel: Callable[..., KernelSession]) -> None:
    kernel = start_kernel()
    kernel.succeed(DEFINITIONS)
    kernel.succeed("let list = vec![1];")
    kernel.fail("unsafe { kill(getppid(), 9) }; loop {}")
    executor = int(str(kernel.succeed("std::process::id()").value))
    # Those whose parent was killed are nobody's children.
    group = os.getsid(executor)
    family: List[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == group:
                family.append(process)
        except ProcessLookupError:
            pass
    assert len(family) >= 2
    kernel.close()
    wait_until_gone(family)
