"""Fixtures: the installation under test, and kernels of it.

The installation is the one at HX_PREFIX. Jupyter's own files, and the cache in
which sessions live, are put into a temporary directory, so that the tests see
nothing of the user's and leave nothing behind.
"""

import os
from pathlib import Path
from typing import Any, Callable, Iterator, List

import pytest

from kernel_session import KernelSession

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def prefix() -> Path:
    """Where the kernel under test is installed."""
    if "HX_PREFIX" not in os.environ:
        pytest.exit("HX_PREFIX names no installation; use tests/run.sh", returncode=2)
    prefix = Path(os.environ["HX_PREFIX"]).resolve()
    if not (prefix / "bin" / "hxkernel").is_file():
        pytest.exit(f"there is no installation at {prefix}", returncode=2)
    return prefix


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session", autouse=True)
def environment(
    prefix: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A Jupyter that knows nothing but the kernel under test."""
    private = tmp_path_factory.mktemp("jupyter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(prefix / "share" / "jupyter"))
        for name in ["CONFIG", "DATA", "RUNTIME"]:
            patch.setenv(f"JUPYTER_{name}_DIR", str(private / name.lower()))
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patch.setenv("HXKERNEL_CACHE", str(private / "cache"))
        # A log on stderr would be taken for something a command says.
        patch.delenv("HXKERNEL_LOG", raising=False)
        yield


@pytest.fixture(scope="module")
def kernel() -> Iterator[KernelSession]:
    """One kernel for all tests of a file: a start takes seconds."""
    session = KernelSession()
    yield session
    session.close()


@pytest.fixture
def start_kernel() -> Iterator[Callable[..., KernelSession]]:
    """Starts kernels for one test."""
    sessions: List[KernelSession] = []

    def start(**options: Any) -> KernelSession:
        session = KernelSession(**options)
        sessions.append(session)
        return session

    yield start
    for session in sessions:
        session.close()
