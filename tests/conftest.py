"""What all tests share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings


@pytest.fixture(scope="session", autouse=True)
def kernels_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep compiled kernels out of the user's cache folder, in one that all processes of the tests share."""
    before = os.environ.get("LDNSIM_CACHE")
    folder = tmp_path_factory.getbasetemp()
    os.environ["LDNSIM_CACHE"] = str((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "kernels")
    yield
    if before is None:
        del os.environ["LDNSIM_CACHE"]
    else:
        os.environ["LDNSIM_CACHE"] = before


@pytest.fixture(autouse=True)
def figures_closed() -> Iterator[None]:
    """Leave no figure to the next test, whichever that is."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


# how long an example takes says something of the machine, not of the library
settings.register_profile("ldnsim", deadline=None)
settings.load_profile("ldnsim")
