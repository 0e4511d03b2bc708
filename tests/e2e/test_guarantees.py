"""Every row of docs/guarantees.md names a test that exists."""

import re
from pathlib import Path
from typing import List, Tuple

import pytest

ROW = re.compile(r"^\|.*\| `(?P<file>[^`]+?)::(?P<test>\w+)` \|$", re.MULTILINE)


def rows(repository: Path) -> List[Tuple[str, str]]:
    text = (repository / "docs" / "guarantees.md").read_text(encoding="utf-8")
    return [(match["file"], match["test"]) for match in ROW.finditer(text)]


def test_every_row_is_a_test(repository: Path) -> None:
    text = (repository / "docs" / "guarantees.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    heads = [line for line in lines if line.startswith("| What happens")]
    assert len(rows(repository)) == len(lines) - len(heads) > 0
    for file, test in rows(repository):
        named = [repository / "tests" / "e2e" / file, repository / file]
        source = next((path for path in named if path.is_file()), None)
        if source is None:
            pytest.fail(f"{file} does not exist")
        keyword = "fn" if source.suffix == ".rs" else "def"
        assert f"{keyword} {test}(" in source.read_text(encoding="utf-8"), f"{file}::{test}"
