"""What lies around a kernel: the notebook's folder, other users, the environment, limits.

Each either does not matter or is told in a sentence that says what to do.
"""

import json
import os
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional

import pytest

from kernel_session import KernelSession

STRANGER = 65534
ROOT = os.geteuid() == 0


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that every user can enter, unlike those of pytest."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def a_crate(directory: Path) -> None:
    write(
        directory / "Cargo.toml",
        '[package]\nname = "helper"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n',
    )
    write(directory / "src" / "lib.rs", "pub fn answer() -> i32 { 42 }")


def test_a_downloaded_folder_and_the_users_own_builds_do_not_configure_a_kernel(
    start_kernel: Callable[..., KernelSession],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, home = tmp_path / "downloaded" / "notebooks", tmp_path / "config"
    mark, elsewhere = tmp_path / "was-run", tmp_path / "elsewhere"
    configuration = f"""
[evcxr]
tmpdir = "{elsewhere}"
prelude = "let planted = 1;"
opt_level = "none"
[dependencies]
no-such-crate-anywhere = "1"
"""
    for place in [folder, home / "evcxr"]:
        write(place / "evcxr.toml", configuration)
        write(place / "init.evcxr", ":dep no-such-crate-anywhere\n")
        write(place / "prelude.rs", "let planted = 1;\n")
    for place in [folder, folder.parent]:
        write(place / "rust-toolchain.toml", '[toolchain]\npath = "./toolchain"\n')
        write(place / ".cargo" / "config.toml", '[build]\nrustc-wrapper = "/bin/false"\n')
        write(place / "Cargo.toml", "[workspace]\nmembers = [\n")
        write(place / "build.rs", 'fn main() { panic!("built") }')
        write(place / "rustfmt.toml", "= nonsense")
        write(place / ".env", f"PATH={folder}\n")
        for program in ["rustc", "cargo", "rustup", "cc", "ld", "sh", "mold"]:
            write(place / program, f"#!/bin/sh\ntouch {mark}\nexit 1\n", 0o755)
    a_crate(folder / "helper")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    # An empty entry means the current directory.
    monkeypatch.setenv("PATH", os.environ["PATH"] + "::.")
    builds = {
        "RUSTC_WRAPPER": "/bin/false",
        "RUSTC_WORKSPACE_WRAPPER": "/bin/false",
        "CARGO_BUILD_RUSTC_WRAPPER": "/bin/false",
        "RUSTC": "/bin/false",
        "RUSTDOC": "/bin/false",
        "CARGO": "/bin/false",
        "RUSTFLAGS": "--nonsense",
        "CARGO_ENCODED_RUSTFLAGS": "--nonsense",
        "CARGO_BUILD_TARGET": "no-such-target",
        "CARGO_TARGET_DIR": "/proc/nowhere",
        "CARGO_TERM_COLOR": "sepia",
        "CARGO_UNSTABLE_BUILD_STD": "std",
        "RUST_MIN_STACK": "not a number",
        "EVCXR_IS_RUNTIME": "1",
        "MAKEFLAGS": "--jobserver-auth=fifo:/nowhere",
        "GCC_EXEC_PREFIX": "/nowhere/",
        "LD_PRELOAD": "/nowhere/preloaded.so",
        "LANG": "tlh_AQ.EBCDIC",
        "LC_ALL": "\u00e4\u00f6",
    }
    for name, value in builds.items():
        monkeypatch.setenv(name, value)
    kernel = start_kernel()
    kernel.succeed("let list = vec![1, 2, 3];")
    assert kernel.succeed("list.len()").value == "3"
    assert "planted" in kernel.fail("planted").reply["evalue"]
    assert not elsewhere.exists()
    # The folder is still where cells, shells and paths are.
    here = f'"{folder}"'
    assert kernel.succeed("std::env::current_dir().unwrap()").value == here
    assert str(folder) in kernel.succeed("!pwd").stdout.splitlines()
    kernel.succeed(":dep ./helper")
    assert kernel.succeed("helper::answer()").value == "42"
    # As after the clock was set back: what was built is newer than what will be.
    [session] = Path(os.environ["HXKERNEL_CACHE"]).glob(f"sessions/{kernel.process.pid}-*/")
    tomorrow = time.time() + 86_400
    for built in (session / "crate" / "target").rglob("*"):
        os.utime(built, (tomorrow, tomorrow))
    assert kernel.succeed("helper::answer() + 1").value == "43"
    kernel.succeed(':restart\n:dep helper = { path = "helper" }')
    assert kernel.succeed("helper::answer()").value == "42"
    assert kernel.succeed("std::env::current_dir().unwrap()").value == here
    # A program that a cell starts is in the user's environment.
    for name, value in builds.items():
        if name != "LC_ALL":
            cell = f'std::env::var("{name}").unwrap()'
            assert kernel.succeed(cell).value == f'"{value}"'
    assert not mark.exists()


def modes(directory: Path) -> List[str]:
    """What in a directory is open to others."""
    found = []
    for path in [directory, *directory.rglob("*")]:
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & 0o077:
            found.append(f"{path} {stat.filemode(mode)}")
    return found


def test_nobody_else_can_look_into_a_session(
    start_kernel: Callable[..., KernelSession], open_place: Path
) -> None:
    cache, made = open_place / "cache", open_place / "made"
    before = os.umask(0)
    try:
        kernel = start_kernel(cache=cache)
        kernel.succeed('let secret = "hunter2".to_string();')
        kernel.succeed(f'std::fs::write("{made}", "")?;')
        kernel.succeed(f"!touch {made}2")
    finally:
        os.umask(before)
    [session] = (cache / "sessions").glob("*/")
    source = session / "crate" / "src" / "lib.rs"
    assert source.is_file() and list(session.glob("crate/target/cell/*.so"))
    assert modes(cache) == []
    # What cells and shells make is as the user wants it.
    for path in [made, Path(f"{made}2")]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
    if ROOT:
        for command in [["cat", str(source)], ["ls", str(cache)]]:
            stranger = ["setpriv", f"--reuid={STRANGER}", "--clear-groups", *command]
            outcome = subprocess.run(stranger, capture_output=True, text=True)
            assert outcome.returncode != 0
            assert "Permission denied" in outcome.stderr


def wrapped(prefix: Path, place: Path, name: str, shell: str) -> None:
    """Registers a kernel that a shell starts after it has done something."""
    installed = prefix / "share" / "jupyter" / "kernels" / "hxkernel" / "kernel.json"
    specification = json.loads(installed.read_text())
    script = f'{shell}; exec "$@"'
    specification["argv"] = ["bash", "-c", script, "bash", *specification["argv"]]
    directory = place / "kernels" / name
    directory.mkdir(parents=True)
    (directory / "kernel.json").write_text(json.dumps(specification))


def doctor(prefix: Path, shell: str = ":") -> str:
    program = prefix / "bin" / "hxkernel"
    script = f'{shell}; exec "$@"'
    command = ["bash", "-c", script, "bash", str(program), "doctor"]
    return subprocess.run(command, capture_output=True, text=True).stdout


class Surrounding(NamedTuple):
    """Something around a kernel in which there can be no session."""

    shell: str = ":"
    cache: Optional[str] = None
    environment: Dict[str, str] = {}
    # What the sentence says is wrong, and what it says to do.
    wrong: str = ""
    cure: str = "set HXKERNEL_CACHE to another directory"


IMPOSSIBLE = {
    "few files": Surrounding(
        shell="ulimit -n 32", wrong="only 32 files may be open", cure="`ulimit -n 1024`"
    ),
    "little memory": Surrounding(
        shell="ulimit -v 900000",
        wrong="a process may use 878 MiB",
        cure="`ulimit -v unlimited`",
    ),
    "little data": Surrounding(
        shell="ulimit -d 900000",
        wrong="a process may use 878 MiB",
        cure="`ulimit -d unlimited`",
    ),
    "small files": Surrounding(
        shell="ulimit -f 100",
        wrong="a file may have 100 KiB",
        cure="`ulimit -f unlimited`",
    ),
    "relative cache": Surrounding(
        cache="relative", wrong="'relative'", cure="a path that starts with `/`"
    ),
    "newline": Surrounding(cache="{}/a\nb", wrong="the character '\\n'"),
    "colon": Surrounding(cache="{}/a:b", wrong="the character ':'"),
    "no text": Surrounding(cache="{}/a\udcff", wrong="no UTF-8"),
    "file in the way": Surrounding(
        cache="{}/kernels/around/kernel.json/below", wrong="Not a directory"
    ),
    "nowhere": Surrounding(cache="/proc/cache", wrong="kept in /proc/cache: No such"),
    "no toolchain": Surrounding(
        environment={"RUSTUP_TOOLCHAIN": "nosuch"},
        wrong="RUSTUP_TOOLCHAIN is 'nosuch'",
        cure="`rustup toolchain install nosuch`",
    ),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_where_no_session_is_possible_the_cell_and_the_doctor_say_why(
    prefix: Path,
    start_kernel: Callable[..., KernelSession],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    around = IMPOSSIBLE[name]
    wrapped(prefix, tmp_path, "around", around.shell)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    if around.cache is not None:
        monkeypatch.setenv("HXKERNEL_CACHE", around.cache.format(tmp_path))
    for variable, value in around.environment.items():
        monkeypatch.setenv(variable, value)
    kernel = start_kernel(kernel_name="around")
    failure = kernel.fail("let v = vec![1];").reply
    assert failure["ename"] == "NoSession"
    sentence = failure["evalue"]
    assert around.wrong in sentence and around.cure in sentence, sentence
    assert "\n" not in sentence
    assert f": {sentence}\n" in doctor(prefix, around.shell)


@pytest.mark.skipif(not ROOT, reason="only root can be somebody else")
def test_what_others_have_prepared_is_not_used(
    prefix: Path,
    start_kernel: Callable[..., KernelSession],
    open_place: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trap, below = open_place / "trap", open_place / "below" / "sessions"
    target, link = open_place / "target", open_place / "link"
    for directory in [trap, below, target]:
        directory.mkdir(parents=True)
    link.symlink_to(target)
    for theirs in [trap, below, link]:
        os.lchown(theirs, STRANGER, STRANGER)
    for cache, wrong in [
        (trap, f"{trap} belongs to another user"),
        (below.parent, f"{below} belongs to another user"),
        (link, f"{link} is a link that another user made"),
    ]:
        monkeypatch.setenv("HXKERNEL_CACHE", str(cache))
        kernel = start_kernel()
        sentence = kernel.fail("1 + 1").reply["evalue"]
        assert wrong in sentence
        assert f": {sentence}\n" in doctor(prefix)
    assert list(target.iterdir()) == []


@pytest.mark.skipif(not ROOT, reason="a limit of processes is tried as another user")
def test_the_doctor_finds_few_processes_and_a_disk_without_programs(
    prefix: Path, open_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(open_place))
    cache = open_place / "cache"
    cache.mkdir()
    os.chown(cache, STRANGER, STRANGER)
    monkeypatch.setenv("HXKERNEL_CACHE", str(cache))
    if os.access(prefix.parent, os.X_OK):
        user = f"--reuid={STRANGER} --regid={STRANGER} --clear-groups"
        few = f'exec setpriv {user} bash -c \'ulimit -u 4; exec "$@"\' bash "$@"'
        assert "more processes or threads can be started" in doctor(prefix, few)
    os.chown(cache, 0, 0)
    mount = ["mount", "-t", "tmpfs", "-o", "noexec", "none", str(cache)]
    if subprocess.run(mount, capture_output=True).returncode == 0:
        try:
            found = doctor(prefix)
        finally:
            subprocess.run(["umount", str(cache)], check=True)
        assert f"MISSING  programs there: {cache} is on a disk" in found
        assert "(mounted noexec)" in found


def test_a_kernel_makes_do_with_an_odd_place_and_tells_of_a_compiler_that_goes(
    prefix: Path,
    start_kernel: Callable[..., KernelSession],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The parent does not care for its children, few files may be open, the folder of
    # the notebook is removed, and what is made is open to nobody.
    parent = tmp_path / "parent.py"
    parent.write_text(
        "import os, signal, sys\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    shell = f'umask 777; ulimit -n 64; cd {folder}; rmdir {folder}; set -- python3 {parent} "$@"'
    wrapped(prefix, tmp_path, "odd", shell)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ["rustc", "cargo"]:
        asked = subprocess.run(
            ["rustup", "which", tool], check=True, capture_output=True, text=True
        )
        (tools / tool).symlink_to(asked.stdout.strip())
    # There is no rustup, no home of cargo, no directory for temporary files.
    monkeypatch.setenv("PATH", f"{tools}:/usr/local/bin:/usr/bin:/bin")
    monkeypatch.setenv("CARGO_HOME", "/proc/cargo")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    # Configuration below which the cache lies.
    write(tmp_path / "lair" / ".cargo" / "config.toml", "not [ toml")
    cache = tmp_path / "lair" / "a 'b' \"c\" \u00e4$`,="
    # It is there from earlier, when it was open.
    for directory in [cache, cache / "sessions", cache / "runtime"]:
        directory.mkdir()
        directory.chmod(0o777)
    write(cache / "history.jsonl", "", 0o666)
    kernel = start_kernel(kernel_name="odd", cache=cache)
    assert kernel.succeed("let list = vec![1, 2]; list.len()").value == "2"
    assert kernel.succeed("let doubled: i32 = list.iter().sum(); doubled").value == "3"
    assert stat.S_IMODE(cache.stat().st_mode) == 0o755
    assert modes(cache / "sessions") + modes(cache / "history.jsonl") == []
    # Whoever connects and says nothing takes no files from the compiler.
    ports = kernel.manager.get_connection_info()
    crowd = []
    for _ in range(100):
        for name in ["shell_port", "iopub_port", "control_port", "hb_port"]:
            crowd.append(socket.create_connection((ports["ip"], ports[name])))
    assert kernel.succeed("let more = list.len() + 1; more").value == "3"
    for one in crowd:
        one.close()
    compiler = (tools / "rustc").readlink()
    (tools / "rustc").unlink()
    failure = kernel.fail("let last = list.len();").reply
    assert failure["ename"] == "CannotCompile"
    assert f"{tools}/rustc, is gone" in failure["evalue"]
    assert "restart the kernel" in failure["evalue"]
    (tools / "rustc").symlink_to(compiler)
    assert kernel.succeed("let last = list.len(); last").value == "2"
    found = doctor(prefix)
    assert "lacking  settings of cargo: `:dep` will not work" in found
    assert f"lacking  temporary files: cells cannot write to {tmp_path}/none" in found
