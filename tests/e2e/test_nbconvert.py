"""A notebook that fails has to fail: `jupyter nbconvert --execute` is how
notebooks are tested in pipelines, and it believes the kernel's word.
"""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

FAILING_CELLS = {
    "panic": ('panic!("out of luck");', ["panic", "out of luck", "In [2]:1:1"]),
    "error through ?": ("pynn::run(-1)?;", ["DurationInvalid", "-1 ms"]),
    "error as value": ("pynn::run(-1)", ["DurationInvalid", "-1 ms"]),
    "does not compile": ('let count: i32 = "one";', ["mismatched types", "In [2]"]),
}


@pytest.mark.parametrize("name", FAILING_CELLS)
def test_a_failing_cell_fails_the_notebook(name: str, tmp_path: Path) -> None:
    code, reasons = FAILING_CELLS[name]
    outcome = execute(tmp_path, ['println!("before");', code, 'println!("after");'])
    assert outcome.returncode != 0
    for reason in reasons:
        assert reason in outcome.stderr
    assert not (tmp_path / "out.ipynb").exists()


def test_a_notebook_of_working_cells_succeeds(tmp_path: Path) -> None:
    outcome = execute(tmp_path, ["let two = 1 + 1;", 'println!("{two}");', "two"])
    assert outcome.returncode == 0, outcome.stderr
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert cells[1].outputs[0].text == "2\n"
    assert cells[2].outputs[0].data["text/plain"] == "2"


def execute(directory: Path, sources: list) -> subprocess.CompletedProcess:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources],
        metadata={"kernelspec": {"name": "hxkernel", "display_name": "Rust"}},
    )
    nbformat.write(notebook, directory / "in.ipynb")
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--execute"]
    command += ["--to", "notebook", "--output", "out.ipynb", "in.ipynb"]
    environment = dict(os.environ, PYTHONWARNINGS="ignore")
    return subprocess.run(
        command,
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
