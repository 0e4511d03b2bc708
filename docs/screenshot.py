"""Makes the README's screenshot: the tutorial, executed in JupyterLab.

    python docs/screenshot.py [--prefix DIR] [--notebook FILE] [--picture FILE]

Needs `pip install playwright` and a Chromium (`apt-get install chromium`), and an installation
of HXKernel. The notebook is copied to a directory of its own, opened in JupyterLab, run from
its menu, and photographed when no cell runs any more. Ends with status 1 if a cell failed.
"""

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Optional

from playwright.sync_api import Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[1]
# Seconds for a server to answer, and for a notebook to run.
START = 60
RUN = 300


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", type=Path, default=Path.home() / ".local")
    parser.add_argument(
        "--notebook", type=Path, default=REPOSITORY / "notebooks/01-introduction.ipynb"
    )
    parser.add_argument("--picture", type=Path, default=REPOSITORY / "docs/jupyterlab.png")
    parser.add_argument("--scroll-to", help="text of the cell at the top of the picture")
    return parser.parse_args()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_server(prefix: Path, directory: Path, port: int, token: str) -> subprocess.Popen:
    command = [
        prefix / "bin/jupyter-lab",
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={directory}",
    ]
    settings = directory / ".settings"
    notification = settings / "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    notification.parent.mkdir(parents=True)
    notification.write_text('{"fetchNews": "false"}')
    environment = dict(
        os.environ,
        JUPYTER_PATH=str(prefix / "share/jupyter"),
        JUPYTERLAB_SETTINGS_DIR=str(settings),
    )
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token={token}", timeout=2)
            return server
        except OSError:
            time.sleep(0.2)
    server.terminate()
    raise SystemExit("JupyterLab does not answer")


def without_outputs(notebook: Path, directory: Path) -> Path:
    """A copy of a notebook as if it had never run, so that what is seen has just been."""
    content = json.loads(notebook.read_text())
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    copy = directory / notebook.name
    copy.write_text(json.dumps(content))
    return copy


def run_all_cells(page: Page) -> None:
    """Runs the notebook from its menu, and waits until every prompt has a number."""
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.wait_for_selector(".jp-StatusBar-TextItem:has-text('| Idle')", timeout=START * 1000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    is_done = """() => {
        const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];
        return prompts.length > 0 && prompts.every(prompt => /\\[\\d+\\]/.test(prompt.textContent));
    }"""
    page.wait_for_function(is_done, timeout=RUN * 1000)
    # The last outputs are drawn after their cell is done.
    page.wait_for_timeout(1000)


def photograph(address: str, picture: Path, top: Optional[str]) -> bool:
    """Gives back whether no cell has failed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(
            viewport={"width": 1000, "height": 940}, device_scale_factor=1.25
        )
        page.goto(address)
        run_all_cells(page)
        # The notebook alone: no file browser beside it.
        if page.locator(".jp-FileBrowser").is_visible():
            page.keyboard.press("Control+b")
        if top is not None:
            cell = page.locator(".jp-Cell", has_text=top).first
            cell.click()
            cell.evaluate("cell => cell.scrollIntoView({ block: 'start' })")
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)
        page.screenshot(path=picture)
        failures = page.locator("[data-mime-type='application/vnd.jupyter.error']").count()
        browser.close()
    return failures == 0


def main() -> int:
    arguments = parsed_arguments()
    port, token = free_port(), secrets.token_hex(8)
    with tempfile.TemporaryDirectory() as directory:
        notebook = without_outputs(arguments.notebook, Path(directory))
        server = start_server(arguments.prefix, Path(directory), port, token)
        try:
            address = f"http://127.0.0.1:{port}/lab/tree/{notebook.name}?token={token}"
            is_whole = photograph(address, arguments.picture, arguments.scroll_to)
        finally:
            server.terminate()
            server.wait()
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
