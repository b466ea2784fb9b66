"""Panels by name: those of a drug, and every variable of a result for itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from itertools import product
from typing import TYPE_CHECKING

from ..base.errors import InputError
from ..results.behind import Shown
from ..results.dataset import suffix
from ..results.words import axis_label, heading, word
from .curves import (
    GROWTH_FACTOR,
    MESSENGERS,
    PEPTIDES,
    RECEPTORS,
    SITE_TONES,
    SITES,
    STORY,
    Curve,
    Panel,
)
from .drawing import BLUE

if TYPE_CHECKING:
    import xarray as xr

CATALOGUE = {panel.name: panel for panel in (*STORY, PEPTIDES, RECEPTORS, MESSENGERS, SITES, SITE_TONES, GROWTH_FACTOR)}
"""Panels of a drug by name."""

_MANY = ("time", "person", "quantile")


def named(name: object, known: Collection[str], argument: str) -> str:
    """A name that is one of some, or a refusal that says which was likely meant."""
    if isinstance(name, str) and name in known:
        return name
    near = get_close_matches(str(name).lower(), list(known), 1, 0.5)
    likely = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(argument, name, f"one of {', '.join(dict.fromkeys(known))}{likely}")


def columns(data: xr.Dataset) -> dict[str, Shown]:
    """Every curve over time of a result, by the name of its column in ``to_frame``."""
    found = {}
    for name, values in data.data_vars.items():
        if "time" not in values.dims:
            continue
        dims = [str(dim) for dim in values.dims if dim not in _MANY]
        for labels in product(*([str(label) for label in values[dim].values] for dim in dims)):
            found[f"{name}{suffix(labels)}"] = Shown(str(name), dict(zip(dims, labels, strict=True)))
    return found


def plain_panel(data: xr.Dataset, shown: Shown) -> Panel:
    """A panel of one variable as it is."""
    curve = Curve(shown, word(shown.name), BLUE)
    title = heading(shown.name, shown.labels)
    return Panel(curve.name, title, axis_label(data, shown.name), "plain", near=False, curves=(curve,))


def chosen(data: xr.Dataset, names: str | Sequence[str]) -> list[Panel]:
    """The panels that a user names: of the catalogue as far as the data have any of it, or variables.

    Parameters
    ----------
    data : xarray.Dataset
        A result.
    names : str or sequence of str
        One or several.

    Returns
    -------
    list of Panel
        In the order of the names.

    Raises
    ------
    InputError
        If there is none, one comes twice, or is neither a panel nor a variable over time of these data.
    """
    wanted = [names] if isinstance(names, str) else list(names) if isinstance(names, Iterable) else []
    if not wanted or len(set(map(str, wanted))) < len(wanted):
        raise InputError("panels", names, "names of panels, each once")
    variables = columns(data)
    known = [name for name, panel in CATALOGUE.items() if panel.of(data)]
    every = [*known, *(name for name in variables if name not in known)]
    return [
        CATALOGUE[name] if name in known else plain_panel(data, variables[name])
        for name in (named(one, every, "panels") for one in wanted)
    ]
