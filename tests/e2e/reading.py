"""What a person reads of a failed cell."""

import re

from kernel_session import CellResult

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
GENERATED = ["evcxr", "run_user_code", "src/lib.rs", "ctx", "catch_unwind"]


def plain_traceback(result: CellResult) -> str:
    """The traceback without colours; with a check that it is about the user's code only."""
    text = COLOURS.sub("", result.traceback)
    for word in GENERATED:
        assert word not in text, text
    return text
