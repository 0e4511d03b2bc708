"""Two runs of e2e/test_stock_faults.py side by side, as a table in Markdown.

    python tests/stock_table.py STOCK.xml HXKERNEL.xml

The files are what pytest wrote with `--junitxml`. Fails where a test of the stock
kernel passed, where one of HXKernel failed, and where a test itself is broken.
"""

import sys
from pathlib import Path
from typing import Dict
from xml.etree import ElementTree

WORKS, FAULT, BROKEN = "yes", "no", "?"


def outcomes(file: Path) -> Dict[str, str]:
    """What came of each row."""
    found: Dict[str, str] = {}
    for case in ElementTree.parse(file).iter("testcase"):
        rows = case.findall("properties/property[@name='row']")
        if len(rows) != 1:
            sys.exit(f"{file}: {case.get('name')} is no row")
        found[rows[0].get("value", "")] = outcome(case)
    return found


def outcome(case: ElementTree.Element) -> str:
    if case.find("error") is not None:
        return BROKEN
    skipped = case.find("skipped")
    if skipped is not None:
        return FAULT if skipped.get("type") == "pytest.xfail" else BROKEN
    failure = case.find("failure")
    if failure is None:
        return WORKS
    # An expected failure that did not happen.
    return WORKS if "XPASS(strict)" in failure.get("message", "") else FAULT


def main() -> None:
    stock, ours = (outcomes(Path(argument)) for argument in sys.argv[1:3])
    if set(stock) != set(ours):
        sys.exit("the two runs are not of the same tests")
    print("| What a notebook needs | evcxr_jupyter 0.22 | HXKernel |\n|---|---|---|")
    for row in stock:
        print(f"| {row} | {stock[row]} | {ours[row]} |")
    if BROKEN in [*stock.values(), *ours.values()]:
        sys.exit("some tests are broken")


if __name__ == "__main__":
    main()
