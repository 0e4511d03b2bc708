"""The notebooks of the repository: executed anew, and what of them is the same everywhere."""

from pathlib import Path
from typing import Any, Dict, List

import nbformat
from nbclient import NotebookClient

from kernel_session import PATIENCE


def read(repository: Path, name: str) -> Any:
    return nbformat.read(repository / "notebooks" / name, as_version=4)


def execute(notebook: Any) -> Any:
    """The notebook with fresh outputs, the way a code host or nbconvert does it."""
    fresh = nbformat.from_dict(notebook)
    for cell in code_cells(fresh):
        cell.outputs = []
    NotebookClient(fresh, timeout=PATIENCE, kernel_name="hxkernel").execute()
    return fresh


def code_cells(notebook: Any) -> List[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell: Any) -> str:
    texts = [
        output.text
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    ]
    return "".join(texts)


def reproducible(cell: Any) -> List[Dict[str, Any]]:
    """Of each output what is the same on every machine: text, and which formats there are."""
    outputs = []
    for output in cell.outputs:
        if output.output_type == "stream":
            outputs.append({"stream": output.name})
        else:
            data = output.data
            outputs.append({"formats": sorted(data), "text": data["text/plain"]})
    merged: List[Dict[str, Any]] = [{"printed": printed(cell)}]
    # How a text was cut into messages is not.
    merged.extend(output for output in outputs if "formats" in output)
    return merged
