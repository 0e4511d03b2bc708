"""What lies around a kernel: the notebook's folder, other users, the environment, limits.

Each either does not matter or is told in a sentence that says what to do.
"""

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Callable, Iterator, List

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
    shown = kernel.succeed("!pwd").displays[0].content["data"]["text/plain"]
    assert shown.splitlines()[0] == str(folder)
    kernel.succeed(":dep ./helper")
    assert kernel.succeed("helper::answer()").value == "42"
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


def test_a_cache_from_earlier_is_closed_and_a_tight_umask_is_no_obstacle(
    start_kernel: Callable[..., KernelSession], open_place: Path
) -> None:
    cache = open_place / "cache"
    for directory in [cache, cache / "sessions", cache / "runtime"]:
        directory.mkdir()
        directory.chmod(0o777)
    write(cache / "history.jsonl", "", 0o666)
    before = os.umask(0o177)
    try:
        kernel = start_kernel(cache=cache)
    finally:
        os.umask(before)
    assert kernel.succeed("1 + 1").value == "2"
    assert stat.S_IMODE(cache.stat().st_mode) == 0o755
    assert modes(cache / "sessions") == []
    assert modes(cache / "history.jsonl") == []
