"""The command line: `hxkernel doctor`, `install` and `uninstall`."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import List

import pytest
from jupyter_client.kernelspec import KernelSpecManager


def hxkernel(
    prefix: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(prefix / "bin" / "hxkernel"), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_doctor_finds_a_healthy_installation_healthy(prefix: Path) -> None:
    outcome = hxkernel(prefix, "doctor")
    assert outcome.returncode == 0, outcome.stdout
    assert "MISSING" not in outcome.stdout
    findings = outcome.stdout.splitlines()
    for what in [
        "Rust: rustc 1.",
        "runtime for this toolchain: /",
        "C linker: ",
        "free space: ",
    ]:
        assert any(line.startswith(f"  ok       {what}") for line in findings), findings


def test_doctor_says_what_is_missing_and_how_to_get_it(
    prefix: Path, tmp_path: Path
) -> None:
    outcome = hxkernel(prefix, "doctor", PATH=str(tmp_path), HOME=str(tmp_path))
    assert outcome.returncode == 1
    assert "MISSING  Rust: no rustc found" in outcome.stdout
    assert "rustup.rs" in outcome.stdout
    assert "MISSING  C linker" in outcome.stdout
    assert "apt-get install gcc" in outcome.stdout


def test_doctor_finds_a_cache_it_cannot_write(prefix: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    outcome = hxkernel(prefix, "doctor", HXKERNEL_CACHE=str(in_the_way))
    assert outcome.returncode == 1
    assert (
        f"MISSING  session directory: sessions cannot be kept in {in_the_way}"
        in outcome.stdout
    )


@pytest.mark.parametrize("place", ["prefix", "user", "sys-prefix"])
def test_what_is_installed_is_found_and_can_be_uninstalled(
    prefix: Path, tmp_path: Path, place: str
) -> None:
    copy = tmp_path / "installation"
    for part in ["bin", "lib"]:
        shutil.copytree(prefix / part, copy / part)
    programs = files_below(copy / "bin")
    jupyter = tmp_path / "jupyter"
    cache = tmp_path / "cache"
    (cache / "sessions").mkdir(parents=True)
    data_directory = {
        "prefix": jupyter / "share" / "jupyter",
        "user": jupyter,
        "sys-prefix": jupyter / "share" / "jupyter",
    }[place]
    environment = {
        "HXKERNEL_CACHE": str(cache),
        "JUPYTER_DATA_DIR": str(jupyter),
        "VIRTUAL_ENV": str(jupyter),
    }
    where = ["--prefix", str(jupyter)] if place == "prefix" else [f"--{place}"]

    outcome = hxkernel(copy, "install", *where, **environment)
    assert outcome.returncode == 0, outcome.stderr
    manager = KernelSpecManager(kernel_dirs=[str(data_directory / "kernels")])
    specification = manager.get_kernel_spec("hxkernel")
    assert specification.display_name == "Rust (PyNN, HXNeuron)"
    assert specification.language == "rust"
    assert specification.interrupt_mode == "message"
    assert specification.argv[0] == str(copy / "bin" / "hxkernel")
    logos = {path.name for path in Path(specification.resource_dir).glob("logo-*")}
    assert logos == {"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}

    outcome = hxkernel(copy, "uninstall", *where, **environment)
    assert outcome.returncode == 0, outcome.stderr
    # Only the program itself, which whoever copied it there removes.
    assert files_below(tmp_path) == programs
    assert not (copy / "lib" / "hxkernel").exists()
    assert not cache.exists()
    assert hxkernel(copy, "uninstall", *where, **environment).returncode == 0


def files_below(directory: Path) -> List[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


def test_an_unusable_connection_file_is_explained(prefix: Path, tmp_path: Path) -> None:
    for text, words in [
        (None, "cannot read the connection file"),
        ("{", "is not one"),
        (json.dumps({"transport": "tcp"}), "is not one"),
    ]:
        file = tmp_path / "connection.json"
        if text is not None:
            file.write_text(text)
        outcome = hxkernel(prefix, "run", "--connection-file", str(file))
        assert outcome.returncode != 0
        assert words in outcome.stderr
