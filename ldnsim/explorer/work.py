"""What the explorer works out: runs, numbers for the figures, and files to take away."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from .. import plots
from ..crowd_readings import finished
from ..errors import InputError
from ..person_run import Simulation
from ..population_run import PopulationRun
from .numbers import Numbers, Times, numbers, times_of
from .panels import LETTERS
from .scenario import Scenario, Shown, read

if TYPE_CHECKING:
    import xarray as xr

_DRAWING = Lock()
"""Held while matplotlib draws, which cannot do two things at once."""

_KEPT = 8
_KEPT_CROWDS = 2


class Found(NamedTuple):
    """What was worked out for a page.

    Attributes
    ----------
    shown : Shown
        What was asked.
    runs : tuple of Simulation
        One or two.
    crowds : tuple of PopulationRun
        As many, or none.
    numbers : tuple of Numbers
        For the figures.
    times : Times
        For their axes.
    """

    shown: Shown
    runs: tuple[Simulation, ...]
    crowds: tuple[PopulationRun, ...]
    numbers: tuple[Numbers, ...]
    times: Times


@lru_cache(_KEPT)
def _run(scenario: Scenario) -> Simulation:
    return scenario.run()


@lru_cache(_KEPT_CROWDS)
def _crowd(scenario: Scenario, people: int) -> PopulationRun:
    return scenario.crowd(people)


def work(text: str) -> Found:
    """Simulate what a page shows.

    Parameters
    ----------
    text : str
        The query of its address.

    Raises
    ------
    InputError
        If the query cannot be shown.
    SolverError
        If the integration fails.
    """
    shown = read(text)
    runs = tuple(_run(one) for one in shown.scenarios)
    crowds = tuple(_crowd(one, shown.people) for one in shown.scenarios) if shown.people else ()
    people: list[xr.Dataset | None] = [finished(crowd.data)[0] for crowd in crowds]
    people += [None] * (len(runs) - len(people))
    drawn = (numbers(place, run.data, crowd) for place, (run, crowd) in enumerate(zip(runs, people, strict=True)))
    return Found(shown, runs, crowds, tuple(drawn), times_of([run.data for run in runs]))


def picture(runs: Sequence[Simulation]) -> bytes:
    """The four-panel figure of one run, or the comparison of two, as PNG."""
    import matplotlib.pyplot as plt

    if len(runs) == 1:
        panels = plots.four_panels(runs[0].data)
    else:
        panels = plots.compare(
            {f"{letter}: {run.regimen}": run.data for letter, run in zip(LETTERS, runs, strict=True)}
        )
    drawn = io.BytesIO()
    panels[0].figure.savefig(drawn, format="png")
    plt.close(panels[0].figure)
    return drawn.getvalue()


def file(name: str, text: str) -> tuple[str, bytes]:
    """A file to take away.

    Parameters
    ----------
    name : str
        ``figure.png``, ``A.csv`` or ``B.csv``.
    text : str
        Query of the address.

    Returns
    -------
    kind : str
        Type of its content.
    content : bytes
        The content.

    Raises
    ------
    InputError
        If the query cannot be shown, or has no such scenario.
    """
    shown = read(text)
    if name == "figure.png":
        return "image/png", picture([_run(one) for one in shown.scenarios])
    place = LETTERS.index(name.removesuffix(".csv"))
    if place >= len(shown.scenarios):
        raise InputError("address", name, "a scenario that the address names")
    return "text/csv; charset=utf-8", _run(shown.scenarios[place]).csv().encode()
