"""What the tests of the explorer share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import ldnsim as ldn


@pytest.fixture(scope="module")
def without_compiling() -> Iterator[None]:
    """Other drugs than naltrexone are solved on NumPy, where no kernel of theirs has to be compiled for a test."""

    def on_numpy(regimen: Any, **settings: Any) -> Any:
        return ldn.simulate(regimen, **settings | ({"engine": "batch"} if "model" in settings else {}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ldnsim.explorer.scenario.simulate", on_numpy)
        yield
